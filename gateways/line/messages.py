"""LINE's message objects and actions, as far as the hub makes them itself.

Source: LINE's OpenAPI, messaging-api.yml. The tests hold what is made against the models of LINE's SDK.
"""

from collections.abc import Sequence
from typing import Any

Wire = dict[str, Any]
"""A message object or an action, as it is sent."""


def postback(label: str, data: str, said: str) -> Wire:
    """Send `data` to us, and show the customer what he chose."""
    return {"type": "postback", "label": label, "data": data, "displayText": said}


def saying(label: str, words: str) -> Wire:
    """Let the customer say `words`."""
    return {"type": "message", "label": label, "text": words}


def opening(label: str, url: str) -> Wire:
    """Open an address: http, https, line or tel."""
    return {"type": "uri", "label": label, "uri": url}


def text(words: str) -> Wire:
    """Make a text of at most 5,000 UTF-16 units."""
    return {"type": "text", "text": words}


def image(url: str) -> Wire:
    """Show a JPEG or PNG by https: at most 10 MB, its preview 1 MB."""
    return {"type": "image", "originalContentUrl": url, "previewImageUrl": url}


def sticker(package: str, number: str) -> Wire:
    """Make a sticker of those that LINE lets accounts send."""
    return {"type": "sticker", "packageId": package, "stickerId": number}


def place(title: str, address: str, latitude: float, longitude: float) -> Wire:
    """Make a place on the map."""
    where = {"latitude": latitude, "longitude": longitude}
    return {"type": "location", "title": title, "address": address, **where}


def menu(words: str, actions: Sequence[Wire], alt_text: str) -> Wire:
    """Make a menu that stays in the talk: a bubble with words, and a button for each action."""
    bubble: Wire = {"type": "bubble"}
    if words:
        said = {"type": "text", "text": words, "wrap": True}
        bubble["body"] = {"type": "box", "layout": "vertical", "contents": [said]}
    buttons = [{"type": "button", "style": "secondary", "height": "sm", "action": each} for each in actions]
    bubble["footer"] = {"type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons}
    return {"type": "flex", "altText": alt_text, "contents": bubble}


def with_buttons(message: Wire, actions: Sequence[Wire]) -> Wire:
    """Add buttons that are there until the next message, 13 at most."""
    items = [{"type": "action", "action": each} for each in actions]
    return message | {"quickReply": {"items": items}}
