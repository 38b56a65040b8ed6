"""`webrtc.conf`: the sites whose pages may call us, and what all calls from pages have in common.

[general]
phone = +81312345678        ; what a page offers to who cannot call by it; none by default
callback = yes              ; and whether it offers to be called back
calls_per_minute = 60       ; of one address
sockets = 100               ; of one address at a time
proxy => 127.0.0.1          ; whose X-Forwarded-For is believed

[shop]                      ; POST /webrtc/sites/shop makes tokens for it
origin => https://shop.example.jp
queue = support
video = no
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from yarl import URL

from acd.dialect import DialectError, Entry, Problem, Section, read
from acd.errors import SettingsError
from acd.fields import Fields, section_named
from acd.ids import QueueName
from gateways.addresses import Network

FILE_NAME: Final = "webrtc.conf"
GENERAL: Final = "general"
_KEYS: Final = frozenset({"origin", "queue", "video"})
_GENERAL_KEYS: Final = frozenset({"phone", "callback", "calls_per_minute", "sockets", "proxy"})
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_PHONE: Final = re.compile(r"\+[0-9]{5,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A page of somebody's by which one can call. Its calls go to `queue`."""

    name: str
    origins: frozenset[str]
    queue: QueueName
    video: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRules:
    """All that webrtc.conf says."""

    sites: Mapping[str, Site] = field(default_factory=dict)
    phone: str | None = None
    callback: bool = True
    calls_per_min: int = 60
    sockets: int = 100
    proxies: tuple[Network, ...] = ()

    @property
    def origins(self) -> frozenset[str]:
        """The sites whose pages may call."""
        return frozenset(origin for site in self.sites.values() for origin in site.origins)


def examine_web(
    config_dir: Path, queues: Collection[str] | None = None
) -> tuple[WebRules, tuple[Problem, ...]]:
    """Read webrtc.conf of a folder; returns the rules and what is wrong. No file: no sites.

    `queues` None: whether there are such is not known here.
    """
    path = config_dir / FILE_NAME
    if not path.exists():
        return WebRules(), ()
    try:
        document = read(path)
    except DialectError as error:
        return WebRules(), tuple(error.problems)
    fields, general = Fields(), section_named(document, GENERAL)
    fields.known_keys(general, _GENERAL_KEYS, FILE_NAME)
    sites = [_site(fields, each, queues) for each in document.concrete() if each.name != GENERAL]
    rules = WebRules(
        sites={site.name: site for site in sites},
        phone=_phone(fields, general),
        callback=fields.is_on(general, "callback", default=True),
        calls_per_min=fields.number(general, "calls_per_minute", 60, 1, 10_000, "a number of calls"),
        sockets=fields.number(general, "sockets", 100, 1, 10_000, "a number of sockets"),
        proxies=tuple(filter(None, (_proxy(fields, entry) for entry in general.all("proxy")))),
    )
    return rules, tuple(fields.problems)


def read_web(config_dir: Path, queues: Collection[str]) -> WebRules:
    """Read webrtc.conf for use; raises `SettingsError` with every problem."""
    rules, problems = examine_web(config_dir, queues)
    if problems:
        raise SettingsError(problems)
    return rules


def _site(fields: Fields, section: Section, queues: Collection[str] | None) -> Site:
    fields.known_keys(section, _KEYS, FILE_NAME)
    if not _NAME.fullmatch(section.name):
        fields.note(section, f"expected a name of a-z, 0-9, '_' or '-', found {section.name!r}")
    origins = frozenset(filter(None, (_origin(fields, entry) for entry in section.all("origin"))))
    if not section.all("origin"):
        fields.note(section, "expected origin => https://www.example.jp")
    entry = section.get("queue")
    if entry is None:
        fields.note(section, "expected queue = the queue of its calls")
    elif queues is not None and entry.value not in queues:
        fields.note(entry, f"expected a queue ({', '.join(sorted(queues))}), found {entry.value!r}")
    return Site(
        name=section.name,
        origins=origins,
        queue=QueueName(entry.value if entry else ""),
        video=fields.is_on(section, "video"),
    )


def _origin(fields: Fields, entry: Entry) -> str:
    try:
        url = URL(entry.value)
        is_one = url.scheme in ("http", "https") and bool(url.host) and url.path in ("", "/")
    except ValueError:
        is_one = False
    if is_one:
        return str(url.origin())
    fields.note(entry, f"expected origin => https://www.example.jp, found {entry.value!r}")
    return ""


def _phone(fields: Fields, section: Section) -> str | None:
    entry = section.get("phone")
    if entry is None:
        return None
    if _PHONE.fullmatch(entry.value):
        return entry.value
    fields.note(entry, f"expected phone = a number as in +81312345678, found {entry.value!r}")
    return None


def _proxy(fields: Fields, entry: Entry) -> Network | None:
    try:
        return ip_network(entry.value, strict=False)
    except ValueError:
        fields.note(entry, f"expected proxy => an address or network, found {entry.value!r}")
        return None
