"""An OAuth 2.0 token server (RFC 6749 §4.4, §6) that also says whose a token is, on loopback."""

import itertools
from typing import Self

from aiohttp import web

CLIENT, SECRET, REFRESH = "hub", "simulated-client-secret", "simulated-refresh-token"


class TokenServer:
    """An asynchronous context manager. `good` are the tokens that count, `forms` what was asked.

    It gives out a new refresh token each time; only the latest counts.
    """

    def __init__(self, user: str, *, life_s: int = 3600) -> None:
        self.user, self.life_s, self.url = user, life_s, ""
        self.good: set[str] = set()
        self.forms: list[dict[str, str]] = []
        self.refresh = REFRESH
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/token", self._token)
        app.router.add_get("/info", self._info)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._runner.cleanup()

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        if form.get("client_id") != CLIENT or form.get("client_secret", SECRET) != SECRET:
            return _refusal("invalid_client")
        kind = form.get("grant_type")
        if kind not in ("refresh_token", "client_credentials"):
            return _refusal("unsupported_grant_type")
        if kind == "refresh_token" and form.get("refresh_token") != self.refresh:
            return _refusal("invalid_grant")
        number = next(self._numbers)
        token, told = f"access-{number}", {}
        if kind == "refresh_token":
            self.refresh = told["refresh_token"] = f"{REFRESH}-{number}"
        self.good.add(token)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": self.life_s}
        return web.json_response(answer | told)

    async def _info(self, request: web.Request) -> web.Response:
        if request.query.get("access_token") not in self.good:
            return _refusal("invalid_token")
        return web.json_response({"email": self.user})


def _refusal(word: str) -> web.Response:
    return web.json_response({"error": word, "error_description": f"about {SECRET}"}, status=400)
