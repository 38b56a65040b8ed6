"""What lies behind the HTTP side, in a few lines each; and time that only moves when told."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from acd.agent import Presence
from acd.contact import Channel, ContactState
from acd.explanation import Consideration, Rule
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from crm_bridge.errors import UnknownCustomer
from crm_bridge.knowledge import Answer, Knowledge
from crm_bridge.model import JourneyItem, JourneyKind
from gateways.errors import WebhookRefused
from gateways.protocol import Gateway, Inbound, Outbound, RawEvent, Webhook
from hub.accounts import Account
from hub.board import Board
from hub.decisions import Decision, DecisionKind, Position, Stream
from hub.desktop.commands import DomainCommand
from hub.desktop.protocol import AgentCard, Event, Welcome
from hub.desktop.refusals import CommandRefused, Refusal
from hub.doctor import Difference, Examined, Kind, Part, Repaired
from hub.explained import Ahead, Considered, ContactRouting, Happened, Standing
from hub.http.parts import DeadLetter, DeadLetterKind, HttpParts
from hub.texting.templates import Template, Templates
from tests.hub.doubles import Router

SIGNATURE = "right"
TEMPLATES = Templates(
    (
        Template(name="greeting", titles={"ja": "挨拶"}, texts={"ja": "{customer}様、{agent}です。({case})"}),
        Template(name="bye", texts={"ja": "では。", "en": "Bye."}, channels=frozenset({Channel.LINE})),
        Template(name="closed", texts={"ja": "時間外"}, use="closed"),
    )
)


class Clock:
    """Seconds that pass only in `advance`; `sleep` waits for them."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []

    def __call__(self) -> float:
        return self.now_s

    def ms(self) -> int:
        return round(self.now_s * 1000)

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        heapq.heappush(self._sleepers, (self.now_s + seconds, next(self._order), woken))
        await woken.wait()

    async def advance(self, seconds: float) -> None:
        """Let time pass, and everything happen that follows from it."""
        until_s = self.now_s + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= until_s:
            self.now_s, _, woken = heapq.heappop(self._sleepers)
            woken.set()
            await settle()
        self.now_s = until_s


async def settle() -> None:
    """Let every task go on until it waits for something outside."""
    for _ in range(20):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what comes about through real sockets, where there is no virtual time."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - nobody could set an event
            await asyncio.sleep(0)


@dataclass(slots=True)
class FakeGateway(Gateway):
    """A channel whose webhooks are lists of event ids, one a line, signed by a word."""

    channel: Channel = Channel.LINE
    receives: bool = True

    def verify(self, webhook: Webhook) -> Sequence[RawEvent]:
        if webhook.headers.get("X-Signature") != SIGNATURE:
            raise WebhookRefused("signature", status=401)
        body = webhook.body
        ids = body.decode().split()
        return [RawEvent(channel=self.channel, event_id=each, address="u1", body=body) for each in ids]

    def decode(self, event: RawEvent) -> Inbound | None:
        raise NotImplementedError

    async def send(self, message: Outbound, *, in_doubt: bool = False) -> None:
        raise NotImplementedError

    async def display_name(self, address: str) -> str | None:
        raise NotImplementedError

    async def close(self) -> None:
        pass


@dataclass(slots=True)
class FakeInbox:
    """Keeps events; `error` is raised instead, if set."""

    stored: dict[str, RawEvent] = field(default_factory=dict)
    error: Exception | None = None

    async def store(self, events: Sequence[RawEvent]) -> int:
        if self.error is not None:
            raise self.error
        new = {event.event_id: event for event in events if event.event_id not in self.stored}
        self.stored |= new
        return len(new)


KNOWLEDGE = Knowledge(
    [
        Answer(
            name="hours",
            intents=frozenset({"opening_hours"}),
            asks={"ja": ("営業時間を教えてください",)},
            says={"ja": "九時からです。"},
            url="https://www.example.jp/hours",
        )
    ]
)


class FakeShortLinks:
    """One short link."""

    def __init__(self) -> None:
        self.opened = 0

    async def open(self, slug: str, *, is_counted: bool) -> str | None:
        self.opened += is_counted
        return "https://shop.example/long" if slug == "abcdefgh" else None


class FakeLinks:
    """Knows one link."""

    async def target(self, token: str) -> str | None:
        return "mailto:help@example.jp" if token == "7K2M" else None


@dataclass(slots=True)
class FakeJourney:
    """Knows the customer `c1`."""

    error: Exception | None = None

    async def timeline(self, customer: CustomerId, limit: int) -> Sequence[JourneyItem]:
        if self.error is not None:
            raise self.error
        if customer != "c1":
            raise UnknownCustomer(customer)
        items = [JourneyItem(at_ms=at, kind=JourneyKind.MESSAGE_IN, channel=Channel.LINE) for at in range(3)]
        return items[-limit:]


@dataclass(slots=True)
class FakeRouting:
    """Knows the contact `k1`, which waits, and `k0`, which sato had."""

    async def explain(self, contact: ContactId) -> ContactRouting | None:
        if contact not in ("k0", "k1"):
            return None
        return ContactRouting(
            contact=contact,
            channel=Channel.VOICE,
            queue=QueueName("support"),
            arrived_ms=5,
            had_by=(AgentId("sato"),) if contact == "k0" else (),
            now=_WAITS if contact == "k1" else None,
            history=(Happened.of(_CLOSED),),
        )


_WAITS = Standing(
    state=ContactState.WAITING,
    queue=QueueName("support"),
    agent=None,
    since_ms=6,
    position=2,
    wait_ms=None,
    score=5,
    ahead=(Ahead(ContactId("k3"), 4),),
    considered=(Considered.of(Consideration(agent=AgentId("sato"), rule=Rule.NO_CAPACITY)),),
)
_CLOSED = Decision(
    stream=Stream.ACTION,
    position=Position(1, 1),
    at_ms=7,
    kind=DecisionKind.CLOSED,
    contact=ContactId("k1"),
    reason="abandoned",
)


@dataclass(slots=True)
class FakeDeadLetters:
    """Has the one letter `m1`."""

    resent: list[str] = field(default_factory=list)

    async def all(self) -> Sequence[DeadLetter]:
        return [DeadLetter(DeadLetterKind.OUT, Channel.LINE, "m1", "u1", "HTTP 400", 14, 7)]

    async def resend(self, kind: DeadLetterKind, channel: Channel, key: str) -> bool:
        if (kind, channel, key) != (DeadLetterKind.OUT, Channel.LINE, "m1"):
            return False
        self.resent.append(key)
        return True


@dataclass(slots=True)
class FakeDoctor:
    """Finds one difference until it is repaired; `actors` had that done."""

    found: tuple[Difference, ...] = (
        Difference(kind=Kind.BRIDGE_WITHOUT_CALL, subject="toritsugi.bridge.k1", since_ms=5),
    )
    away: tuple[Part, ...] = ()
    actors: list[str] = field(default_factory=list)

    async def examine(self) -> Examined:
        return Examined(self.found, self.away)

    async def repair(self, actor: str) -> Repaired:
        self.actors.append(actor)
        found, self.found = self.found, ()
        return Repaired(found, (), self.away)


@dataclass(slots=True)
class FakeHandler:
    """Notes what desktops do. `answer`, if set, is raised by the next commands; `joining` holds up joins."""

    joined: list[AgentId] = field(default_factory=list)
    gone: list[AgentId] = field(default_factory=list)
    commands: list[tuple[AgentId, DomainCommand]] = field(default_factory=list)
    answer: Exception | None = None
    refuses: Refusal | None = None
    gone_errors: list[Exception] = field(default_factory=list)
    joining: asyncio.Event | None = None
    join_error: Exception | None = None

    async def agent_joined(self, account: Account) -> Sequence[Event]:
        self.joined.append(account.id)
        if self.joining is not None:
            await self.joining.wait()
        if self.join_error is not None:
            raise self.join_error
        card = AgentCard(id=account.id, name=account.name, role=account.role, queues=())
        return [
            Welcome(
                agent=card,
                presence=Presence.NOT_READY,
                offers=(),
                contacts=(),
                dispositions=(),
                time_ms=0,
            )
        ]

    async def command(self, agent: AgentId, command: DomainCommand) -> None:
        self.commands.append((agent, command))
        if self.answer is not None:
            raise self.answer
        if self.refuses is not None:
            raise CommandRefused(self.refuses)

    async def agent_gone(self, agent: AgentId) -> None:
        if self.gone_errors:
            raise self.gone_errors.pop(0)
        self.gone.append(agent)


@dataclass(slots=True)
class Hub:
    """The HTTP side's parts with the fakes that stand behind them."""

    parts: HttpParts
    clock: Clock
    handler: FakeHandler
    inbox: FakeInbox
    journey: FakeJourney
    routing: FakeRouting
    dead_letters: FakeDeadLetters
    doctor: FakeDoctor
    board: Board
    router: Router
