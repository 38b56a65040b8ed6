"""A section of `queues.conf`: what of app_queue's words the hub goes by.

Source: Asterisk 22, `queues.conf.sample`, and `init_queue`, `queue_set_param` of app_queue for defaults.
"""

import re
from typing import Final

from acd.app_queue import QUEUE_KEYS, STRATEGIES
from acd.contact import Channel
from acd.dialect import Section
from acd.fields import Fields, Mention, plain_word
from acd.ids import AgentId, QueueName
from acd.policy import (
    Absence,
    Announcements,
    Member,
    PenaltyRange,
    QueueSettings,
    RecordPolicy,
    RecordRules,
    Strategy,
)
from acd.settings_rules import Rules

_DAY_S: Final = 86_400
_PENALTY_MAX: Final = 1_000_000
_ROUNDINGS: Final = ("0", "5", "10", "15", "20", "30")
_SOUNDS_MAX: Final = 10
_SOUND_OF_APP_QUEUE: Final = "queue-periodic-announce"
_SAME: Final = {"roundrobin": Strategy.RRMEMORY, "rrordered": Strategy.RRMEMORY}

_NOT_THERE: Final = {
    **{absence.value: (absence,) for absence in Absence},
    "invalid": (Absence.UNAVAILABLE,),
    "unknown": (Absence.UNAVAILABLE,),
}
_STRICT: Final = (Absence.PENALTY, Absence.PAUSED, Absence.UNAVAILABLE)
_SHORT: Final = {"strict": _STRICT, "loose": (Absence.PENALTY, Absence.UNAVAILABLE)}
_JOIN: Final = {"yes": (), "no": _STRICT, **_SHORT}
_LEAVE: Final = {"yes": _STRICT, "no": (), **_SHORT}


def read_queue(fields: Fields, section: Section, rules: Rules) -> QueueSettings:
    """Read what `queues.conf` says of a queue; `rules` are those of `queuerules.conf`."""
    fields.known_keys(section, QUEUE_KEYS, "app_queue")
    default = QueueSettings(name=QueueName(section.name))
    return QueueSettings(
        name=default.name,
        strategy=_strategy(fields, section, default.strategy),
        weight=fields.number(section, "weight", default.weight, 0, 1000),
        ring_s=fields.seconds(section, "timeout", default.ring_s, 1, 3600),
        retry_s=fields.seconds(section, "retry", default.retry_s, 1, 3600),
        wrapup_voice_s=fields.seconds(section, "wrapuptime", 0, 0, _DAY_S),
        member_delay_s=fields.seconds(section, "memberdelay", default.member_delay_s, 0, 3600),
        autopause=fields.word(section, "autopause", ("yes", "no", "all"), "no") != "no",
        autopause_busy=fields.is_on(section, "autopausebusy"),
        autopause_unavailable=fields.is_on(section, "autopauseunavail"),
        autopause_delay_s=fields.seconds(section, "autopausedelay", default.autopause_delay_s, 0, _DAY_S),
        max_waiting=fields.number(section, "maxlen", default.max_waiting, 0, 1_000_000),
        join_without=_absences(fields, section, "joinempty", _JOIN),
        leave_without=_absences(fields, section, "leavewhenempty", _LEAVE),
        penalty_ranges=_penalty_ranges(fields, section, rules),
        penalty_members_min=fields.number(section, "penaltymemberslimit", 0, 0, 1_000_000),
        service_levels=_service_levels(fields, section),
        announcements=_announcements(fields, section),
        music_class=_music_class(section, default.music_class),
        recording=RecordRules(policy=RecordPolicy.ALWAYS) if has_monitor(section) else RecordRules(),
        members=_members(fields, section),
    )


def has_monitor(section: Section) -> bool:
    """Whether app_queue records the calls of a queue."""
    form = section.get("monitor-format")
    return form is not None and bool(form.value)


def _strategy(fields: Fields, section: Section, default: Strategy) -> Strategy:
    entry = section.get("strategy")
    word = fields.one_of(entry, entry.value.casefold(), STRATEGIES) if entry else None
    if word is None:
        return default
    return _SAME.get(word) or Strategy(word)


def _absences(
    fields: Fields, section: Section, key: str, short: dict[str, tuple[Absence, ...]]
) -> tuple[Absence, ...]:
    """Read a list of reasons; as in app_queue, a short word replaces what stands before it."""
    entry = section.get(key)
    found: set[Absence] = set()
    for text in entry.value.split(",") if entry else ():
        assert entry is not None
        word = plain_word(text)
        if word in short:
            found = set(short[word])
        elif fields.one_of(entry, word, (*short, *_NOT_THERE)):
            found.update(_NOT_THERE[word])
    return tuple(absence for absence in Absence if absence in found)


def _penalty_ranges(fields: Fields, section: Section, rules: Rules) -> tuple[PenaltyRange, ...]:
    entry = section.get("defaultrule")
    if entry is None or not entry.value:
        return ()
    if (found := rules.get(entry.value.casefold())) is None:
        known = ", ".join(rules) or "there are none"
        fields.note(entry, f"expected a rule of queuerules.conf ({known}), found {entry.value!r}")
    return found or ()


def _service_levels(fields: Fields, section: Section) -> dict[Channel, int]:
    level = fields.seconds(section, "servicelevel", 0, 0, _DAY_S)
    return {channel: level for channel in Channel if level and channel.is_live}


def _announcements(fields: Fields, section: Section) -> Announcements:
    default = Announcements()
    rounding = section.get("announce-round-seconds")
    return Announcements(
        frequency_s=fields.seconds(section, "announce-frequency", default.frequency_s, 0, _DAY_S),
        frequency_min_s=fields.seconds(section, "min-announce-frequency", default.frequency_min_s, 0, _DAY_S),
        position=fields.word(section, "announce-position", ("yes", "no", "limit", "more"), default.position),
        position_limit=fields.number(
            section, "announce-position-limit", default.position_limit, 0, 1_000_000
        ),
        holdtime=fields.word(section, "announce-holdtime", ("yes", "no", "once"), default.holdtime),
        round_s=int(fields.one_of(rounding, rounding.value, _ROUNDINGS) or 0) if rounding else 0,
        to_first=fields.is_on(section, "announce-to-first-user"),
        periodic=_sounds(fields, section),
        periodic_s=fields.seconds(section, "periodic-announce-frequency", default.periodic_s, 0, _DAY_S),
    )


def _sounds(fields: Fields, section: Section) -> tuple[str, ...]:
    entry = section.get("periodic-announce")
    if entry is None:
        is_used = section.get("periodic-announce-frequency") is not None
        return (_SOUND_OF_APP_QUEUE,) if is_used else ()
    sounds = tuple(part.strip() for part in re.split(r"[,|&]", entry.value))
    if len(sounds) > _SOUNDS_MAX or not all(sounds):
        fields.note(entry, f"expected 1 to {_SOUNDS_MAX} sound files, as in one,two, found {entry.value!r}")
    return sounds


def _music_class(section: Section, default: str) -> str:
    keys = ("musicclass", "musiconhold", "music")
    named = [entry.value for entry in section.entries if entry.key.casefold() in keys and entry.value]
    return named[-1] if named else default


def _members(fields: Fields, section: Section) -> tuple[Member, ...]:
    """Read `member => PJSIP/<agent>[,penalty[,...]]`; what follows the penalty is app_queue's."""
    found: dict[AgentId, Member] = {}
    for entry in section.all("member"):
        interface, penalty, *_ = [part.strip() for part in f"{entry.value},,".split(",")]
        technology, _, agent = interface.partition("/")
        if technology.casefold() != "pjsip" or not agent:
            fields.note(entry, f"expected member => PJSIP/<agent>[,penalty], found {entry.value!r}")
        elif agent in found:
            fields.note(entry, f"expected each agent once a queue, found {agent} again")
        else:
            level = fields.within(entry, penalty or "0", 0, _PENALTY_MAX, "a penalty")
            found[AgentId(agent)] = Member(agent=AgentId(agent), penalty=level)
            fields.agents.append(Mention(agent, entry))
    return tuple(found.values())
