"""How much of an agent a text contact takes: it grows quiet, is suspended, and comes back.

A contact that is to take its whole cost again waits until it fits, before anything new is offered:
nobody is overfilled by customers who write again all at once.
"""

from typing import Final

from msgspec.structs import replace

from acd.actions import ResumeContact, SuspendContact
from acd.contact import Contact, Pace
from acd.core.capacity import Held, at_hand, in_the_way, load
from acd.core.records import ContactRecord
from acd.core.step import Step
from acd.ids import AgentId

_SUSPENDED: Final = Pace.SUSPENDED


def quiet_at_ms(step: Step, contact: Contact) -> int:
    """Return when a contact in which the agent wrote last grows quiet, 0 for never."""
    quiet = step.state.settings.quiet.get(contact.channel)
    return step.now_ms + quiet.after_s * 1000 if quiet else 0


def fell_quiet(step: Step, record: ContactRecord) -> None:
    step.state.put_contact(replace(record, pace=Pace.QUIET, quiet_at_ms=0))
    if record.agent is not None:
        step.free(record.agent)


def make_room(step: Step, agent: AgentId, contact: Contact) -> None:
    """Suspend what is in the way of a contact and may be interrupted by it."""
    state = step.state
    desk = state.desks.get(agent)
    if desk is None or contact.channel not in state.settings.interrupts:
        return
    held = [desk.held[each] for each in sorted(desk.held, key=lambda each: state.contacts[each].serial)]
    if contact.reserved is not None:
        held = at_hand(held)
    for each in in_the_way(state.settings, desk.record.agent, held, contact):
        _suspend(step, state.contacts[each.id], agent, "interrupted")


def resume(step: Step, agent: AgentId) -> None:
    """Give an agent back what was suspended, as far as it fits, the oldest first."""
    state = step.state
    desk = state.desks.get(agent)
    if desk is None:
        return
    suspended = [contact for contact, held in desk.held.items() if held.pace is _SUSPENDED]
    if not suspended:
        return
    for contact in sorted(suspended, key=lambda each: state.contacts[each].serial):
        record = state.contacts[contact]
        if fits(step, record, agent):
            quiet_ms = 0 if record.is_unanswered else quiet_at_ms(step, record.contact)
            state.put_contact(replace(record, pace=Pace.ACTIVE, quiet_at_ms=quiet_ms))
            step.do(ResumeContact(contact=contact, agent=agent))


def wake(step: Step, record: ContactRecord, agent: AgentId) -> None:
    """Let a quiet contact take its whole cost again, now or as soon as it fits."""
    if fits(step, record, agent):
        step.state.put_contact(replace(record, pace=Pace.ACTIVE))
    else:
        _suspend(step, record, agent, "no_room")


def _suspend(step: Step, record: ContactRecord, agent: AgentId, reason: str) -> None:
    step.state.put_contact(replace(record, pace=Pace.SUSPENDED, quiet_at_ms=0))
    if not step.undo(ResumeContact(contact=record.contact.id, agent=agent)):
        step.do(SuspendContact(contact=record.contact.id, agent=agent, reason=reason))
    step.free(agent)


def fits(step: Step, record: ContactRecord, agent: AgentId) -> bool:
    """Whether an agent who has a contact can give it all that it costs."""
    desk = step.state.desks.get(agent)
    assert desk is not None, "who has a contact has a desk"
    others = [held for contact, held in desk.held.items() if contact != record.contact.id]
    whole = Held(record.contact, Pace.ACTIVE, is_talk=True)
    return load(step.state.settings, [*others, whole]) <= desk.record.agent.budget
