"""Contacts, as supervisors see them."""

from acd.ids import ContactId
from hub.accounts import Role
from hub.http.operations import Call, Operations
from hub.http.parts import Routing
from hub.http.problems import Code, RequestRefused

api = Operations("contacts")


@api.operation("GET", "/contacts/{contact}/routing", role=Role.SUPERVISOR, codes=(Code.NOT_FOUND,))
async def routing(call: Call, contact: ContactId) -> Routing:
    """Explain where a live contact stands and which agents were passed over, by which rule."""
    found = await call.parts.routing.explain(contact)
    if found is None:
        raise RequestRefused(Code.NOT_FOUND, "contact")
    return found
