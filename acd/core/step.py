"""One step of routing: the state, the time, and what the step brings about."""

from dataclasses import dataclass, field

from acd.actions import Action, RefuseEvent
from acd.contact import ContactState
from acd.core.records import AgentRecord, ContactRecord
from acd.core.state import RoutingState
from acd.core.transitions import ContactStep, contact_after
from acd.errors import BrokenInvariant
from acd.ids import AgentId, ContactId, OfferId


@dataclass(slots=True)
class Step:
    """What handlers work with.

    `freed` are agents who may have become able to take something, `seeking` contacts that may have
    become able to find somebody (dicts, for their order); matching looks at these and no others.
    `latest_actions` are those of the part that is under way (`acd.core.decide.advance`).
    """

    state: RoutingState
    now_ms: int
    actions: list[Action] = field(default_factory=list)
    freed: dict[AgentId, None] = field(default_factory=dict)
    seeking: dict[ContactId, None] = field(default_factory=dict)
    _part: int = 0

    def begin_part(self) -> None:
        self._part = len(self.actions)

    @property
    def latest_actions(self) -> list[Action]:
        return self.actions[self._part :]

    def undo(self, action: Action) -> bool:
        """Take back an action of this part; whether there was one."""
        is_there = action in self.latest_actions
        if is_there:
            self.actions.remove(action)
        return is_there

    def do(self, action: Action) -> None:
        self.actions.append(action)

    def refuse(
        self,
        event: object,
        reason: str,
        *,
        offer: OfferId | None = None,
        contact: ContactId | None = None,
        agent: AgentId | None = None,
    ) -> None:
        """Say that an event did not apply."""
        name = type(event).__name__
        self.do(RefuseEvent(event=name, reason=reason, offer=offer, contact=contact, agent=agent))

    def free(self, agent: AgentId) -> None:
        self.freed[agent] = None

    def seek(self, contact: ContactId) -> None:
        self.seeking[contact] = None

    def has_work(self) -> bool:
        """Whether anybody was freed or seeks; agents kept free for a contact that is gone are freed."""
        if self.state.relieved:
            for queue in self.state.take_relieved():
                for agent in self.state.desks.with_room(queue):
                    self.free(agent)
        return bool(self.freed or self.seeking)

    def take_freed(self) -> list[AgentId]:
        """Return who was freed since the last call."""
        freed = list(self.freed)
        self.freed.clear()
        return freed

    def take_seeking(self) -> list[ContactId]:
        """Return what seeks since the last call."""
        seeking = list(self.seeking)
        self.seeking.clear()
        return seeking

    def agent(self, agent: AgentId) -> AgentRecord:
        return self.state.agents[agent]

    def contact_state(self, contact: ContactId) -> ContactState | None:
        record = self.state.contacts.get(contact)
        return record.state if record else None


def advanced(record: ContactRecord, step: ContactStep) -> ContactState:
    """Return the state that a step leads a contact to; the table must allow it."""
    state = contact_after(record.state, step)
    if state is None:
        raise BrokenInvariant(f"{step} is no step of a contact in {record.state}")
    return state
