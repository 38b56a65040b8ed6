"""Who sends a request: a bearer's token or the session cookie, and from which site."""

from aiohttp import hdrs, web
from yarl import URL

from hub.accounts import Account
from hub.http.problems import Code, RequestRefused
from hub.sign_in import SignIn

COOKIE = "toritsugi_session"
_SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
_BEARER = "bearer "


def token_of(request: web.Request) -> str | None:
    """Return the token that a request bears; a header goes before a cookie."""
    header = request.headers.get(hdrs.AUTHORIZATION, "")
    if header[: len(_BEARER)].lower() == _BEARER:
        return header[len(_BEARER) :].strip()
    return request.cookies.get(COOKIE)


async def account_of(sign_in: SignIn, request: web.Request) -> Account | None:
    """Return who sends a request; None if nobody is signed in by it."""
    token = token_of(request)
    return await sign_in.who(token) if token else None


def check_origin(request: web.Request, public_url: str) -> None:
    """Refuse a request that another site made a browser send.

    It concerns what changes something, and WebSockets, which browsers open across sites. An `Origin`
    must be the hub's. Without one, a cookie does not count: browsers always send both together
    (Fetch Standard, "append a request Origin header").
    """
    is_socket = request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"
    if request.method in _SAFE and not is_socket:
        return
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        is_foreign = COOKIE in request.cookies and hdrs.AUTHORIZATION not in request.headers
    else:
        is_foreign = not _is_ours(origin, request.host, public_url)
    if is_foreign:
        raise RequestRefused(Code.FOREIGN_ORIGIN)


def _is_ours(origin: str, host: str, public_url: str) -> bool:
    """Whether an `Origin` is the public address, or the host that the request itself was sent to."""
    try:
        url = URL(origin)
        return url.origin() == URL(public_url).origin() or url.authority == host
    except ValueError:  # "null", or no address at all
        return False
