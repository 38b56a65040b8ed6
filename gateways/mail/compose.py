"""A message becomes a mail: bytes that any mailer reads, in UTF-8 or, where it is asked for, ISO-2022-JP."""

import re
from base64 import encodebytes
from collections.abc import Sequence
from datetime import datetime
from email.header import Header
from email.message import Message
from email.policy import compat32
from email.utils import format_datetime

from gateways import case_numbers
from gateways.errors import SendFailed
from gateways.files import StoredFile
from gateways.mail import html as markup
from gateways.mail.automatic import OWN_MARK
from gateways.mail.charsets import encode_jis
from gateways.mail.headers import file_name, one_line
from gateways.mail.mailboxes import Mailbox
from gateways.protocol import Choice, Outbound

_WIRE = compat32.clone(linesep="\r\n", mangle_from_=False)
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\\x00-\x20\x7f-\U0010ffff]{1,64}@([^\s@<>()\[\],;:\"\\]{1,253})")
_ANSWER = re.compile(r"^\s*((re|aw|sv|返信|返)\s*[:：]\s*)+", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s@]{1,250}@[^<>\s@]{1,250}>")
_LINK = re.compile(r"https?://[^\s<>\"'）」、。]+")
_REFS_KEPT = 20
_LINE_MAX = 900


def compose(
    message: Outbound,
    box: Mailbox,
    *,
    message_id: str,
    at: datetime,
    files: Sequence[tuple[StoredFile, bytes]] = (),
) -> bytes:
    """Return a mail, CRLF and all; raises `SendFailed` for an address that no mail can go to."""
    mail = _with_files(_body(message, box), files)
    head = _Head(mail, box.charset)
    head.person("From", box.display_name, box.address)
    head.person("To", "", deliverable(message.address))
    head.text("Subject", subject_of(message, box))
    head.plain("Date", format_datetime(at))
    head.plain("Message-ID", message_id)
    refs = [ref for ref in message.refs if _ID.fullmatch(ref)]
    if refs:
        head.plain("In-Reply-To", refs[-1])
        head.plain("References", " ".join([*refs[:1], *refs[1:][-_REFS_KEPT:]]))
    head.plain(OWN_MARK, message_id.strip("<>"))
    if message.is_automatic:
        head.plain("Auto-Submitted", "auto-replied" if refs else "auto-generated")
        head.plain("X-Auto-Response-Suppress", "All")
    mail["MIME-Version"] = "1.0"
    return mail.as_bytes(policy=_WIRE)


def subject_of(message: Outbound, box: Mailbox) -> str:
    """Return the subject with the case's number: of an answer with one `Re:`, unless a person gave it."""
    subject = one_line(message.subject or "")
    if subject and not message.keeps_subject and any(_ID.fullmatch(ref) for ref in message.refs):
        subject = f"Re: {_ANSWER.sub('', subject)}"
    subject = subject or box.subject
    return case_numbers.tagged(subject, message.case) if message.case else subject


def deliverable(address: str) -> str:
    """Return an address as SMTP takes it, its domain in ASCII; raises `SendFailed`."""
    found = _ADDRESS.fullmatch(address)
    try:
        domain = found[1].encode("idna").decode() if found else ""
    except UnicodeError:
        domain = ""
    if not found or not domain:
        raise SendFailed("not an address that mail can be sent to", retryable=False)
    return f"{address.rpartition('@')[0]}@{domain}"


def text_of(message: Outbound, box: Mailbox) -> str:
    """Return the whole text: what is said, choices in numbered lines, the signature."""
    pieces = [message.text.rstrip(), *([_numbered(message.choices)] if message.choices else [])]
    if box.signature:
        values = {"{case}": message.case or "", "{address}": box.address, "{name}": box.display_name}
        signature = box.signature
        for variable, value in values.items():
            signature = signature.replace(variable, value)
        pieces.append(f"-- \n{signature}")
    return "\n\n".join(piece for piece in pieces if piece) + "\n"


def _numbered(choices: Sequence[Choice]) -> str:
    lines = (
        f"{number}. {choice.label}" + (f" {choice.url}" if choice.url else "")
        for number, choice in enumerate(choices, 1)
    )
    return "\n".join(lines)


class _Head:
    """Writes header fields; nothing that comes from outside can begin a line."""

    def __init__(self, mail: Message, charset: str) -> None:
        self._mail, self._charset = mail, charset

    def text(self, name: str, value: str) -> None:
        self._mail[name] = self._encoded(name, one_line(value))

    def person(self, name: str, who: str, address: str) -> None:
        who = one_line(who)
        if who.isascii():
            quoted = who.replace("\\", "\\\\").replace('"', '\\"')
            self._mail[name] = f'"{quoted}" <{address}>' if who else address
        else:
            self._mail[name] = f"{self._encoded(name, who)} <{address}>"

    def plain(self, name: str, value: str) -> None:
        self._mail[name] = value

    def _encoded(self, name: str, value: str) -> str:
        if value.isascii() and "=?" not in value:
            return value
        jis = encode_jis(value) if self._charset == "iso-2022-jp" else None
        if jis is not None:
            return Header(jis.decode("iso2022_jp"), "iso-2022-jp", header_name=name).encode(linesep="\r\n")
        return Header(value, "utf-8", header_name=name).encode(linesep="\r\n")


def _body(message: Outbound, box: Mailbox) -> Message:
    text = text_of(message, box)
    plain = _text_part(text, "plain", box.charset)
    if not box.html:
        return plain
    marked = _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', markup.of_text(text))
    whole = Message()
    whole["Content-Type"] = "multipart/alternative"
    whole.attach(plain)
    whole.attach(_text_part(f"<html><body><div>{marked}</div></body></html>\n", "html", box.charset))
    return whole


def _text_part(text: str, kind: str, charset: str) -> Message:
    part = Message()
    raw = encode_jis(text) if charset == "iso-2022-jp" else None
    name = "iso-2022-jp" if raw is not None else "utf-8"
    raw = text.encode() if raw is None else raw
    part["Content-Type"] = f'text/{kind}; charset="{name}"'
    if raw.isascii() and all(len(line) < _LINE_MAX for line in raw.split(b"\n")):
        part["Content-Transfer-Encoding"] = "7bit"
        part.set_payload(raw.decode("ascii"))
    else:
        part["Content-Transfer-Encoding"] = "base64"
        part.set_payload(encodebytes(raw).decode())
    return part


def _with_files(body: Message, files: Sequence[tuple[StoredFile, bytes]]) -> Message:
    if not files:
        return body
    whole = Message()
    whole["Content-Type"] = "multipart/mixed"
    whole.attach(body)
    for file, content in files:
        whole.attach(_file_part(file, content))
    return whole


def _file_part(file: StoredFile, content: bytes) -> Message:
    """Return an attachment, its name both in the standard's way and in that of old Japanese mailers."""
    name = file_name(file.name, "file")
    kind = file.type if re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", file.type) else "application/octet-stream"
    if kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"
    part = Message()
    old = (
        name.replace('"', "'")
        if name.isascii()
        else Header(name, "utf-8", maxlinelen=900).encode(maxlinelen=900)
    )
    part["Content-Type"] = f'{kind}; name="{old}"'
    part["Content-Transfer-Encoding"] = "base64"
    encoded = name if name.isascii() else ("utf-8", "", name)
    part.add_header("Content-Disposition", "attachment", filename=encoded)
    part.set_payload(encodebytes(content).decode())
    return part
