"""What a seed makes: agents, contacts, settings."""

from random import Random

import msgspec

from acd.actions import Diversion
from acd.agent import Agent
from acd.contact import Channel, Contact
from acd.hours import Hours, Span
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from acd.policy import (
    Absence,
    AddQueue,
    Divert,
    OverflowStep,
    PenaltyRange,
    Propose,
    QueueSettings,
    Quiet,
    RaisePriority,
    RelaxSkills,
    RoutingSettings,
    Strategy,
)

_CHANNELS = (Channel.VOICE, Channel.VOICE, Channel.LINE, Channel.CHAT, Channel.EMAIL)
_NINE_TO_FIVE = Hours(week=((Span(opens=540, closes=1020),),) * 7)


class Chance:
    """Draws from one seed. `queues` and `agents` are the names there are."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.queues = [QueueName(f"q{at}") for at in range(random.randint(1, 3))]
        self.agents = [AgentId(f"a{at}") for at in range(random.randint(1, 6))]

    def agent(self, agent: AgentId) -> Agent:
        random = self.random
        queues = [queue for queue in self.queues if random.random() < 0.7]
        return Agent(
            id=agent,
            queues={queue: random.randrange(3) for queue in queues},
            skills={"en": random.randint(1, 10)} if random.random() < 0.7 else {},
            budget=random.choice((50, 100, 100)),
            limits={Channel.LINE: 2} if random.random() < 0.3 else {},
        )

    def contact(self, contact: ContactId, now_ms: int) -> Contact:
        random = self.random
        return Contact(
            id=contact,
            channel=random.choice(_CHANNELS),
            queue=random.choice(self.queues),
            customer=CustomerId(f"k{random.randrange(8)}") if random.random() < 0.6 else None,
            preferred=tuple(random.choices(self.agents, k=random.choice((0, 0, 1, 2)))),
            skills={"en": random.randint(1, 5)} if random.random() < 0.2 else {},
            priority=random.choice((0, 0, 0, 5, -1)),
            arrived_ms=random.choice((0, 0, now_ms - 10_000)),
        )

    def settings(self, *, is_calm: bool = False) -> dict[str, object]:
        """Return settings in builtin types; calm ones turn nobody away."""
        random = self.random
        queues = [queue for queue in self.queues if is_calm or random.random() < 0.95]
        settings = RoutingSettings(
            queues={queue: self._queue(queue, is_calm) for queue in queues},
            costs={**RoutingSettings().costs, Channel.VOICE: random.choice((100, 100, 40))},
            limits={Channel.VOICE: 1} if random.random() < 0.5 else {},
            quiet={Channel.LINE: Quiet(after_s=20, cost=5)} if random.random() < 0.5 else {},
            interrupts={Channel.VOICE: (Channel.EMAIL, Channel.LINE)} if random.random() < 0.5 else {},
            priority_step_s=random.choice((0, 60)),
            head_start_s_max=random.choice((30, 3600)),
            keep_free_after_s=random.choice((0, 10, 60)),
            park_s=random.choice((5, 30)),
            hours={"day": _NINE_TO_FIVE},
        )
        builtin: dict[str, object] = msgspec.to_builtins(settings)
        return builtin

    def _queue(self, queue: QueueName, is_calm: bool) -> QueueSettings:
        random = self.random
        absences = (Absence.UNAVAILABLE, Absence.PAUSED, Absence.INUSE, Absence.RINGING, Absence.WRAPUP)
        leave = () if is_calm else tuple(random.sample(absences, random.choice((0, 0, 1, 3))))
        return QueueSettings(
            name=queue,
            strategy=random.choice(list(Strategy)),
            weight=random.choice((0, 0, 2)),
            ring_s=random.choice((5, 20)),
            wrapup_voice_s=random.choice((0, 10)),
            wrapup_text_s=random.choice((0, 5, None)),
            autopause=random.random() < 0.1,
            max_waiting=0 if is_calm else random.choice((0, 0, 5)),
            join_without=() if is_calm or random.random() < 0.8 else (Absence.UNAVAILABLE,),
            leave_without=leave,
            penalty_ranges=self._ranges() if random.random() < 0.3 else (),
            penalty_members_min=random.choice((0, 0, 2)),
            preferred_wait_s=random.choice((0, 20)),
            overflow=self._overflow(is_calm) if random.random() < 0.5 else (),
            callback_tries=random.choice((1, 3)),
            callback_retry_s=random.choice((5, 30)),
            hours="day" if not is_calm and random.random() < 0.1 else "",
        )

    def _ranges(self) -> tuple[PenaltyRange, ...]:
        last_s = self.random.choice((10, 60))
        return (
            PenaltyRange(after_s=0, low=0, high=0),
            PenaltyRange(after_s=5, low=0, high=1, raised=self.random.choice((0, 1))),
            PenaltyRange(after_s=last_s, low=0, high=None),
        )

    def _overflow(self, is_calm: bool) -> tuple[OverflowStep, ...]:
        steps: list[OverflowStep] = [
            RelaxSkills(after_s=10),
            AddQueue(after_s=20, queue=self.random.choice(self.queues)),
            RaisePriority(after_s=30, by=2),
            Propose(after_s=40, way="callback"),
        ]
        kept = [step for step in steps if self.random.random() < 0.6]
        if not is_calm and self.random.random() < 0.3:
            kept.append(Divert(after_s=60, to=Diversion.CLOSE, ja="また後で", en="Later"))
        return tuple(kept)
