"""LINE's side of the Messaging API, as far as the hub uses it.

Requests are read with the models of LINE's own SDK, which are generated from its OpenAPI, and answers
are held against them. Source of the rest: LINE Messaging API reference.
"""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from linebot.v3.messaging import (
    GetMessageContentTranscodingResponse,
    IssueLinkTokenResponse,
    MarkMessagesAsReadByTokenRequest,
    MessageQuotaResponse,
    PnpMessagesRequest,
    PushMessageRequest,
    PushMessageResponse,
    QuotaConsumptionResponse,
    ReplyMessageRequest,
    ReplyMessageResponse,
    ShowLoadingAnimationRequest,
    UserProfileResponse,
)

from tests.fakes.customers import Customers, Shown
from tests.fakes.line_checks import USER_ID, Answer, refuse
from tests.fakes.line_events import LineEvents, line_user_id

__all__ = ["REPLY_TOKEN_LIFE_MS", "Answer", "LineSimulator", "line_user_id", "phone_hash"]

REPLY_TOKEN_LIFE_MS = 60_000
LINK_TOKEN_LIFE_MS = 600_000
_TAG_MIN, _TAG_MAX = 16, 100


def phone_hash(number: str) -> str:
    """Return by which hash LINE knows a number in E.164."""
    return hashlib.sha256(number.encode()).hexdigest()


class LineSimulator:
    """One official account: its users, reply tokens, retry keys and messages of the month."""

    def __init__(self, customers: Customers, secret: str, *, now_ms: Callable[[], int]) -> None:
        self.events = LineEvents(now_ms=now_ms, reply_token=self._new_reply_token)
        self.blocked: set[str] = set()
        self.names: dict[str, str] = {}
        self.phones: dict[str, str] = {}
        """Users by the number that they have in LINE, in E.164."""
        self.quota: int | None = None
        """How many pushes the month still has; `None`: no limit."""
        self.used = 0
        self.preparing: dict[str, str] = {}
        """Messages whose file is not there yet: `processing` or `failed`."""
        self.loading: list[tuple[str, int]] = []
        self.read: list[str] = []
        self.completed: list[dict[str, Any]] = []
        """Delivery events of notification messages, to be posted."""
        self._customers, self._secret, self._now_ms = customers, secret, now_ms
        self._link_tokens: dict[str, tuple[str, int]] = {}
        self._reply_tokens: dict[str, tuple[str, int]] = {}
        self._accepted: dict[str, tuple[str, list[dict[str, str]]]] = {}

    def event(self, user: str, message: dict[str, Any], *, mode: str = "active") -> dict[str, Any]:
        """Return a message event with a new reply token."""
        return self.events.message(user, message, mode=mode)

    def text_event(self, user: str, text: str) -> dict[str, Any]:
        return self.events.text(user, text)

    def callback(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        return self.events.callback(events)

    def sign(self, body: bytes) -> str:
        """Return the `x-line-signature` of a webhook's body."""
        return base64.b64encode(hmac.new(self._secret.encode(), body, hashlib.sha256).digest()).decode()

    def reply(self, body: object) -> Answer:
        """`POST /v2/bot/message/reply`: a token works once, for a minute."""
        if (refused := refuse(ReplyMessageRequest, body)) is not None:
            return refused
        assert isinstance(body, dict)
        user, until_ms = self._reply_tokens.pop(body["replyToken"], ("", 0))
        if not user or self._now_ms() > until_ms:
            return Answer(400, {"message": "Invalid reply token"})
        return _held(ReplyMessageResponse, {"sentMessages": self._deliver(user, body["messages"], "reply")})

    def push(self, body: object, retry_key: str | None) -> Answer:
        """`POST /v2/bot/message/push`: 409 for a retry key accepted before, 200 for who blocks us too."""
        if retry_key is not None and not _is_uuid(retry_key):
            return Answer(400, {"message": "The value of the X-Line-Retry-Key header is invalid"})
        if (refused := refuse(PushMessageRequest, body)) is not None:
            return refused
        assert isinstance(body, dict)
        if not USER_ID.fullmatch(body["to"]):
            return Answer(400, {"message": "The property, 'to', in the request body is invalid"})
        if retry_key is not None and retry_key in self._accepted:
            accepted, sent = self._accepted[retry_key]
            body = {"message": "The retry key is already accepted", "sentMessages": sent}
            return Answer(409, body, (("X-Line-Accepted-Request-Id", accepted),))
        if not self._count():
            return Answer(429, {"message": "You have reached your monthly limit."})
        sent = self._deliver(body["to"], body["messages"], "push")
        if retry_key is not None:
            self._accepted[retry_key] = uuid.uuid4().hex, sent
        return _held(PushMessageResponse, {"sentMessages": sent})

    def notify(self, body: object, tag: str | None) -> Answer:
        """`POST /bot/pnp/push`: to who has a number in LINE; 422 if nobody has, or blocks us."""
        if (refused := refuse(PnpMessagesRequest, body)) is not None:
            return refused
        if tag is not None and not _TAG_MIN <= len(tag) <= _TAG_MAX:
            return Answer(400, {"message": "The value of the X-Line-Delivery-Tag header is invalid"})
        assert isinstance(body, dict)
        users = {phone_hash(number): user for number, user in self.phones.items()}
        user = users.get(body["to"])
        if user is None or user in self.blocked:
            return Answer(422, {"message": "Failed to send messages"})
        if not self._count():
            return Answer(429, {"message": "You have reached your monthly limit."})
        self._deliver(user, body["messages"], "notification")
        self.completed.append(self.events.delivery(user, tag or body["to"]))
        return Answer(200, {})

    def profile(self, user: str) -> Answer:
        """`GET /v2/bot/profile/{userId}`: 404 for who blocks us or is not known."""
        if not USER_ID.fullmatch(user) or user in self.blocked or user not in self.names:
            return Answer(404, {"message": "Not found"})
        return _held(UserProfileResponse, {"userId": user, "displayName": self.names[user], "language": "ja"})

    def content(self, message: str) -> Answer:
        """`GET /v2/bot/message/{messageId}/content`: 202 while it is prepared."""
        if message in self.preparing:
            return Answer(202, {})
        if message not in self.events.contents:
            return Answer(404, {"message": "Not found"})
        return Answer(200, {}, raw=self.events.contents[message])

    def transcoding(self, message: str) -> Answer:
        """`GET /v2/bot/message/{messageId}/content/transcoding`."""
        status = self.preparing.get(message, "succeeded")
        return _held(GetMessageContentTranscodingResponse, {"status": status})

    def show_loading(self, body: object) -> Answer:
        """`POST /v2/bot/chat/loading/start`."""
        if (refused := refuse(ShowLoadingAnimationRequest, body)) is not None:
            return refused
        assert isinstance(body, dict)
        seconds = body.get("loadingSeconds", 20)
        if not USER_ID.fullmatch(body["chatId"]) or seconds % 5:
            return Answer(400, {"message": "The request body has 1 error(s)"})
        self.loading.append((body["chatId"], seconds))
        return Answer(202, {})

    def mark_as_read(self, body: object) -> Answer:
        """`POST /v2/bot/chat/markAsRead`."""
        if (refused := refuse(MarkMessagesAsReadByTokenRequest, body)) is not None:
            return refused
        assert isinstance(body, dict)
        self.read.append(body["markAsReadToken"])
        return Answer(200, {})

    def link_token(self, user: str) -> Answer:
        """`POST /v2/bot/user/{userId}/linkToken`."""
        if not USER_ID.fullmatch(user):
            return Answer(400, {"message": "The user ID is invalid"})
        token = uuid.uuid4().hex
        self._link_tokens[token] = user, self._now_ms() + LINK_TOKEN_LIFE_MS
        return _held(IssueLinkTokenResponse, {"linkToken": token})

    def agree(self, user: str, dialog: str) -> dict[str, Any]:
        """Let a user open LINE's page of the account link and agree; returns the event of it.

        It fails with a token that is another's, was used, or is too old.
        """
        query = parse_qs(urlsplit(dialog).query)
        whose, until_ms = self._link_tokens.pop(query["linkToken"][0], ("", 0))
        is_ok = whose == user and self._now_ms() <= until_ms
        return self.events.account_link(user, query["nonce"][0], result="ok" if is_ok else "failed")

    def quota_limit(self) -> Answer:
        """`GET /v2/bot/message/quota`."""
        if self.quota is None:
            return _held(MessageQuotaResponse, {"type": "none"})
        return _held(MessageQuotaResponse, {"type": "limited", "value": self.quota + self.used})

    def quota_used(self) -> Answer:
        """`GET /v2/bot/message/quota/consumption`."""
        return _held(QuotaConsumptionResponse, {"totalUsage": self.used})

    def _new_reply_token(self, user: str) -> str:
        token = uuid.uuid4().hex
        self._reply_tokens[token] = (user, self._now_ms() + REPLY_TOKEN_LIFE_MS)
        return token

    def _count(self) -> bool:
        """Take one of the month's messages, whatever is in it; whether there was one."""
        if self.quota == 0:
            return False
        self.used += 1
        if self.quota is not None:
            self.quota -= 1
        return True

    def _deliver(self, user: str, messages: list[dict[str, Any]], how: str) -> list[dict[str, str]]:
        if user not in self.blocked:
            for message in messages:
                is_text = message["type"] == "text"
                text = message["text"] if is_text else json.dumps(message, ensure_ascii=False)
                self._customers.show(Shown(user, text, how, self._now_ms(), message))
        return [{"id": self.events.next_message_id()} for _ in messages]


def _held(model: Any, body: dict[str, Any]) -> Answer:
    """Return a 200 that the SDK understands."""
    assert model.from_dict(body).to_dict() == body
    return Answer(200, body)


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
