"""The way into the desktop socket."""

from aiohttp import web

from hub.accounts import Role
from hub.http.credentials import token_of
from hub.http.operations import Call, Operations
from hub.http.problems import Code

api = Operations("desktop")


@api.operation("GET", "/desktop", role=Role.AGENT, status=101, codes=(Code.BAD_REQUEST,))
async def desktop(call: Call) -> web.WebSocketResponse:
    """Open the agent's desktop socket, subprotocol `toritsugi.desktop.v1` (docs/desktop-protocol.md)."""
    token = token_of(call.request)
    assert token is not None, "a caller has a token"

    async def is_signed_in() -> bool:
        return await call.parts.sign_in.who(token) is not None

    return await call.parts.desktop.serve(call.request, call.caller, is_signed_in)
