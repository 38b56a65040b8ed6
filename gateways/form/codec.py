"""A filled-in form: seen to be right before it is stored, and read afterwards. Pure."""

import fnmatch
import hashlib
import re
from email.utils import parseaddr

import msgspec

from acd.contact import Channel
from gateways.form import body as bodies
from gateways.form.body import Filled
from gateways.form.conf import FieldType, Form, FormField
from gateways.protocol import Inbound, Part, RawEvent

BEGAN = "began"
"""The field that carries the stamp of when a form was asked for."""
_LONG_MAX, _SHORT_MAX = 10_000, 300
_REPEAT_MS = 600_000
_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{6,20}")


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a request: its body as it came, and what the rules of that time said."""

    form: str
    title: str
    subject: str
    queue: str | None
    fields: dict[str, str]
    name: str
    text: str
    at_ms: int
    type: str
    body: bytes


def problem(form: Form, filled: Filled) -> str:
    """Return what is wrong with a request, for who filled it in; empty if nothing is."""
    for field in form.fields:
        if not _is_right(field, filled.values.get(field.name, "").strip()):
            return field.name
    if len(filled.files) > form.files_max:
        return f"at most {form.files_max} files"
    for file in filled.files:
        if form.file_types and not any(fnmatch.fnmatch(file.type, each) for each in form.file_types):
            return f"files of {', '.join(form.file_types)}"
    return ""


def store(form: Form, filled: Filled, *, at_ms: int, content_type: str, body: bytes, key: str) -> RawEvent:
    """Make an event of a request that is right. `key`: the sender's own id of it; empty: it is told

    by its content, so that a second click within ten minutes is the same.
    """
    values = {each.name: filled.values.get(each.name, "").strip() for each in form.fields}
    fields = {name: value for name, value in values.items() if value}
    stored = Stored(
        form=form.name,
        title=form.title,
        subject=values.get(form.subject, "") or form.title,
        queue=form.queue(fields),
        fields=fields,
        name=values.get(form.of_type(FieldType.NAME), ""),
        text=values.get(form.of_type(FieldType.LONG), "") or _lines(fields),
        at_ms=at_ms,
        type=content_type,
        body=body if filled.files else b"",
    )
    told = repr((sorted(fields.items()), [(each.name, each.content) for each in filled.files]))
    unique = key or f"{at_ms // _REPEAT_MS}{told}"
    return RawEvent(
        channel=Channel.TICKET,
        event_id=f"{form.name}:{hashlib.sha256(unique.encode(errors='replace')).hexdigest()[:40]}",
        address=values[form.of_type(FieldType.EMAIL)].lower(),
        body=msgspec.msgpack.encode(stored),
    )


def decode(event: RawEvent) -> Inbound:
    """Read a stored request; raises `ValueError`."""
    stored = msgspec.msgpack.decode(event.body, type=Stored)
    files = bodies.read(stored.type, stored.body).files if stored.body else ()
    return Inbound(
        channel=Channel.TICKET,
        event_id=event.event_id,
        address=event.address,
        text=stored.text,
        at_ms=stored.at_ms,
        account=stored.form,
        subject=stored.subject,
        queue=stored.queue,
        name=stored.name or None,
        fields=stored.fields,
        parts=tuple(
            Part(name=each.name, type=each.type, source=str(number), size=len(each.content))
            for number, each in enumerate(files)
        ),
    )


def content_of(event: RawEvent, part: Part) -> bytes:
    """Return a file of a stored request; raises `ValueError`, `IndexError`."""
    stored = msgspec.msgpack.decode(event.body, type=Stored)
    return bodies.read(stored.type, stored.body).files[int(part.source)].content


def _is_right(field: FormField, value: str) -> bool:
    if not value:
        return not field.is_required
    if len(value) > (_LONG_MAX if field.type is FieldType.LONG else _SHORT_MAX):
        return False
    match field.type:
        case FieldType.EMAIL:
            return bool(_EMAIL.fullmatch(value)) and parseaddr(value)[1] == value and len(value) <= 254
        case FieldType.PHONE:
            return bool(_PHONE.fullmatch(value))
        case FieldType.CHOICE:
            return value in field.choices
        case FieldType.LONG:
            return True
        case _:
            return "\n" not in value and "\r" not in value  # it may become a header of a mail


def _lines(fields: dict[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in fields.items())
