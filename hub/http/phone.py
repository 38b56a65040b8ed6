"""An agent's phone in his browser."""

from typing import Any

from hub.accounts import Role
from hub.http.credentials import token_of
from hub.http.model import Answer
from hub.http.operations import Call, Operations
from hub.http.problems import Code, RequestRefused
from hub.http.webrtc import shown
from hub.webrtc.credentials import AsteriskAway

api = Operations("phone")


class Offered(Answer):
    """What a page may offer instead of a call by it."""

    phone: str | None
    callback: bool


class PhoneCredentials(Answer):
    """What a browser registers by, SIP over WebSocket (docs/webrtc.md); `dial` is empty."""

    call: str
    key: str
    websocket: str
    uri: str
    user: str
    password: str
    dial: str
    expires_s: int
    ice_servers: tuple[dict[str, Any], ...]
    ice_transport_policy: str
    video: bool
    queue_name: str
    fallback: Offered


@api.operation("POST", "/phone", role=Role.AGENT, codes=(Code.NOT_FOUND, Code.UNAVAILABLE))
async def begin_phone(call: Call) -> PhoneCredentials:
    """Make a phone for this session: the agent's calls ring there while it is registered."""
    session, web = token_of(call.request), call.parts.web
    assert session is not None, "a caller has a token"
    if web is None:
        raise RequestRefused(Code.NOT_FOUND)
    try:
        made = await web.phones.begin(call.caller, session)
    except AsteriskAway:
        raise RequestRefused(Code.UNAVAILABLE, retry_after_s=5) from None
    return PhoneCredentials.model_validate(shown(made))


@api.operation("DELETE", "/phone", role=Role.AGENT, status=204)
async def give_back_phone(call: Call) -> None:
    """Take the phone of this session away; nothing happens without one."""
    session, web = token_of(call.request), call.parts.web
    if session is not None and web is not None:
        await web.phones.give_back(session)
