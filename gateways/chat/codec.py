"""What a customer sent, as the inbox keeps it; what we send, as the widget shows it. No I/O."""

from collections.abc import Sequence

import msgspec

from acd.contact import Channel
from gateways.chat.frames import Button, Line, Page, Rate, Say
from gateways.chat.frames import File as FrameFile
from gateways.chat.uploads import Upload
from gateways.errors import GatewayError
from gateways.files import Files, StoredFile
from gateways.protocol import Choice, Inbound, Outbound, Part, Rating, RawEvent

_BUTTONS_MAX = 20


class _Stored(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a stored event: a frame, when it came, and what its files are."""

    at_ms: int
    say: Say | None = None
    rate: Rate | None = None
    uploads: tuple[Upload, ...] = ()


def event_of(frame: Say | Rate, session: str, at_ms: int, uploads: Sequence[Upload] = ()) -> RawEvent:
    """Return a frame as it is stored. The same `id` of the same session is the same event."""
    stored = _Stored(
        at_ms=at_ms,
        say=frame if isinstance(frame, Say) else None,
        rate=frame if isinstance(frame, Rate) else None,
        uploads=tuple(uploads),
    )
    return RawEvent(
        channel=Channel.CHAT,
        event_id=f"{session}:{frame.id}",
        address=session,
        body=msgspec.json.encode(stored),
    )


def incoming_of(event: RawEvent) -> Inbound | Rating:
    """Read a stored event; raises `ValueError` (`msgspec.ValidationError` is one)."""
    stored = msgspec.json.decode(event.body, type=_Stored)
    if stored.say is not None:
        return _message(event, stored, stored.say)
    if stored.rate is None:
        raise ValueError("expected a message or a rating")
    return Rating(
        channel=Channel.CHAT,
        event_id=event.event_id,
        address=event.address,
        stars=stored.rate.stars,
        text=stored.rate.text,
        at_ms=stored.at_ms,
    )


def _message(event: RawEvent, stored: _Stored, say: Say) -> Inbound:
    fields = {_plain(name): _plain(value) for name, value in say.fields.items()}
    if say.data is not None:
        fields["data"] = _plain(say.data)
    return Inbound(
        channel=Channel.CHAT,
        event_id=event.event_id,
        address=event.address,
        text=_plain(say.text),
        at_ms=stored.at_ms,
        kind="choice" if say.data is not None else "text" if say.text or not stored.uploads else "file",
        parts=tuple(
            Part(name=each.name, type=each.type, source=each.id, size=each.size) for each in stored.uploads
        ),
        link=say.link or None,
        name=_plain(say.name) or None,
        fields=fields,
        page=_page(say.page) if say.page else {},
    )


def _page(page: Page) -> dict[str, str]:
    """Return where the customer is; an address that is none of the web is left out: an agent may click it."""
    is_web = page.url.startswith(("http://", "https://"))
    return {"url": _plain(page.url) if is_web else "", "title": _plain(page.title)}


def _plain(text: str) -> str:
    return text.replace("\x00", "")  # PostgreSQL's text cannot hold it, and nobody sees it


def line_of(message: Outbound, at_ms: int, files: Files) -> Line:
    """Return a message of ours as a widget shows it."""
    return Line(
        id=message.key,
        at_ms=at_ms,
        text=message.text,
        files=tuple(
            FrameFile(name=each.name, type=each.type, size=each.size, url=link_of(files, each))
            for each in message.files
        ),
        choices=buttons_of(message.choices),
    )


def line_of_event(event: RawEvent) -> Line | None:
    """Return a stored message of the customer as his widget shows it; None for what is no message."""
    incoming = incoming_of(event)
    if not isinstance(incoming, Inbound):
        return None
    return Line(
        id=event.event_id.removeprefix(f"{event.address}:"),
        at_ms=incoming.at_ms,
        text=incoming.text,
        mine=True,
        files=tuple(
            FrameFile(name=each.name, type=each.type, size=each.size or 0) for each in incoming.parts
        ),
    )


def buttons_of(choices: Sequence[Choice]) -> tuple[Button, ...]:
    return tuple(Button(label=each.label, data=each.data, url=each.url) for each in choices[:_BUTTONS_MAX])


def link_of(files: Files, file: StoredFile) -> str:
    """Return where a file is to be had, empty if nowhere any more."""
    try:
        return files.link(file)
    except GatewayError:
        return ""
