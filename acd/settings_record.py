"""What `acd.conf` says of recording a queue's calls."""

from typing import Final

import msgspec

from acd.dialect import Entry, Section
from acd.fields import Fields, plain_word
from acd.policy import RecordPolicy, RecordRules

RECORD_KEYS: Final = ("record", "record_announce", "record_keep_days", "record_key_pause", "record_mask")

_FORM: Final = "record = always, on_demand, never or a percentage (25%)"
_KEEP_DAYS_MAX: Final = 36_500
_PAUSE_S_MAX: Final = 600


def read_record(fields: Fields, section: Section, by_monitor: RecordRules) -> RecordRules:
    """Read the rules of a queue; `by_monitor` is what follows from `monitor-format` of `queues.conf`.

    `record` goes before it. What app_queue records cannot be undone here: `never` beside it is a fault.
    """
    entry, rules = section.get("record"), by_monitor
    if entry is not None:
        rules = _policy(fields, entry)
        if rules.policy is RecordPolicy.NEVER and by_monitor.policy is RecordPolicy.ALWAYS:
            fields.note(
                entry, "expected no monitor-format in queues.conf beside record = never: app_queue records"
            )
    ja, en = _announcement(fields, section)
    return msgspec.structs.replace(
        rules,
        announce_ja=ja,
        announce_en=en,
        keep_days=fields.number(section, "record_keep_days", rules.keep_days, 0, _KEEP_DAYS_MAX, "days"),
        key_pause_s=fields.seconds(section, "record_key_pause", rules.key_pause_s, 1, _PAUSE_S_MAX),
        mask=fields.is_on(section, "record_mask"),
    )


def _policy(fields: Fields, entry: Entry) -> RecordRules:
    word = plain_word(entry.value)
    if word in tuple(RecordPolicy):
        return RecordRules(policy=RecordPolicy(word))
    number = word.removesuffix("%").rstrip()
    if word.endswith("%") and number.isascii() and number.isdecimal() and int(number) <= 100:
        return RecordRules(policy=RecordPolicy.ALWAYS, percent=int(number))
    fields.note(entry, f"expected {_FORM}, found {entry.value!r}")
    return RecordRules()


def _announcement(fields: Fields, section: Section) -> tuple[str, str]:
    entry = section.get("record_announce")
    parts = fields.parts(entry, "Japanese,English", 2) if entry else None
    return (parts[0], parts[1]) if parts else ("", "")
