"""Meta's Graph API and X's API v2 as far as the hub uses them, on loopback.

Requests are refused whose fields the published references (docs/social.md says which) do not have; times pass
when told.
"""

import itertools
import json
import re
from typing import Annotated, Any, Literal, Self

import msgspec
from aiohttp import web

from tests.fakes.mishaps import Mishap, Mishaps

DAY_S = 24 * 3600
PAGE, PAGE_TOKEN = "1010", "simulated-page-token"
INSTAGRAM = "3"
"""The first digit of users who are on Instagram, where a text has at most 1,000 bytes."""


class _Id(msgspec.Struct, forbid_unknown_fields=True):
    id: str


class _QuickReply(msgspec.Struct, forbid_unknown_fields=True):
    content_type: Literal["text", "user_phone_number", "user_email"]
    title: str = ""
    payload: str | int = ""
    image_url: str = ""


class _Message(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    quick_replies: list[_QuickReply] = []
    metadata: str = ""


class _Send(msgspec.Struct, forbid_unknown_fields=True):
    recipient: _Id
    messaging_type: Literal["RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"] | None = None
    tag: str | None = None
    message: _Message | None = None
    sender_action: Literal["typing_on", "typing_off", "mark_seen", "react", "unreact"] | None = None
    notification_type: str | None = None


class _Text(msgspec.Struct, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1)]


class SocialSimulator:
    """An asynchronous context manager. `shown` is what users see: user, text, how it was sent.

    `sent_as` is what each of these is called, `media` the networks' files by name.

    `silence_s`: so long ago each user wrote last.
    """

    def __init__(self) -> None:
        self.shown: list[tuple[str, str, str]] = []
        self.sent_as: list[str] = []
        self.media: dict[str, bytes] = {}
        self.actions: list[tuple[str, str]] = []
        self.silence_s: dict[str, float] = {}
        self.choices: list[list[str]] = []
        self.mishaps = Mishaps()
        self.authorizations: list[str] = []
        self.url = ""
        self._ids = itertools.count(1)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/{page}/messages", self._guarded(self._send))
        app.router.add_get("/media/{name}", self._media)
        app.router.add_get("/{user}", self._guarded(self._name))
        app.router.add_post("/2/dm_conversations/with/{user}/messages", self._guarded(self._dm))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._runner.cleanup()

    def fail_next(self, status: int, *, after_taking: bool = False) -> None:
        self.mishaps.add(Mishap(status, after_taking=after_taking))

    def _guarded(self, handler: Any) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.authorizations.append(request.headers.get("Authorization", ""))
            return await self.mishaps.apply(request, handler)

        return handle

    async def _send(self, request: web.Request) -> web.StreamResponse:
        if (
            request.headers.get("Authorization") != f"Bearer {PAGE_TOKEN}"
            or request.match_info["page"] != PAGE
        ):
            return _error(190, 0, "Invalid OAuth access token.")
        try:
            sent = msgspec.json.decode(await request.read(), type=_Send)
        except ValueError as error:
            return _error(100, 0, str(error))
        user = sent.recipient.id
        if sent.sender_action is not None:
            self.actions.append((user, sent.sender_action))
            return web.json_response({"recipient_id": user})
        if sent.message is None or not 0 < len(sent.message.text) <= 2000:
            return _error(100, 2018109, "Length of param message[text] must be less than or equal to 2000")
        if user.startswith(INSTAGRAM) and len(sent.message.text.encode()) > 1000:
            return _error(100, 2534002, "Length of param message[text] must be less than or equal to 1000")
        if len(sent.message.quick_replies) > 13:
            return _error(100, 2018064, "too many quick replies")
        if any(len(each.title) > 20 for each in sent.message.quick_replies):
            return _error(100, 2018171, "quick reply title too long")
        silence_s = self.silence_s.get(user, 0.0)
        if sent.messaging_type == "RESPONSE" and silence_s > DAY_S:
            subcode = 2534022 if user.startswith(INSTAGRAM) else 2018278
            return _error(10, subcode, "This message is sent outside of allowed window.")
        is_tagged = sent.messaging_type == "MESSAGE_TAG" and sent.tag == "HUMAN_AGENT"
        if sent.messaging_type != "RESPONSE" and not (is_tagged and silence_s <= 7 * DAY_S):
            return _error(10, 2018065, "This message is sent outside of allowed window.")
        self.shown.append((user, sent.message.text, sent.tag or sent.messaging_type or ""))
        self.choices.append([each.title for each in sent.message.quick_replies])
        self.sent_as.append(f"m_{next(self._ids)}")
        return web.json_response({"recipient_id": user, "message_id": self.sent_as[-1]})

    async def _name(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"name": "佐藤 花子", "id": request.match_info["user"]})

    async def _dm(self, request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if not given.startswith("OAuth ") or "oauth_signature=" not in given:
            return web.json_response({"title": "Unauthorized", "detail": "Unauthorized"}, status=401)
        if not re.fullmatch("[0-9]{1,19}", request.match_info["user"]):
            return web.json_response({"title": "Invalid Request", "detail": "participant_id"}, status=400)
        try:
            text = msgspec.json.decode(await request.read(), type=_Text).text
        except ValueError as error:
            return web.json_response({"title": "Invalid Request", "detail": str(error)}, status=400)
        self.shown.append((request.match_info["user"], text, "dm"))
        number = str(next(self._ids))
        self.sent_as.append(number)
        body = {"data": {"dm_conversation_id": "1-2", "dm_event_id": number}}
        return web.json_response(body, status=201)

    async def _media(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=self.media.get(request.match_info["name"], b"picture"))


def _error(code: int, subcode: int, message: str) -> web.Response:
    error = {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode}
    return web.json_response({"error": error | {"fbtrace_id": "x"}}, status=400)


def messenger_callback(*events: dict[str, Any], kind: str = "page", page: str = PAGE) -> bytes:
    """A callback as the reference of Messenger's webhooks shows it."""
    entry = {"id": page, "time": 1458692752478, "messaging": list(events)}
    return json.dumps({"object": kind, "entry": [entry]}, ensure_ascii=False).encode()


def messenger_event(user: str = "2020", **what: Any) -> dict[str, Any]:
    return {"sender": {"id": user}, "recipient": {"id": PAGE}, "timestamp": 1458692752478} | what


def x_message(text: str, sender: str, ours: str, number: str) -> dict[str, Any]:
    """A direct message as both of X's APIs show it."""
    message = {"target": {"recipient_id": ours}, "sender_id": sender, "message_data": {"text": text}}
    event = {"type": "message_create", "id": number, "created_timestamp": "1516403560557"}
    return event | {"message_create": message}


def x_callback(
    text: str, *, sender: str = "3030", ours: str = "4040", number: str = "954491830116155396"
) -> bytes:
    """A callback as the Account Activity API's documentation shows it."""
    callback = {
        "for_user_id": ours,
        "direct_message_events": [x_message(text, sender, ours, number)],
        "users": {sender: {"id": sender, "name": "佐藤", "screen_name": "sato"}},
    }
    return json.dumps(callback, ensure_ascii=False).encode()


def x_activity(
    text: str,
    *,
    sender: str = "3030",
    ours: str = "4040",
    kind: str = "dm.received",
    number: str = "20807",
    media: str = "",
) -> bytes:
    """A callback as the X Activity API's documentation shows it; `media` is a picture's address."""
    message = x_message(text, sender, ours, number)
    if media:
        attached = {"type": "media", "media": {"media_url_https": media}}
        message["message_create"]["message_data"]["attachment"] = attached
    user = {"data": {"id": sender, "name": "佐藤", "username": "sato"}}
    payload = {
        "direct_message_events": [message],
        "users": {sender: user},
    }
    data = {"event_uuid": "-685047", "filter": {"user_id": ours}, "event_type": kind, "payload": payload}
    return json.dumps({"data": data}, ensure_ascii=False).encode()
