"""`features.conf`: the codes that agents type on their phones, and the numbers of queues in `acd.conf`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from acd.dialect import DialectError, Entry, Problem, Section, read
from acd.fields import Fields
from acd.ids import QueueName
from cti.feature_codes import DEFAULT_CODES, Feature, FeatureCodes, clashes
from hub.accounts import EXTENSION_PATTERN

FEATURES_FILE: Final = "features.conf"
ACD_FILE: Final = "acd.conf"

PICK_UP_CODE: Final = "*85"
AVAILABLE_CODE: Final = "*45"
NOT_READY_CODE: Final = "*46"

_CODE: Final = re.compile(r"[0-9*#]{1,8}")
_IN_GENERAL: Final = frozenset(each.value for each in Feature if each.is_for_consultation)
_IN_FEATUREMAP: Final = frozenset({"blindxfer", "atxfer", "disconnect", "parkcall", "automixmon"})
_IN_APPLICATIONMAP: Final = frozenset({"hold", "mute"})
_OF_ASTERISK: Final = frozenset(
    {
        "atxfercallbackretries",
        "atxferdropcall",
        "atxferloopdelay",
        "atxfernoanswertimeout",
        "automon",
        "courtesytone",
        "pickupexten",
        "pickupfailsound",
        "pickupsound",
        "recordingfailsound",
        "transferannouncesound",
        "transferdialattempts",
        "transferinvalidsound",
        "transferretrysound",
        "xferfailsound",
        "xfersound",
    }
)
"""Words of Asterisk's file that mean nothing to the hub, and are passed over."""


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """How phones are used. `queue_numbers` are what is typed for a queue, `places` where that is said."""

    codes: FeatureCodes = field(default_factory=FeatureCodes)
    queue_numbers: Mapping[str, QueueName] = field(default_factory=dict)
    places: Mapping[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """What the files say, and what is wrong with them."""

    settings: PhoneSettings
    problems: tuple[Problem, ...]


def examine_phones(config_dir: Path) -> PhoneReading:
    """Read what concerns phones; without a `features.conf` the defaults hold."""
    fields = Fields()
    codes = _codes(fields, config_dir / FEATURES_FILE)
    numbers, places = _queue_numbers(fields, config_dir / ACD_FILE)
    return PhoneReading(PhoneSettings(codes, numbers, places), tuple(fields.problems))


def _codes(fields: Fields, path: Path) -> FeatureCodes:
    default = FeatureCodes()
    if not path.is_file():
        return default
    try:
        document = read(path)
    except DialectError as error:
        fields.note_all(error)
        return default
    codes: dict[Feature, str] = dict(DEFAULT_CODES)
    places: dict[Feature, Entry] = {}
    digit_ms, target_s = default.digit_timeout_s * 1000, default.target_digit_timeout_s
    for section in document.concrete():
        match section.name:
            case "general":
                digit_ms = fields.number(section, "featuredigittimeout", int(digit_ms), 100, 10_000, "ms")
                target_s = fields.seconds(section, "transferdigittimeout", int(target_s), 1, 30)
                known = _IN_GENERAL | {"featuredigittimeout", "transferdigittimeout"}
            case "featuremap":
                known = _IN_FEATUREMAP
            case "applicationmap":
                known = _IN_APPLICATIONMAP
            case _:
                fields.note(section, "expected [general], [featuremap] or [applicationmap]")
                continue
        fields.known_keys(section, known | _OF_ASTERISK, f"features.conf's [{section.name}]")
        for feature, entry in _entries(section, known):
            codes[feature], places[feature] = _code(fields, section, entry), entry
    for one, other in clashes(codes):
        if place := places.get(other) or places.get(one):
            fields.note(place, f"expected a code of its own for {other}, {one} has {codes[one]!r} too")
    return FeatureCodes(codes, digit_ms / 1000, target_s)


def _entries(section: Section, known: frozenset[str]) -> Iterator[tuple[Feature, Entry]]:
    for name in sorted(known & {feature.value for feature in Feature}):
        if (entry := section.get(name)) is not None:
            yield Feature(name), entry


def _code(fields: Fields, section: Section, entry: Entry) -> str:
    """Read a code; of `code,self,application` only the first part is ours."""
    is_mapped = section.name == "applicationmap"
    code = (entry.value.partition(",")[0] if is_mapped else entry.value).strip()
    if code and not _CODE.fullmatch(code):
        fields.note(entry, f"expected a code of 1 to 8 of 0-9 * #, found {code!r}")
        return ""
    return code


def _queue_numbers(fields: Fields, path: Path) -> tuple[dict[str, QueueName], dict[str, Entry]]:
    """Read `number` of each queue; what else is wrong with the file is told where it is read for routing."""
    numbers: dict[str, QueueName] = {}
    places: dict[str, Entry] = {}
    try:
        document = read(path)
    except DialectError:
        return numbers, places
    for section in document.concrete():
        entry = section.get("number")
        if section.name == "general" or entry is None or not entry.value:
            continue
        if not re.match(EXTENSION_PATTERN, entry.value):
            fields.note(entry, f"expected a number of 2 to 8 digits, the first not 0, found {entry.value!r}")
        elif entry.value in numbers:
            fields.note(entry, f"expected a number of its own, {numbers[entry.value]} has it")
        else:
            numbers[entry.value], places[entry.value] = QueueName(section.name), entry
    return numbers, places
