"""LINE's side of the Messaging API, as far as the hub uses it.

Requests are read with the models of LINE's own SDK; what those would pass over in silence (fields that
do not exist, limits) is refused here. Source: LINE Messaging API reference.
"""

import base64
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from linebot.v3.messaging import PushMessageRequest, ReplyMessageRequest, UserProfileResponse
from linebot.v3.webhooks import CallbackRequest

from tests.fakes.customers import Customers, Shown

REPLY_TOKEN_LIFE_MS = 60_000
_TEXT_MAX = 5000
_USER_ID = re.compile(r"U[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, JSON body, further headers."""

    status: int
    body: dict[str, Any]
    headers: tuple[tuple[str, str], ...] = ()


def line_user_id(name: str) -> str:
    """Return a user id in LINE's form for a name, always the same."""
    return "U" + hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


class LineSimulator:
    """One official account: its users, reply tokens and retry keys."""

    def __init__(self, customers: Customers, secret: str, *, now_ms: Callable[[], int]) -> None:
        self.destination = line_user_id("the official account")
        self.blocked: set[str] = set()
        self.names: dict[str, str] = {}
        self.quota: int | None = None
        """How many pushes the month still has; `None`: no limit."""
        self._customers, self._secret, self._now_ms = customers, secret, now_ms
        self._reply_tokens: dict[str, tuple[str, int]] = {}
        self._accepted: dict[str, str] = {}
        self._message_ids = 0

    def event(self, user: str, message: dict[str, Any], *, mode: str = "active") -> dict[str, Any]:
        """Return a message event with a new reply token, checked against the SDK's models."""
        token = uuid.uuid4().hex
        now_ms = self._now_ms()
        self._reply_tokens[token] = (user, now_ms + REPLY_TOKEN_LIFE_MS)
        event = {
            "type": "message",
            "mode": mode,
            "timestamp": now_ms,
            "webhookEventId": _ulid_like(),
            "deliveryContext": {"isRedelivery": False},
            "source": {"type": "user", "userId": user},
            "replyToken": token,
            "message": {"id": self._next_message_id()} | message,
        }
        CallbackRequest.from_dict(self.callback([event]))
        return event

    def text_event(self, user: str, text: str) -> dict[str, Any]:
        return self.event(user, {"type": "text", "quoteToken": "q", "text": text})

    def callback(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        return {"destination": self.destination, "events": events}

    def sign(self, body: bytes) -> str:
        """Return the `x-line-signature` of a webhook's body."""
        return base64.b64encode(hmac.new(self._secret.encode(), body, hashlib.sha256).digest()).decode()

    def reply(self, body: object) -> Answer:
        """`POST /v2/bot/message/reply`: a token works once, for a minute."""
        if (refused := _refuse(ReplyMessageRequest, body)) is not None:
            return refused
        assert isinstance(body, dict)
        user, until_ms = self._reply_tokens.pop(body["replyToken"], ("", 0))
        if not user or self._now_ms() > until_ms:
            return Answer(400, {"message": "Invalid reply token"})
        return Answer(200, {"sentMessages": self._deliver(user, body["messages"], "reply")})

    def push(self, body: object, retry_key: str | None) -> Answer:
        """`POST /v2/bot/message/push`: 409 for a retry key accepted before, 200 for who blocks us too."""
        if retry_key is not None and not _is_uuid(retry_key):
            return Answer(400, {"message": "The value of the X-Line-Retry-Key header is invalid"})
        if (refused := _refuse(PushMessageRequest, body)) is not None:
            return refused
        assert isinstance(body, dict)
        if not _USER_ID.fullmatch(body["to"]):
            return Answer(400, {"message": "The property, 'to', in the request body is invalid"})
        if retry_key is not None and retry_key in self._accepted:
            headers = (("X-Line-Accepted-Request-Id", self._accepted[retry_key]),)
            return Answer(409, {"message": "The retry key is already accepted"}, headers)
        if self.quota == 0:
            return Answer(429, {"message": "You have reached your monthly limit."})
        if self.quota is not None:
            self.quota -= 1
        if retry_key is not None:
            self._accepted[retry_key] = uuid.uuid4().hex
        return Answer(200, {"sentMessages": self._deliver(body["to"], body["messages"], "push")})

    def profile(self, user: str) -> Answer:
        """`GET /v2/bot/profile/{userId}`: 404 for who blocks us or is not known."""
        if not _USER_ID.fullmatch(user) or user in self.blocked or user not in self.names:
            return Answer(404, {"message": "Not found"})
        profile = {"userId": user, "displayName": self.names[user], "language": "ja"}
        UserProfileResponse.from_dict(profile)
        return Answer(200, profile)

    def _deliver(self, user: str, messages: list[dict[str, Any]], how: str) -> list[dict[str, str]]:
        if user not in self.blocked:
            for message in messages:
                text = message["text"] if message["type"] == "text" else json.dumps(message)
                self._customers.show(Shown(user, text, how, self._now_ms()))
        return [{"id": self._next_message_id()} for _ in messages]

    def _next_message_id(self) -> str:
        self._message_ids += 1
        return str(460_000_000_000_000_000 + self._message_ids)


def _refuse(model: Any, body: object) -> Answer | None:
    """Return LINE's 400 for a body that is not what `model` describes."""
    if not isinstance(body, dict):
        return Answer(400, {"message": "The request body could not be parsed as JSON"})
    try:
        understood = model.from_dict(body).to_dict()
    except (ValueError, TypeError, KeyError) as error:
        return _invalid([{"message": str(error), "property": "messages"}])
    problems = [{"message": "Unknown property", "property": path} for path in _strangers(body, understood)]
    for number, message in enumerate(body["messages"]):
        length = len(str(message.get("text", "-")).encode("utf-16-le")) // 2
        if not 1 <= length <= _TEXT_MAX:
            found = f"Length must be between 0 and {_TEXT_MAX}" if length else "May not be empty"
            problems.append({"message": found, "property": f"messages[{number}].text"})
    return _invalid(problems) if problems else None


def _invalid(details: list[dict[str, str]]) -> Answer:
    return Answer(400, {"message": f"The request body has {len(details)} error(s)", "details": details})


def _strangers(given: object, understood: object, path: str = "") -> list[str]:
    """Return the paths of the fields that the model did not take over."""
    if isinstance(given, dict) and isinstance(understood, dict):
        unknown = [f"{path}{name}" for name in given if name not in understood and given[name] is not None]
        known = [name for name in given if name in understood]
        return unknown + [
            s for name in known for s in _strangers(given[name], understood[name], f"{path}{name}.")
        ]
    if isinstance(given, list) and isinstance(understood, list):
        return [
            s for one, other in zip(given, understood, strict=False) for s in _strangers(one, other, path)
        ]
    return []


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _ulid_like() -> str:
    return "01" + uuid.uuid4().hex.upper()[:24]
