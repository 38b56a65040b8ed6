"""A provider of SMS in the shape of Twilio's Messages API (2010-04-01), on loopback.

Requests are refused whose fields Twilio's OpenAPI (docs/sms.md) does not have; callbacks are signed.
"""

import base64
import hashlib
import hmac
import itertools
from typing import Self
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from tests.fakes.mishaps import Mishap, Mishaps

_FIELDS = frozenset(
    [
        "To",
        "StatusCallback",
        "ApplicationSid",
        "MaxPrice",
        "ProvideFeedback",
        "Attempt",
        "ValidityPeriod",
        "ForceDelivery",
        "ContentRetention",
        "AddressRetention",
        "SmartEncoded",
        "PersistentAction",
        "TrafficType",
        "ShortenUrls",
        "ScheduleType",
        "SendAt",
        "SendAsMms",
        "ContentVariables",
        "RiskCheck",
        "From",
        "FallbackFrom",
        "MessagingServiceSid",
        "Body",
        "MediaUrl",
        "ContentSid",
    ]
)
ACCOUNT, TOKEN = "AC" + "0" * 32, "simulated-twilio-token"


class TwilioSimulator:
    """An asynchronous context manager. `taken` are the forms of the messages that it took."""

    def __init__(self) -> None:
        self.taken: list[dict[str, str]] = []
        self.stopped: set[str] = set()
        self.media: dict[str, bytes] = {}
        self.mishaps = Mishaps()
        self.url = ""
        self._ids = itertools.count(1)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post(f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", self._messages)
        app.router.add_get("/media/{name}", self._media)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._runner.cleanup()

    def fail_next(self, status: int, *, after_taking: bool = False, retry_after: str | None = None) -> None:
        self.mishaps.add(Mishap(status, retry_after, after_taking))

    def signature(self, url: str, form: dict[str, str]) -> str:
        """Sign as "Validating Signatures from Twilio" of its documentation says."""
        signed = url + "".join(f"{name}{form[name]}" for name in sorted(form))
        return base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()

    async def post(self, url: str, form: dict[str, str], *, signature: str | None = None) -> tuple[int, str]:
        """Post a callback; returns status and text of the answer."""
        headers = {"X-Twilio-Signature": self.signature(url, form) if signature is None else signature}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=form, headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        return await self.mishaps.apply(request, self._take)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        known = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {known}":
            return _error(401, 20003, "Authenticate")
        form = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        if unknown := set(form) - _FIELDS:
            return _error(400, 21000, f"unknown: {', '.join(sorted(unknown))}")
        if not form.get("To", "").startswith("+"):
            return _error(400, 21211, "Invalid 'To' Phone Number")
        if bool(form.get("From")) is bool(form.get("MessagingServiceSid")):
            return _error(400, 21603, "A 'From' phone number is required")
        if not 0 < len(form.get("Body", "")) <= 1600:
            return _error(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        if form["To"] in self.stopped:
            return _error(400, 21610, "Attempt to send to unsubscribed recipient")
        sid = f"SM{next(self._ids):032x}"
        self.taken.append(form | {"sid": sid})
        told = {
            "sid": sid,
            "account_sid": ACCOUNT,
            "status": "accepted" if "MessagingServiceSid" in form else "queued",
            "to": form["To"],
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "body": form["Body"],
            "num_segments": "1",
            "num_media": "0",
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
        }
        return web.json_response(told, status=201)

    async def _media(self, request: web.Request) -> web.StreamResponse:
        if not request.headers.get("Authorization", "").startswith("Basic "):
            return web.Response(status=401)
        found = self.media.get(request.match_info["name"])
        return web.Response(body=found) if found is not None else web.Response(status=404)


def _error(status: int, code: int, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message, "status": status}, status=status)
