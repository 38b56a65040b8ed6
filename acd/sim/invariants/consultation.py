"""Nobody is consulted about a contact that is not with another agent."""

from acd.contact import ContactState
from acd.core.state import RoutingState
from acd.sim.invariants.violation import require


def check(state: RoutingState) -> None:
    for contact, record in state.contacts.items():
        if (about := record.contact.about) is None:
            continue
        other = state.contacts.get(about)
        is_with_agent = other is not None and other.state is ContactState.CONNECTED
        require(is_with_agent, f"consultation: {contact} outlives {about}")
        is_with_itself = other is not None and other.agent == record.contact.reserved
        require(not is_with_itself, f"consultation: {contact} is with whoever has {about}")
        require(record.state is not ContactState.WRAP_UP, f"consultation: {contact} is finished")
