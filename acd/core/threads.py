"""What happens in text contacts that an agent has: customer and agent write."""

from msgspec.structs import replace

from acd.contact import ContactState, Pace
from acd.core import moves, pace
from acd.core.step import Step
from acd.core.transitions import refusal
from acd.events import AgentWrote, CustomerWrote


def customer_wrote(step: Step, event: CustomerWrote) -> None:
    """Wake a contact; one whose agent is away goes back to its queue, with its age."""
    record = step.state.contacts.get(event.contact)
    if record is None or record.agent is None or record.state is not ContactState.CONNECTED:
        if record is None or record.state is ContactState.WRAP_UP:
            step.refuse(event, refusal(record.state if record else None), contact=event.contact)
        return
    agent = record.agent
    record = replace(record, is_unanswered=True, quiet_at_ms=0)
    step.state.put_contact(record)
    if not step.agent(agent).is_signed_in:
        moves.give_back(step, record, "agent_offline")
    elif record.pace is Pace.QUIET:
        pace.wake(step, record, agent)


def agent_wrote(step: Step, event: AgentWrote) -> None:
    """Let a contact that is answered grow quiet after a while."""
    record = step.state.contacts.get(event.contact)
    if record is None or record.agent is None or record.state is not ContactState.CONNECTED:
        step.refuse(event, refusal(record.state if record else None), contact=event.contact)
        return
    agent = record.agent
    record = replace(record, is_unanswered=False)
    if record.pace is Pace.QUIET and pace.fits(step, record, agent):
        record = replace(record, pace=Pace.ACTIVE)
    if record.pace is Pace.ACTIVE:
        record = replace(record, quiet_at_ms=pace.quiet_at_ms(step, record.contact))
    step.state.put_contact(record)
