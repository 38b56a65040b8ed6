"""What stands behind the hub's own parts: the routing core without Redis, Asterisk, desktops, providers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from acd.actions import Action
from acd.contact import Channel
from acd.core.decide import decide
from acd.core.state import RoutingState
from acd.errors import AcdFull, AcdUnavailable, ActionsLost
from acd.events import Event, TimerDue
from acd.ids import AgentId, ContactId
from acd.router import Snapshot
from crm_bridge.model import MessageFile
from cti.ami import AmiUnavailable
from cti.ami_status import Registration
from cti.ari import ChannelKey
from cti.dialogue import Wanted
from cti.errors import CallGone, CtiError, LegGone, NodeUnavailable
from cti.listener import Place
from cti.outside import Way
from cti.recording import sides
from cti.supervision import SuperviseMode
from gateways.errors import FetchFailed
from gateways.protocol import Outbound, Part, RawEvent
from gateways.stickers import StickerPackage
from hub.clock import now_ms
from hub.desktop import protocol as shown
from ivr.flow import Prompt

E = TypeVar("E", bound=shown.Event)

SATO, TANAKA, SUZUKI = AgentId("sato"), AgentId("tanaka"), AgentId("suzuki")
BOSS = AgentId("boss")
"""A supervisor; the others are agents."""


class Router:
    """The routing core in this process, with the face of its shell (`acd.router.Acd`)."""

    def __init__(self) -> None:
        self.state = RoutingState()
        self.is_away = self.is_full = False
        self.events: list[Event] = []
        self._ahead_ms = 0
        self._actions: list[tuple[str, Action]] = []
        self._epoch = 1
        self._news = asyncio.Event()

    async def submit(self, event: Event) -> str:
        if self.is_away:
            raise AcdUnavailable("stopped by the test")
        if self.is_full:
            raise AcdFull("filled by the test")
        self.events.append(event)
        for action in decide(self.state, event, now_ms() + self._ahead_ms).actions:
            self._actions.append((f"{self._epoch}-{len(self._actions)}", action))
        self._stir()
        return str(len(self.events))

    async def advance(self, seconds: float) -> None:
        """Let time pass for the router alone."""
        self._ahead_ms += round(seconds * 1000)
        await self.submit(TimerDue())

    async def snapshot(self) -> Snapshot:
        if self.is_away:
            raise AcdUnavailable("stopped by the test")
        state = RoutingState.load(record for _, record in self.state.records())
        return Snapshot(state, self._latest)

    async def actions(
        self, after: str | None = None, *, pace_s: float = 0.0
    ) -> AsyncIterator[tuple[str, Action]]:
        assert after is not None
        epoch, _, number = after.partition("-")
        begun, count = (self._epoch, 0) if after == "0-0" else (int(epoch), int(number) + 1)
        while True:
            if self._epoch != begun:
                raise ActionsLost(after)
            if count < len(self._actions):
                count += 1
                yield self._actions[count - 1]
            else:
                news = self._news
                await news.wait()

    def lose_everything(self) -> None:
        """Forget all, as a Redis without its files."""
        self.state, self._actions = RoutingState(), []
        self._epoch += 1
        self._stir()

    @property
    def _latest(self) -> str:
        return self._actions[-1][0] if self._actions else "0-0"

    def _stir(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


class Control:
    """Call control without an Asterisk: `log` has the orders, `keys` what callers press.

    Orders about a call that is not in `calls` raise `CallGone`; `fails` maps an order to the error that
    it raises instead of being carried out. Messages that are left last `spoken_s`, INVITEs have `stated`
    in any header.
    """

    def __init__(self) -> None:
        self.is_up = True
        self.calls: set[str] = set()
        self.legs: set[str] = set()
        self.log: list[tuple[object, ...]] = []
        self.played: list[str] = []
        self.keys: asyncio.Queue[str | CtiError] = asyncio.Queue()
        self.fails: dict[str, CtiError] = {}
        self.spoken_s = 7
        self.left_at: dict[str, str] = {}
        self.writing: set[str] = set()
        self.stated: tuple[str, ...] = ()
        self.key_pressed: Callable[[ChannelKey], None] = lambda _: None

    def orders(self, name: str) -> list[tuple[object, ...]]:
        return [order[1:] for order in self.log if order[0] == name]

    def _order(self, name: str, key: ChannelKey | None, *about: object) -> None:
        self.log.append((name, *((key.id,) if key else ()), *about))
        if (error := self.fails.get(name)) is not None:
            raise error
        if key is not None and key.id not in self.calls:
            raise CallGone(key.id)

    async def up(self, timeout_s: float) -> None:
        if not self.is_up:
            raise NodeUnavailable("stopped by the test")

    async def answer(self, key: ChannelKey) -> None:
        self._order("answer", key)

    async def start_music(self, key: ChannelKey, music_class: str = "default") -> None:
        self._order("start_music", key)

    async def stop_music(self, key: ChannelKey) -> None:
        self._order("stop_music", key)

    async def forget_typed(self, key: ChannelKey) -> None:
        self._order("forget_typed", key)

    async def keep_place(self, key: ChannelKey, queue: str, place_ms: int | None = None) -> None:
        self._order("keep_place", key, queue, place_ms)

    async def play_and_collect(self, key: ChannelKey, sounds: Sequence[str], wanted: Wanted) -> str:
        self._order("play", key)
        self.played += [Path(sound).name for sound in sounds]
        if not wanted.digits_max:
            return ""
        pressed = await self.keys.get()
        if isinstance(pressed, CtiError):
            raise pressed
        self._order("collect", key)
        return pressed

    async def ring(self, ref: str, key: ChannelKey, endpoint: str, **_: object) -> None:
        self._order("ring", key, ref, endpoint)

    async def ring_outside(self, ref: str, key: ChannelKey, ways: Sequence[Way], **_: object) -> None:
        self._order("ring", key, ref, *(way.endpoint for way in ways))

    def callback_key(self, id_: str) -> ChannelKey:
        return ChannelKey("pbx1", f"callback.{id_}")

    async def call_customer(self, key: ChannelKey, ref: str, ways: Sequence[Way], **_: object) -> None:
        self._order("call_customer", None, key.id, ref, *(way.endpoint for way in ways))

    async def give_up(self, key: ChannelKey) -> None:
        self._order("give_up", None, key.id)

    async def headers(self, key: ChannelKey, name: str) -> tuple[str, ...]:
        self._order("headers", key, name)
        return self.stated

    async def cancel(self, ref: str) -> None:
        await self.hang_up_leg(ref)

    async def hang_up_leg(self, ref: str) -> None:
        self._order("hang_up_leg", None, ref)
        self.legs.discard(ref)

    async def connect(self, key: ChannelKey, ref: str) -> None:
        self._order("connect", key, ref)
        if ref not in self.legs:
            raise LegGone(ref)

    async def supervise(self, key: ChannelKey, ref: str, mode: SuperviseMode) -> None:
        self._order("supervise", key, ref, mode)
        if ref not in self.legs:
            raise LegGone(ref)

    async def record(self, key: ChannelKey, name: str) -> None:
        self._order("record", key, name)
        self.writing |= set(sides(name))

    async def silence_recording(self, name: str, *, is_silent: bool) -> None:
        self._order("silence_recording", None, name, is_silent)

    async def writes(self, file: str) -> bool:
        return file in self.writing

    async def stop_recording(self, name: str) -> None:
        self._order("stop_recording", None, name)
        self.writing -= set(sides(name))

    def hear_keys(self, heard: Callable[[ChannelKey], None]) -> None:
        self.key_pressed = heard

    async def take_message(self, key: ChannelKey, name: str, max_s: int, *, goes_on: bool = False) -> int:
        self._order("take_message", key, name, goes_on)
        return self.spoken_s

    async def hold(self, key: ChannelKey, music_class: str = "default") -> None:
        self._order("hold", key)

    async def resume(self, key: ChannelKey) -> None:
        self._order("resume", key)

    def place(self, ref: str) -> Place | None:
        return Place.CALL if ref in self.legs else None

    async def put_off(self, key: ChannelKey) -> None:
        self._order("put_off", key)

    async def set_aside(self, key: ChannelKey, music_class: str = "default") -> None:
        self._order("set_aside", key)

    async def consult(self, key: ChannelKey, ref: str, music_class: str = "default") -> None:
        self._order("consult", key, ref)
        if ref not in self.legs:
            raise LegGone(ref)

    async def wait_apart(self, key: ChannelKey, ref: str, music_class: str = "default") -> None:
        self._order("wait_apart", key, ref)

    async def enter(self, key: ChannelKey, ref: str) -> None:
        self._order("enter", key, ref)
        if ref not in self.legs:
            raise LegGone(ref)

    async def go_back(self, key: ChannelKey, music_class: str = "default") -> None:
        self._order("go_back", key)

    async def join(self, key: ChannelKey) -> None:
        self._order("join", key)

    async def hand_over(self, key: ChannelKey, ref: str, *, stays: bool = False) -> None:
        self._order("hand_over", key, ref)
        if ref not in self.legs:
            raise LegGone(ref)

    async def park(self, key: ChannelKey, music_class: str = "default") -> None:
        self._order("park", key)

    async def keep_waiting(self, key: ChannelKey, music_class: str = "default") -> None:
        self._order("keep_waiting", key)

    async def mute(self, ref: str, *, on: bool) -> None:
        self._order("mute" if on else "unmute", None, ref)
        if ref not in self.legs:
            raise LegGone(ref)

    async def send_digits(self, key: ChannelKey, digits: str) -> None:
        self._order("send_digits", key, digits)

    async def hang_up(self, key: ChannelKey, reason: str = "normal") -> None:
        self._order("hang_up", key)

    async def leave_to_dialplan(
        self, key: ChannelKey, context: str, extension: str, variables: Mapping[str, str] | None = None
    ) -> None:
        self.left_at[key.id] = f"{context},{extension}"
        self._order("leave", key, (variables or {}).get("TORITSUGI_QUEUE"))


@dataclass(slots=True)
class Screens:
    """All agents' desktops: `events` has what each was sent."""

    present: set[AgentId] = field(default_factory=lambda: {SATO, TANAKA})
    expected: set[AgentId] = field(default_factory=set)
    events: dict[AgentId, list[shown.Event]] = field(default_factory=dict)

    def agents(self) -> frozenset[AgentId]:
        return frozenset(self.present)

    def expect(self, agent: AgentId) -> None:
        self.expected.add(agent)

    def send(self, agent: AgentId, event: shown.Event) -> bool:
        self.events.setdefault(agent, []).append(event)
        return agent in self.present

    def put(self, agent: AgentId, frame: bytes) -> bool:
        return self.send(agent, msgspec.json.decode(frame, type=shown.Event))

    def of(self, agent: AgentId, kind: type[E]) -> list[E]:
        return [event for event in self.events.get(agent, ()) if isinstance(event, kind)]


class Post:
    """An outbox that delivers nothing; one message a key. `error` is raised instead, if set."""

    def __init__(self) -> None:
        self.sent: list[Outbound] = []
        self.erased: list[tuple[Channel, str]] = []
        self.error: Exception | None = None

    async def put(self, message: Outbound) -> bool:
        if self.error is not None:
            raise self.error
        if any(each.key == message.key for each in self.sent):
            return False
        self.sent.append(message)
        return True

    async def erase(self, channel: Channel, event_id: str) -> None:
        self.erased.append((channel, event_id))

    async def sent_as(self, keys: Sequence[str]) -> dict[str, str]:
        return {each.key: f"<{each.key}>" for each in self.sent if each.key in keys}

    async def find(self, channels: Sequence[Channel], names: Sequence[str]) -> dict[str, Outbound]:
        found = [each for each in self.sent if each.channel in channels]
        by_name = {each.key: each for each in found} | {f"<{each.key}>": each for each in found}
        return {name: by_name[name] for name in names if name in by_name}


class Sounds:
    """Prompts' names in place of sounds."""

    beep = Path("/beep.wav")

    async def sound(self, prompt: Prompt) -> Path:
        return Path(f"/{prompt.name}.wav")

    async def recording(self, name: str, language: str) -> Path | None:
        return Path(f"/{name}.wav") if name == "ours" else None


@dataclass(slots=True)
class Names:
    """A gateway that only knows names, and what is shown to whom."""

    channel: Channel
    receives: bool = True
    reaches_numbers: bool = False
    sends: frozenset[str] = frozenset({"choices"})
    stickers: Sequence[StickerPackage] = ()
    shown: list[tuple[str, bool, str | None]] = field(default_factory=list)
    speaks: str | None = None

    async def show(self, address: str, *, is_typing: bool = False, read: str | None = None) -> None:
        self.shown.append((address, is_typing, read))

    async def display_name(self, address: str) -> str | None:
        return f"name of {address}"

    async def language(self, address: str) -> str | None:
        return self.speaks

    async def fetch(self, event: RawEvent, part: Part) -> AsyncIterator[bytes]:
        if part.source == "gone":
            raise FetchFailed("gone", retryable=False)
        yield b"a file"


class Queue:
    """Asterisk's own `Queue()` as the hub sees it (`hub.fallback.Fallback`): `calls` are in it."""

    def __init__(self) -> None:
        self.calls: set[str] = set()
        self.looks = 0
        self.hung_up: list[str] = []

    async def look(self) -> None:
        self.looks += 1

    def has(self, contact: ContactId) -> bool:
        return contact in self.calls

    def expect(self, contact: ContactId, key: ChannelKey) -> None:
        self.calls.add(contact)

    def arrived(self, contact: ContactId) -> None:
        self.calls.discard(contact)

    async def hang_up(self, key: ChannelKey) -> None:
        self.hung_up.append(key.id)


class Trunkless:
    """Nothing is known of any trunk, as without AMI (`hub.trunks.TrunkState`)."""

    def is_reachable(self, endpoint: str) -> bool | None:
        return None

    def registration(self, endpoint: str) -> Registration | None:
        return None

    async def channels_on(self, endpoint: str) -> int:
        raise AmiUnavailable("no link")


class Shelf:
    """Files that are kept in memory (`hub.texting.files.Shelf`): `kept` by contact and id."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, MessageFile]] = {}

    async def take(
        self,
        contact: str,
        part: Part,
        blocks: AsyncIterator[bytes],
        *,
        key: str,
        message: str | None = None,
    ) -> MessageFile:
        size = sum([len(block) async for block in blocks])
        file = MessageFile(id=key, name=part.name, type=part.type, size=size)
        self.kept.setdefault(contact, {})[key] = file
        return file

    async def find(self, contact: str, ids: Sequence[str]) -> list[MessageFile]:
        kept = self.kept.get(contact, {})
        return [kept[each] for each in ids if each in kept]

    async def remove(self, contact: str, files: Sequence[MessageFile]) -> None:
        for each in files:
            self.kept[contact].pop(each.id, None)
