"""Events of LINE as users cause them, each checked against the models of LINE's SDK."""

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

from linebot.v3.webhooks import CallbackRequest

_LINE_KEEPS_IT = {"contentProvider": {"type": "line"}}


def line_user_id(name: str) -> str:
    """Return a user id in LINE's form for a name, always the same."""
    return "U" + hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


class LineEvents:
    """Makes events of one official account's users."""

    def __init__(self, *, now_ms: Callable[[], int], reply_token: Callable[[str], str]) -> None:
        self.destination = line_user_id("the official account")
        self.contents: dict[str, bytes] = {}
        """Files that users sent, by message id."""
        self._now_ms, self._reply_token = now_ms, reply_token
        self._message_ids = 0

    def next_message_id(self) -> str:
        self._message_ids += 1
        return str(460_000_000_000_000_000 + self._message_ids)

    def callback(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        return {"destination": self.destination, "events": events}

    def of(self, user: str | None, kind: str, *, mode: str = "active", **fields: Any) -> dict[str, Any]:
        """Return an event of any type that LINE has; raises `ValueError` if it has none such."""
        event = {
            "type": kind,
            "mode": mode,
            "timestamp": self._now_ms(),
            "webhookEventId": "01" + uuid.uuid4().hex.upper()[:24],
            "deliveryContext": {"isRedelivery": False},
        } | fields
        if user is not None:
            event["source"] = {"type": "user", "userId": user}
        CallbackRequest.from_dict(self.callback([event]))
        return event

    def message(self, user: str, message: dict[str, Any], *, mode: str = "active") -> dict[str, Any]:
        """Return a message event with a new reply token."""
        whole = {"id": self.next_message_id()} | message
        return self.of(user, "message", mode=mode, replyToken=self._reply_token(user), message=whole)

    def text(self, user: str, text: str, **more: Any) -> dict[str, Any]:
        return self.message(user, {"type": "text", "quoteToken": "q", "text": text} | more)

    def image(self, user: str, content: bytes, **more: Any) -> dict[str, Any]:
        return self._file(user, content, {"type": "image", "quoteToken": "q"} | _LINE_KEEPS_IT | more)

    def video(self, user: str, content: bytes, duration: int = 12_000) -> dict[str, Any]:
        kind = {"type": "video", "quoteToken": "q", "duration": duration}
        return self._file(user, content, kind | _LINE_KEEPS_IT)

    def audio(self, user: str, content: bytes, duration: int = 3_000) -> dict[str, Any]:
        return self._file(user, content, {"type": "audio", "duration": duration} | _LINE_KEEPS_IT)

    def file(self, user: str, name: str, content: bytes) -> dict[str, Any]:
        return self._file(user, content, {"type": "file", "fileName": name, "fileSize": len(content)})

    def sticker(self, user: str, *keywords: str, **more: Any) -> dict[str, Any]:
        kind = {"type": "sticker", "quoteToken": "q", "stickerResourceType": "STATIC"}
        named = {"packageId": "446", "stickerId": "1988", "keywords": list(keywords)}
        return self.message(user, kind | named | more)

    def location(self, user: str, latitude: float, longitude: float, **more: Any) -> dict[str, Any]:
        return self.message(user, {"type": "location", "latitude": latitude, "longitude": longitude} | more)

    def postback(self, user: str, data: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        postback = {"data": data} | ({"params": params} if params else {})
        return self.of(user, "postback", replyToken=self._reply_token(user), postback=postback)

    def unsend(self, user: str, message: dict[str, Any]) -> dict[str, Any]:
        """Return the event by which the message of another event is taken back; its file is gone then."""
        self.contents.pop(message["message"]["id"], None)
        return self.of(user, "unsend", unsend={"messageId": message["message"]["id"]})

    def follow(self, user: str, *, is_unblocked: bool = False) -> dict[str, Any]:
        token = self._reply_token(user)
        return self.of(user, "follow", replyToken=token, follow={"isUnblocked": is_unblocked})

    def unfollow(self, user: str) -> dict[str, Any]:
        return self.of(user, "unfollow")

    def account_link(self, user: str, nonce: str, *, result: str = "ok") -> dict[str, Any]:
        token = {"replyToken": self._reply_token(user)} if result == "ok" else {}
        return self.of(user, "accountLink", link={"result": result, "nonce": nonce}, **token)

    def delivery(self, user: str | None, tag: str) -> dict[str, Any]:
        return self.of(user, "delivery", delivery={"data": tag})

    def _file(self, user: str, content: bytes, message: dict[str, Any]) -> dict[str, Any]:
        event = self.message(user, message)
        self.contents[event["message"]["id"]] = content
        return event
