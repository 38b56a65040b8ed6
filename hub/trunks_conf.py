"""`trunks.conf`: the trunks that calls to numbers outside go by, in the order in which they are tried.

[hikari]                            ; the name of the endpoint in PJSIP's configuration
number => _0.                       ; what it carries, as dialled at home; without any: all numbers
form = national                     ; or e164, or digits
caller_id => 0312345678
caller_id => sales,0312340000       ; of calls for that queue
withhold = header                   ; or prefix: 184 before the number
max_calls = 10                      ; 0: no limit
outgoing = yes                      ; no: calls come in by it only
line_user_header = X-LINE-User      ; who calls, by this trunk's word: short for
identity_header => line,X-LINE-User ; what he is known by, and where that stands
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from acd.dialect import Entry, Problem, Section, read_optional
from acd.errors import SettingsError
from acd.fields import Fields
from acd.ids import QueueName
from crm_bridge.identifier_kinds import IdentifierKind
from ivr.dialplan import Pattern, parse_pattern

FILE_NAME = "trunks.conf"
_KEYS = frozenset(
    {
        *("number", "form", "caller_id", "withhold", "max_calls", "outgoing"),
        *("identity_header", "line_user_header"),
    }
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_CALLER_ID = re.compile(r"\+?[0-9]{3,20}")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_STATED = (IdentifierKind.LINE, IdentifierKind.EMAIL, IdentifierKind.CHAT, IdentifierKind.SOCIAL)
_CALLS_MAX = 10_000


class NumberForm(StrEnum):
    """How a carrier wants numbers: `09012345678`, `+819012345678`, `819012345678`."""

    NATIONAL = "national"
    E164 = "e164"
    DIGITS = "digits"


class Withholding(StrEnum):
    """How a carrier is told to withhold our number: RFC 3323's headers, or 184 before the number."""

    HEADER = "header"
    PREFIX = "prefix"


@dataclass(frozen=True, slots=True)
class StatedBy:
    """In which header a trunk says who calls, and by what he is known there."""

    kind: IdentifierKind
    header: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A way to the public network. `name` is that of its endpoint; no `numbers`: it carries all.

    `caller_id` is what is seen of us (`""`: what the carrier sets), `caller_ids` that of some queues.
    `max_calls` at a time, in and out, 0: no limit. `stated_by`: its word for who calls counts.
    """

    name: str
    numbers: tuple[Pattern, ...] = ()
    form: NumberForm = NumberForm.NATIONAL
    caller_id: str = ""
    caller_ids: Mapping[QueueName, str] = field(default_factory=dict)
    withholding: Withholding = Withholding.HEADER
    max_calls: int = 0
    is_outgoing: bool = True
    stated_by: StatedBy | None = None

    def carries(self, dialled: str) -> bool:
        """Whether a number, as it is dialled at home, may go by this trunk."""
        if not self.is_outgoing:
            return False
        return not self.numbers or any(pattern.matches(dialled) for pattern in self.numbers)

    def seen_as(self, queue: QueueName | None) -> str:
        """Return the number that is seen of us in calls for a queue."""
        of_queue = self.caller_ids.get(queue, "") if queue else ""
        return of_queue or self.caller_id


def examine_trunks(
    config_dir: Path, queues: Collection[str] | None = None
) -> tuple[tuple[Trunk, ...], tuple[Problem, ...]]:
    """Read `trunks.conf` of a folder; returns the trunks in order and what is wrong. No file: no trunks.

    `queues` None: whether there are such is not known here.
    """
    document, problems = read_optional(config_dir / FILE_NAME)
    fields = Fields()
    trunks = tuple(_trunk(fields, section, queues) for section in document.concrete())
    return trunks, (*problems, *fields.problems)


def read_trunks(config_dir: Path, queues: Collection[str]) -> tuple[Trunk, ...]:
    """Read `trunks.conf` for use; raises `SettingsError` with every problem."""
    trunks, problems = examine_trunks(config_dir, queues)
    if problems:
        raise SettingsError(problems)
    return trunks


def _trunk(fields: Fields, section: Section, queues: Collection[str] | None) -> Trunk:
    fields.known_keys(section, _KEYS, FILE_NAME)
    if not _NAME.fullmatch(section.name):
        fields.note(section, f"expected the name of an endpoint of pjsip.conf, found {section.name!r}")
    patterns = [_pattern(fields, entry) for entry in section.all("number")]
    common, by_queue = _caller_ids(fields, section, queues)
    return Trunk(
        name=section.name,
        numbers=tuple(pattern for pattern in patterns if pattern is not None),
        form=NumberForm(fields.word(section, "form", tuple(NumberForm), NumberForm.NATIONAL)),
        caller_id=common,
        caller_ids=by_queue,
        withholding=Withholding(fields.word(section, "withhold", tuple(Withholding), Withholding.HEADER)),
        max_calls=fields.number(section, "max_calls", 0, 0, _CALLS_MAX, "a number of calls"),
        is_outgoing=fields.is_on(section, "outgoing", default=True),
        stated_by=_stated_by(fields, section),
    )


def _stated_by(fields: Fields, section: Section) -> StatedBy | None:
    found: list[StatedBy] = []
    for key in ("line_user_header", "identity_header"):
        for entry in section.all(key):
            kind, comma, header = (part.strip() for part in entry.value.rpartition(","))
            is_right = bool(comma) and kind in _STATED if key == "identity_header" else not comma
            if is_right and _HEADER.fullmatch(header):
                found.append(StatedBy(IdentifierKind(kind or IdentifierKind.LINE), header))
            else:
                form = "the name of a header" if key == "line_user_header" else "line,X-Name-Of-Header"
                fields.note(entry, f"expected {form}, found {entry.value!r}")
    if len(found) > 1:
        fields.note(section, "expected one header that says who calls, found several")
    return found[0] if found else None


def _pattern(fields: Fields, entry: Entry) -> Pattern | None:
    try:
        return parse_pattern(entry.value)
    except ValueError as error:
        fields.note(entry, str(error))
        return None


def _caller_ids(
    fields: Fields, section: Section, queues: Collection[str] | None
) -> tuple[str, dict[QueueName, str]]:
    common, by_queue = "", dict[QueueName, str]()
    for entry in section.all("caller_id"):
        queue, comma, number = (part.strip() for part in entry.value.rpartition(","))
        if not _CALLER_ID.fullmatch(number):
            fields.note(entry, f"expected caller_id => number or queue,number, found {entry.value!r}")
        elif not comma:
            common = number
        elif queues is not None and queue not in queues:
            fields.note(entry, f"expected a queue ({', '.join(sorted(queues))}), found {queue!r}")
        else:
            by_queue[QueueName(queue)] = number
    return common, by_queue
