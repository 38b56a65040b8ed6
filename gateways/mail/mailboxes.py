"""`mail.conf`: the mailboxes, one a section. What signs in stands in the environment, never here.

[support]
address => support@example.jp
imap => imap.example.jp:993
smtp => smtp.example.jp:587
user => support
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

from acd.dialect import Entry, Problem, Section, read_optional
from gateways.mail.oauth import Tokens, grant_of

FILE_NAME: Final = "mail.conf"
PASSWORD: Final = "TORITSUGI_MAIL_PASSWORD_"  # noqa: S105 - the name of a variable
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_PEER: Final = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?")
_ADDRESS: Final = re.compile(r"[^\s@<>(),;:\"]{1,64}@[A-Za-z0-9.-]{1,253}")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
_MIB: Final = 1024 * 1024
_SUBJECT: Final = "お問い合わせ / Your inquiry"


class Tls(StrEnum):
    """How a connection is secured. `NONE` is for servers on this machine only."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Peer:
    """A mail server. `ca_file`: who vouches for it, if the system's authorities do not."""

    host: str
    port: int
    tls: Tls
    ca_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One mailbox of ours.

    `also` are further addresses whose mail lands here. `smtp` None: it sends nothing. Mail from before
    `since` stays where it is. `sent` is the folder that our mails are copied to, unless the server does that
    (`copies`). `server` is whose Authentication-Results count. `charset` is what we write: ISO-2022-JP where
    it suffices, or UTF-8. With `tokens` there is no password. Sizes in bytes, of a whole mail.
    """

    name: str
    address: str
    imap: Peer
    smtp: Peer | None
    user: str
    password: str = field(repr=False)
    tokens: Tokens | None = field(default=None, repr=False, compare=False)
    smtp_user: str = ""
    display_name: str = ""
    also: frozenset[str] = frozenset()
    folder: str = "INBOX"
    sent: str = ""
    copies: bool = True
    since: date | None = None
    server: str = ""
    charset: str = "utf-8"
    html: bool = False
    subject: str = _SUBJECT
    signature: str = ""
    size_max: int = 50 * _MIB
    sent_size_max: int = 20 * _MIB

    @property
    def addresses(self) -> frozenset[str]:
        return self.also | {self.address}


def examine_mail(
    config_dir: Path, environment: Mapping[str, str] | None = None
) -> tuple[tuple[Mailbox, ...], tuple[Problem, ...]]:
    """Read the mailboxes of a folder and what is wrong with them. No file: no mailboxes.

    `environment` has the passwords; None: whether they are there is not looked at.
    """
    document, problems = read_optional(config_dir / FILE_NAME)
    boxes = [_Reader(section, environment, problems).mailbox() for section in document.concrete()]
    seen: dict[str, str] = {}
    for box in boxes:
        for address in sorted(box.addresses - {""}):
            if address in seen:
                section = document.sections[box.name]
                problems.append(
                    section.problem(f"expected an address of its own, [{seen[address]}] has {address}")
                )
            seen[address] = box.name
    return tuple(boxes), tuple(problems)


_WORDS: Final = (
    "address, name, also, imap, imap_tls, smtp, smtp_tls, ca, user, smtp_user, folder, sent, copies, since,"
    " server, charset, html, subject, signature, size_max, sent_size_max"
)


class _Reader:
    """Reads one section; what is wrong is noted, and a value put in its place."""

    def __init__(
        self, section: Section, environment: Mapping[str, str] | None, problems: list[Problem]
    ) -> None:
        self._section, self._environment, self._problems = section, environment, problems

    def mailbox(self) -> Mailbox:
        section = self._section
        known = {word.strip() for word in _WORDS.split(",")}
        for entry in section.entries:
            if entry.key.casefold() not in known:
                self._note(entry, f"expected {_WORDS}, found {entry.key!r}")
        if not _NAME.fullmatch(section.name):
            self._note(None, "expected a name of small letters, digits and '_'")
        imap = self._peer("imap", Tls.IMPLICIT, 993)
        user = self._text("user") or self._text("address")
        password, tokens = self._secrets()
        has_smtp = section.get("smtp") is not None
        return Mailbox(
            name=section.name,
            address=self._address(section.get("address")),
            also=frozenset(self._address(entry) for entry in section.all("also")),
            display_name=self._text("name"),
            imap=imap,
            smtp=self._peer("smtp", Tls.STARTTLS, 587) if has_smtp else None,
            user=user,
            smtp_user="" if self._text("smtp_user") == "none" else self._text("smtp_user", user),
            password=password,
            tokens=tokens,
            folder=self._text("folder", "INBOX"),
            sent=self._text("sent"),
            copies=self._word("copies", ("yes", "no"), "yes") == "yes",
            since=self._since(),
            server=self._text("server"),
            charset=self._word("charset", ("utf-8", "iso-2022-jp"), "utf-8"),
            html=self._word("html", ("yes", "no"), "no") == "yes",
            subject=self._text("subject", _SUBJECT),
            signature="\n".join(entry.value for entry in section.all("signature")),
            size_max=self._mebibytes("size_max", 50),
            sent_size_max=self._mebibytes("sent_size_max", 20),
        )

    def _note(self, entry: Entry | None, message: str) -> None:
        self._problems.append((entry or self._section).problem(message))

    def _text(self, key: str, default: str = "") -> str:
        entry = self._section.get(key)
        return entry.value if entry is not None and entry.value else default

    def _word(self, key: str, words: tuple[str, ...], default: str) -> str:
        entry = self._section.get(key)
        if entry is None or entry.value.lower() in words:
            return entry.value.lower() if entry else default
        self._note(entry, f"expected {key} => {' or '.join(words)}, found {entry.value!r}")
        return default

    def _address(self, entry: Entry | None) -> str:
        value = entry.value.lower() if entry else ""
        if not _ADDRESS.fullmatch(value):
            self._note(entry, f"expected address => NAME@DOMAIN, found {value!r}")
        return value

    def _peer(self, key: str, tls: Tls, port: int) -> Peer:
        entry = self._section.get(key)
        found = _PEER.fullmatch(entry.value) if entry else None
        chosen = Tls(self._word(f"{key}_tls", tuple(Tls), tls))
        if found is None or int(found[2] or port) > 65535:
            self._note(entry, f"expected {key} => HOST or HOST:PORT")
            return Peer("localhost", port, chosen)
        if chosen is Tls.NONE and found[1] not in _LOOPBACK:
            self._note(
                self._section.get(f"{key}_tls"),
                "expected implicit or starttls: none is for this machine only",
            )
        defaults = {("imap", Tls.STARTTLS): 143, ("imap", Tls.NONE): 143, ("smtp", Tls.IMPLICIT): 465}
        ca_file = self._text("ca")
        if ca_file and not Path(ca_file).is_file():
            self._note(self._section.get("ca"), f"expected a file of certificates, there is no {ca_file}")
        return Peer(found[1].strip("[]"), int(found[2] or defaults.get((key, chosen), port)), chosen, ca_file)

    def _secrets(self) -> tuple[str, Tokens | None]:
        """Return the password, or what gives out tokens instead."""
        if self._environment is None:
            return "", None
        grant, problem = grant_of(self._section.name, self._environment)
        variable = PASSWORD + self._section.name.upper()
        password = self._environment.get(variable, "")
        if not grant and not password and not problem:
            problem = f"expected the mailbox's password in the environment: {variable}"
        if problem:
            self._note(None, problem)
        return password, Tokens(grant) if grant else None

    def _since(self) -> date | None:
        entry = self._section.get("since")
        if entry is None:
            return None
        try:
            return date.fromisoformat(entry.value)
        except ValueError:
            self._note(entry, f"expected since => YYYY-MM-DD, found {entry.value!r}")
            return None

    def _mebibytes(self, key: str, default: int) -> int:
        entry = self._section.get(key)
        if entry is None:
            return default * _MIB
        if entry.value.isascii() and entry.value.isdecimal() and 1 <= int(entry.value) <= 200:
            return int(entry.value) * _MIB
        self._note(entry, f"expected {key} => MiB from 1 to 200, found {entry.value!r}")
        return default * _MIB
