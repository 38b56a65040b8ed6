"""Contacts, as those who route or had them see them."""

from acd.ids import ContactId
from hub.accounts import Role
from hub.explained import ContactRouting
from hub.http.operations import Call, Operations
from hub.http.problems import Code, RequestRefused

api = Operations("contacts")


@api.operation("GET", "/contacts/{contact}/routing", role=Role.AGENT, codes=(Code.NOT_FOUND,))
async def routing(call: Call, contact: ContactId) -> ContactRouting:
    """Explain where a contact stands, which agents were passed over by which rule, and its history.

    Agents are told of contacts that they have or had.
    """
    found = await call.parts.routing.explain(contact)
    if found is None:
        raise RequestRefused(Code.NOT_FOUND, "contact")
    if not call.caller.role.covers(Role.SUPERVISOR) and call.caller.id not in found.had_by:
        raise RequestRefused(Code.FORBIDDEN, "the contact is another agent's")
    return found
