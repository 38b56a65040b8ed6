"""Sign-in and sign-out."""

from typing import Annotated

from pydantic import Field

from acd.ids import AgentId
from hub.accounts import Role
from hub.http.credentials import COOKIE, token_of
from hub.http.model import Agent, Answer, Request
from hub.http.operations import Call, Operations
from hub.http.problems import Code
from hub.passwords import LENGTH_MAX
from hub.sessions import LIFETIME_S

api = Operations("session")


class Credentials(Request):
    """Id and password of an account."""

    id: Annotated[AgentId, Field(max_length=64)]
    password: Annotated[str, Field(max_length=LENGTH_MAX, repr=False)]


class SignedIn(Answer):
    """A session: programs send `token` as `Authorization: Bearer`, browsers have it as a cookie."""

    token: str
    expires_ms: int
    agent: Agent


@api.operation("POST", "/session", role=None, codes=(Code.WRONG_SIGN_IN, Code.TOO_MANY_TRIES))
async def sign_in(call: Call, body: Credentials) -> SignedIn:
    """Sign in. The token comes back, and as a cookie that scripts cannot read."""
    session = await call.parts.sign_in.begin(body.id, body.password, call.request.remote or "")
    call.response.set_cookie(
        COOKIE,
        session.token,
        max_age=LIFETIME_S,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=call.parts.public_url.startswith("https:"),
    )
    return SignedIn(token=session.token, expires_ms=session.expires_ms, agent=Agent.of(session.account))


@api.operation("DELETE", "/session", role=None, status=204)
async def sign_out(call: Call) -> None:
    """Sign out: the token is worth nothing any more. Nothing happens without a session."""
    if token := token_of(call.request):
        await call.parts.sign_in.end(token)
    call.response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")


@api.operation("GET", "/me", role=Role.AGENT)
async def me(call: Call) -> Agent:
    """Say who is signed in."""
    return Agent.of(call.caller)
