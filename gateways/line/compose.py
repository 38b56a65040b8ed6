"""From a message of the hub to LINE's message objects. No I/O.

Limits: LINE Messaging API reference, "Message objects" and "Action objects".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gateways.errors import SendFailed
from gateways.files import StoredFile
from gateways.line import messages
from gateways.line.messages import Wire
from gateways.line.tokens import postback_of
from gateways.line.utf16 import clean, fitting, split, units
from gateways.protocol import Choice, Outbound

REQUEST_MAX = 5
"""So many message objects go out in one request, and count as one message of the month."""
TEXT_MAX = 5000
QUICK_REPLIES_MAX, QUICK_LABEL_MAX = 13, 20
_BUTTON_LABEL_MAX, _BUTTONS_MAX = 40, 20
_DATA_MAX, _URI_MAX, _SAID_MAX, _ALT_MAX = 300, 1000, 300, 400
_MENU_WORDS_MAX, _PLACE_MAX = 500, 100
_PREVIEW_MAX = 1024 * 1024
_IMAGES = ("image/jpeg", "image/png")
_SCHEMES = ("http", "https", "line", "tel")
_OPEN = "開く / Open"
_CHOOSE = "お選びください / Please choose"

Link = Callable[[StoredFile], str]
"""Returns a public address of a file; raises `FileGone`, `FilesUnavailable`."""

_native = msgspec.json.Decoder(dict[str, Any] | list[dict[str, Any]])


def compose(message: Outbound, link: Link) -> list[list[Wire]]:
    """Return the message objects of each request; raises `SendFailed` for what LINE has no form of."""
    made = _composed(message, link)
    if not made:
        raise SendFailed("expected a text, a file or a choice: there is nothing to send", retryable=False)
    return [made[at : at + REQUEST_MAX] for at in range(0, len(made), REQUEST_MAX)]


def _composed(message: Outbound, link: Link) -> list[Wire]:
    made = _of_fields(message.fields, message.text)
    words = "" if made else clean(message.text)
    shown, further = _buttons(message.choices)
    words = "\n".join(each for each in (words, *further) if each.strip())
    files = [_of_file(file, link(file)) for file in message.files]
    if not shown:
        return [*made, *_texts(words), *files]
    if _fits_quick_reply(shown) and (words or made or files):
        whole = [*made, *_texts(words), *files]
        actions = [_action(each, QUICK_LABEL_MAX) for each in shown]
        return [*whole[:-1], messages.with_buttons(whole[-1], actions)]
    is_short = units(words) <= _MENU_WORDS_MAX
    before = [] if is_short else _texts(words)
    return [*made, *before, *files, *_menus(words if is_short else _CHOOSE, shown)]


def _texts(words: str) -> list[Wire]:
    return [messages.text(each) for each in split(words, TEXT_MAX)]


def _of_fields(fields: Mapping[str, str], words: str) -> list[Wire]:
    """Return what is more than text; raises `SendFailed` if it is not what it says."""
    try:
        match fields.get("kind"):
            case "sticker":
                return [messages.sticker(fields["package"], fields["sticker"])]
            case "place":
                title = fields.get("title") or fields.get("address") or words or "-"
                return [
                    messages.place(
                        fitting(title, _PLACE_MAX),
                        fitting(fields.get("address") or title, _PLACE_MAX),
                        float(fields["latitude"]),
                        float(fields["longitude"]),
                    )
                ]
            case "line":
                found = _native.decode(fields["json"])
                return [_native_of(each) for each in (found if isinstance(found, list) else [found])]
    except (KeyError, ValueError) as error:
        raise SendFailed(
            f"expected a whole {fields['kind']}: {type(error).__name__}", retryable=False
        ) from None
    return []


def _native_of(body: dict[str, Any]) -> Wire:
    return {"type": str(body["type"])} | body


def _of_file(file: StoredFile, url: str) -> Wire:
    """Return an image as such if LINE takes it, and anything else as a card with a link."""
    if file.type in _IMAGES and file.size <= _PREVIEW_MAX and url.startswith("https://"):
        return messages.image(url)
    name = fitting(clean(file.name) or "file", _MENU_WORDS_MAX)
    opens = messages.opening(_OPEN, url)
    return messages.menu(f"{name}\n{_size(file.size)}", [opens], fitting(name, _ALT_MAX))


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(size // 1024, 1)} KB"


def _buttons(choices: Sequence[Choice]) -> tuple[list[Choice], list[str]]:
    """Return the choices that can be buttons, and a line of text for each other."""
    shown = [each for each in choices if each.url is None or _opens(each.url)]
    return shown, [f"{clean(each.label)}: {clean(each.url or '')}" for each in choices if each not in shown]


def _opens(url: str) -> bool:
    try:
        return urlsplit(url).scheme in _SCHEMES and units(url) <= _URI_MAX
    except ValueError:
        return False


def _fits_quick_reply(choices: Sequence[Choice]) -> bool:
    """Whether buttons that vanish with the next message will do: not for ways that lead elsewhere."""
    return len(choices) <= QUICK_REPLIES_MAX and all(
        each.url is None and units(each.label) <= QUICK_LABEL_MAX for each in choices
    )


def _menus(words: str, choices: Sequence[Choice]) -> list[Wire]:
    actions = [_action(each, _BUTTON_LABEL_MAX) for each in choices]
    alt_text = fitting(words or " / ".join(clean(each.label) for each in choices), _ALT_MAX)
    return [
        messages.menu(words if at == 0 else "", actions[at : at + _BUTTONS_MAX], alt_text)
        for at in range(0, len(actions), _BUTTONS_MAX)
    ]


def _action(choice: Choice, label_max: int) -> Wire:
    whole = clean(choice.label) or clean(choice.data or "") or _OPEN
    label, said = fitting(whole, label_max), fitting(whole, _SAID_MAX)
    if choice.url is not None:
        return messages.opening(label, choice.url)
    if choice.data is None:
        return messages.saying(label, said)
    data = clean(choice.data)
    if units(data) > _DATA_MAX:
        raise SendFailed(f"expected at most {_DATA_MAX} characters behind a choice", retryable=False)
    return messages.postback(label, postback_of(said, data, _DATA_MAX), said)
