"""What an agent reads of a message that is not text, and what came with it. No I/O."""

import mimetypes

from gateways.line.wire import Message
from gateways.protocol import Part
from gateways.stickers import PLACEHOLDER as STICKER

PLACEHOLDERS = {
    "image": "［画像］",
    "video": "［動画］",
    "audio": "［音声］",
    "file": "［ファイル］",
    "location": "［位置情報］",
    "sticker": STICKER,
}
"""What stands before whatever else is told of a message."""

UNKNOWN_PLACEHOLDER = "［未対応のメッセージ］"
UNKNOWN_EVENT = "［未対応の操作 / Unsupported action］"
EDITED_PLACEHOLDER = "［編集後 / Edited］"
_KEYWORDS_SHOWN = 3
_NAME_MAX = 200
_MEDIA = {
    "image": ("image.jpg", "image/jpeg"),
    "video": ("video.mp4", "video/mp4"),
    "audio": ("audio.m4a", "audio/mp4"),
}
"""Name and claimed type of files of which LINE tells neither."""


def words_of(message: Message) -> str:
    """Say in Japanese what a message is; a text says it itself."""
    if message.type == "text":
        return message.text or ""
    return PLACEHOLDERS.get(message.type, UNKNOWN_PLACEHOLDER) + _more(message)


def parts_of(message: Message) -> tuple[Part, ...]:
    """Return the file that LINE keeps of a message. One that lies elsewhere is not fetched from there."""
    if message.content_provider is not None and message.content_provider.type != "line":
        return ()
    if message.type in _MEDIA and message.id:
        name, kind = _MEDIA[message.type]
        return (Part(name=name, type=kind, source=message.id),)
    if message.type == "file" and message.id:
        name = (message.file_name or "file")[:_NAME_MAX]
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return (Part(name=name, type=kind, source=message.id, size=message.file_size),)
    return ()


def _more(message: Message) -> str:
    match message.type:
        case "image" if message.image_set is not None and message.image_set.total:
            return f"{message.image_set.index or '?'}/{message.image_set.total}" + _elsewhere(message)
        case "video" | "audio" if message.duration:
            return f"{round(message.duration / 1000)}秒" + _elsewhere(message)
        case "image" | "video" | "audio":
            return _elsewhere(message)
        case "file":
            return (message.file_name or "")[:_NAME_MAX]
        case "location":
            return _place(message)
        case "sticker":
            return message.text or "、".join((message.keywords or [])[:_KEYWORDS_SHOWN])
    return ""


def _place(message: Message) -> str:
    named = [each for each in (message.title, message.address) if each]
    if message.latitude is not None and message.longitude is not None:
        named.append(f"{_degrees(message.latitude)}, {_degrees(message.longitude)}")
    return " ".join(named)


def _elsewhere(message: Message) -> str:
    provider = message.content_provider
    return f" {provider.original_content_url}" if provider and provider.original_content_url else ""


def _degrees(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")
