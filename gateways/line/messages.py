"""LINE's message objects, as far as the hub makes them itself.

Source: LINE's OpenAPI, messaging-api.yml. The tests hold what is made against the models of LINE's SDK.
"""

from collections.abc import Sequence
from typing import Any

import msgspec


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    pass


class PostbackAction(_Wire, frozen=True, tag_field="type", tag="postback"):
    """Sends `data` to us, and shows the customer what he chose."""

    label: str
    data: str
    display_text: str


class MessageAction(_Wire, frozen=True, tag_field="type", tag="message"):
    """Lets the customer say `text`."""

    label: str
    text: str


class UriAction(_Wire, frozen=True, tag_field="type", tag="uri"):
    """Opens an address: http, https, line or tel."""

    label: str
    uri: str


Action = PostbackAction | MessageAction | UriAction


class QuickReplyItem(_Wire, frozen=True, tag_field="type", tag="action"):
    """One button above the keyboard."""

    action: Action


class QuickReply(_Wire, frozen=True):
    """Buttons that are there until the next message, 13 at most."""

    items: Sequence[QuickReplyItem]


class _Message(_Wire, frozen=True, kw_only=True, tag_field="type"):
    quick_reply: QuickReply | None = None


class Text(_Message, frozen=True, kw_only=True, tag="text"):
    """At most 5,000 UTF-16 units."""

    text: str


class Image(_Message, frozen=True, kw_only=True, tag="image"):
    """JPEG or PNG by https: at most 10 MB, its preview 1 MB."""

    original_content_url: str
    preview_image_url: str


class Sticker(_Message, frozen=True, kw_only=True, tag="sticker"):
    """A sticker of those that LINE lets accounts send."""

    package_id: str
    sticker_id: str


class Location(_Message, frozen=True, kw_only=True, tag="location"):
    """A place on the map."""

    title: str
    address: str
    latitude: float
    longitude: float


class Flex(_Message, frozen=True, kw_only=True, tag="flex"):
    """A layout of boxes, and what stands for it in notifications."""

    alt_text: str
    contents: dict[str, Any]


class Native(_Message, frozen=True, kw_only=True):
    """A message in LINE's own form that an administrator wrote."""

    body: dict[str, Any]


Message = Text | Image | Sticker | Location | Flex | Native


def to_wire(message: Message) -> dict[str, Any]:
    """Return a message object as it is sent."""
    if not isinstance(message, Native):
        sent: dict[str, Any] = msgspec.to_builtins(message)
        return sent
    quick = {"quickReply": msgspec.to_builtins(message.quick_reply)} if message.quick_reply else {}
    return message.body | quick


def menu(words: str, actions: Sequence[Action], alt_text: str) -> Flex:
    """Return a menu that stays in the talk: a bubble with words, and a button for each action."""
    bubble: dict[str, Any] = {"type": "bubble"}
    if words:
        text = {"type": "text", "text": words, "wrap": True}
        bubble["body"] = {"type": "box", "layout": "vertical", "contents": [text]}
    buttons = [
        {"type": "button", "style": "secondary", "height": "sm", "action": msgspec.to_builtins(action)}
        for action in actions
    ]
    bubble["footer"] = {"type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons}
    return Flex(alt_text=alt_text, contents=bubble)
