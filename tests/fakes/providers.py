"""LINE and an SMS provider in one HTTP server on the loopback interface.

LINE     {line_api_url}/..., see tests/fakes/line_routes.py
SMS      POST {sms_url}
control  POST /control/webhook {"url"}             where webhooks go from now on
         POST /control/name {"user", "name"}       the user's display name
         POST /control/say {"user", "text"}        a signed webhook; answers {"status", "event_id"}
         POST /control/event {"user", "event"}     a signed webhook of any type; the same answer
         POST /control/disorder {"user", "texts", "seed"}    webhooks in disorder, some of them again
         POST /control/mishap {"status", "times", "retry_after", "after_taking", "delay_s", "path"}
         GET  /control/messages?user=U             what the user sees, oldest first
         GET  /control/wait?user=U&contains=T&after=N&timeout_s=S    the first that fits, or 408
"""

import json
import random
import ssl
from collections.abc import Callable, Sequence
from typing import Any, Self

import aiohttp
import msgspec
from aiohttp import web

from gateways.job import wall_ms
from tests.fakes.customers import Customers, Shown
from tests.fakes.line import LineSimulator
from tests.fakes.line_checks import Answer
from tests.fakes.line_routes import line_routes
from tests.fakes.mishaps import Handler, Mishap, Mishaps
from tests.fakes.sms import SmsSimulator


class ProviderSimulator:
    """The simulated providers; an asynchronous context manager that serves while it is entered.

    With `tls` they serve https, by a certificate that nobody has to believe.
    """

    def __init__(
        self,
        *,
        webhook_url: str = "",
        line_secret: str = "simulated-line-secret",
        line_token: str = "simulated-line-token",
        sms_token: str = "simulated-sms-token",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self.webhook_url = webhook_url
        self.line_secret, self.line_token, self.sms_token = line_secret, line_token, sms_token
        self.customers = Customers()
        self.line = LineSimulator(self.customers, line_secret, now_ms=now_ms)
        self.sms = SmsSimulator(self.customers, now_ms=now_ms)
        self.mishaps = Mishaps()
        self.requests: list[str] = []
        """Paths of the requests that the providers saw, in order."""
        self._port, self._tls = port, tls

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls).start()
        scheme = "https" if self._tls else "http"
        self._url = f"{scheme}://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._session.close()
        await self._runner.cleanup()

    @property
    def line_api_url(self) -> str:
        return self._url

    @property
    def sms_url(self) -> str:
        return f"{self._url}/sms/messages"

    @property
    def control_url(self) -> str:
        return f"{self._url}/control"

    async def say(self, user: str, text: str, *, redeliveries: int = 0) -> int:
        """Let a LINE user write to the hub; returns the hub's (last) HTTP status, 0 for no answer.

        Like LINE with redelivery switched on, tries again up to so many times until the hub takes it.
        """
        event = self.line.text_event(user, text)
        status = await self.post(event)
        for _ in range(redeliveries):
            if 200 <= status < 300:
                break
            status = await self.redeliver(event)
        return status

    async def say_in_disorder(self, user: str, texts: Sequence[str], seed: int) -> list[int]:
        """Let a user write several messages whose webhooks come in any order, some of them twice.

        Each is delivered until the hub takes it, up to 50 times; returns the statuses that the hub answered.
        """
        chance = random.Random(seed)
        events = [self.line.text_event(user, text) for text in texts]
        posts = events + chance.sample(events, len(events) // 2)
        chance.shuffle(posts)
        statuses: list[int] = []
        seen: set[str] = set()
        for event in posts:
            for _ in range(50):
                is_first = event["webhookEventId"] not in seen
                seen.add(event["webhookEventId"])
                statuses.append(await (self.post(event) if is_first else self.redeliver(event)))
                if 200 <= statuses[-1] < 300:
                    break
        return statuses

    async def redeliver(self, *events: dict[str, Any]) -> int:
        """Post events that the hub may know already, marked as LINE marks them."""
        return await self.post(*(event | {"deliveryContext": {"isRedelivery": True}} for event in events))

    async def post(self, *events: dict[str, Any], signature: str | None = None) -> int:
        """Post a callback, signed unless a (wrong) signature is given; returns the HTTP status."""
        body = json.dumps(self.line.callback(list(events)), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "x-line-signature": self.line.sign(body) if signature is None else signature,
        }
        try:
            async with self._session.post(self.webhook_url, data=body, headers=headers) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    def messages_to(self, user: str) -> list[Shown]:
        """Return what a LINE user or a phone number sees, oldest first."""
        return self.customers.messages_to(user)

    async def wait_for_message(
        self, user: str, predicate: Callable[[Shown], bool] = lambda _: True, *, timeout_s: float = 10.0
    ) -> Shown:
        """Return the user's first message that fits, now or later; raises `TimeoutError`."""
        return await self.customers.wait_for(user, predicate, timeout_s=timeout_s)

    def fail_next(
        self, times: int = 1, *, status: int = 500, retry_after: str | None = None, after_taking: bool = False
    ) -> None:
        """Fail the next requests (status 0: no answer); `after_taking`: after they had their effect.

        Status 200 is a lie: nothing was done.
        """
        self.mishaps.add(Mishap(status, retry_after, after_taking), times)

    def slow_next(self, times: int, delay_s: float) -> None:
        """Answer the next requests, rightly but late."""
        self.mishaps.add(Mishap(delay_s=delay_s), times)

    def _app(self) -> web.Application:
        app = web.Application()
        for method, path, act in line_routes(self.line):
            app.router.add_route(method, path, self._provider(act, self.line_token))
        app.add_routes(
            [
                web.post("/sms/messages", self._provider(self._sms, self.sms_token)),
                web.post("/control/webhook", self._control_webhook),
                web.post("/control/name", self._control_name),
                web.post("/control/say", self._control_say),
                web.post("/control/event", self._control_event),
                web.post("/control/disorder", self._control_disorder),
                web.post("/control/mishap", self._control_mishap),
                web.get("/control/messages", self._control_messages),
                web.get("/control/wait", self._control_wait),
            ]
        )
        return app

    def _provider(self, act: Callable[[web.Request, object], Answer], token: str) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization") != f"Bearer {token}":
                return web.json_response({"message": "Authentication failed"}, status=401)
            raw = await request.read()
            try:
                body: object = json.loads(raw) if raw else None
            except ValueError:
                body = None
            found = act(request, body)
            headers = {"X-Line-Request-Id": f"request-{len(self.requests)}"} | dict(found.headers)
            if found.raw is not None:
                return web.Response(body=found.raw, status=found.status, headers=headers)
            return web.json_response(found.body, status=found.status, headers=headers)

        async def serve(request: web.Request) -> web.StreamResponse:
            self.requests.append(request.path)
            return await self.mishaps.apply(request, answer)

        return serve

    def _sms(self, request: web.Request, body: object) -> Answer:
        return self.sms.send(body, request.headers.get("Idempotency-Key"))

    async def _control_webhook(self, request: web.Request) -> web.Response:
        self.webhook_url = (await request.json())["url"]
        return web.json_response({})

    async def _control_name(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        self.line.names[wanted["user"]] = wanted["name"]
        return web.json_response({})

    async def _control_say(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        event = self.line.text_event(wanted["user"], wanted["text"])
        status = await self.post(event)
        return web.json_response({"status": status, "event_id": event["webhookEventId"]})

    async def _control_event(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        event = self.line.events.of(wanted["user"], wanted["event"].pop("type"), **wanted["event"])
        status = await self.post(event)
        return web.json_response({"status": status, "event_id": event["webhookEventId"]})

    async def _control_disorder(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        return web.json_response({"statuses": await self.say_in_disorder(**wanted)})

    async def _control_mishap(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        times = int(wanted.pop("times", 1))
        self.mishaps.add(msgspec.convert(wanted, Mishap), times)
        return web.json_response({})

    async def _control_messages(self, request: web.Request) -> web.Response:
        shown = self.messages_to(request.query["user"])
        return web.json_response([msgspec.to_builtins(message) for message in shown])

    async def _control_wait(self, request: web.Request) -> web.Response:
        contained = request.query.get("contains", "")
        try:
            shown = await self.customers.wait_for(
                request.query["user"],
                lambda message: contained in message.text,
                after=int(request.query.get("after", 0)),
                timeout_s=min(float(request.query.get("timeout_s", 10)), 60),
            )
        except TimeoutError:
            return web.json_response({"message": "no such message in time"}, status=408)
        return web.json_response(msgspec.to_builtins(shown))
