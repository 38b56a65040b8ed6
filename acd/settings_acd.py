"""What `acd.conf` says: its [general], and of each queue what app_queue cannot say."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from acd.contact import Channel
from acd.dialect import Entry, Section
from acd.fields import Fields, Mention
from acd.hours import Hours
from acd.ids import AgentId, QueueName
from acd.policy import Disposition, QueueSettings, Quiet, RecordPolicy, RoutingSettings, Strategy
from acd.settings_record import RECORD_KEYS, read_record

_DAY_S: Final = 86_400
_WEEK_S: Final = 7 * _DAY_S
_GENERAL_KEYS: Final = frozenset(
    {
        "budget",
        "cost",
        "entry",
        "head_start_max",
        "interrupt",
        "keep_free_after",
        "limit",
        "parktime",
        "pop_url",
        "priority_step",
        "quiet",
        "skill",
        "weight_step",
    }
)
_QUEUE_KEYS: Final = frozenset(
    {
        "callback_retry",
        "callback_tries",
        "channels",
        "disposition",
        "hours",
        "number",
        "overflow",
        "pop_url",
        "preferred_margin",
        "preferred_wait",
        *RECORD_KEYS,
        "servicelevel",
        "strategy",
        "transcribe",
        "wrapup",
    }
)
_CHANNELS: Final = tuple(channel.value for channel in Channel)
_TEXT_CHANNELS: Final = tuple(channel.value for channel in Channel if not channel.is_live)
_POP_NAMES: Final = ("number", "contact", "customer")
_STRATEGIES: Final = (Strategy.MOSTSKILLED.value, Strategy.LEASTOCCUPIED.value)


def read_general(fields: Fields, section: Section, queues: Sequence[str]) -> RoutingSettings:
    """Read [general]; the settings have no queues and no hours yet."""
    fields.known_keys(section, _GENERAL_KEYS, "acd.conf's [general]")
    default = RoutingSettings()
    costs = {**default.costs, **_by_channel(fields, section, "cost", low=1)}
    return RoutingSettings(
        budget=fields.number(section, "budget", default.budget, 1, 1000),
        costs=costs,
        limits=_by_channel(fields, section, "limit", low=0),
        quiet=_quiet(fields, section, costs),
        interrupts=_interrupts(fields, section),
        priority_step_s=fields.seconds(section, "priority_step", default.priority_step_s, 0, _DAY_S),
        weight_step_s=fields.seconds(section, "weight_step", default.weight_step_s, 0, _DAY_S),
        head_start_s_max=fields.seconds(section, "head_start_max", default.head_start_s_max, 0, _WEEK_S),
        keep_free_after_s=fields.seconds(section, "keep_free_after", default.keep_free_after_s, 0, _WEEK_S),
        park_s=fields.seconds(section, "parktime", default.park_s, 1, _DAY_S),
        skills=_skills(fields, section),
        entries=_entries(fields, section, queues),
    )


def read_pop_url(fields: Fields, section: Section, default: str = "") -> str:
    """Read the address that agents are shown with a screen pop, of [general] or of a queue; empty: none."""
    entry = section.get("pop_url")
    if entry is None:
        return default
    bare = entry.value
    for name in _POP_NAMES:
        bare = bare.replace(f"{{{name}}}", "")
    if bare and (not re.match(r"https?://[^\s/{}@]+(/|$)", entry.value) or re.search(r"[\s{}]", bare)):
        names = ", ".join(f"{{{name}}}" for name in _POP_NAMES)
        fields.note(entry, f"expected an http or https address, in it {names}, found {entry.value!r}")
        return default
    return entry.value


def extend_queue(
    fields: Fields, section: Section, queue: QueueSettings, hours: Mapping[str, Hours]
) -> QueueSettings:
    """Add what `acd.conf` says to what `queues.conf` said; overflow is read by itself."""
    fields.known_keys(section, _QUEUE_KEYS, "acd.conf")
    extended = msgspec.structs.replace(
        queue,
        strategy=_strategy(fields, section, queue.strategy),
        channels=_channels(fields, section, queue.channels),
        wrapup_text_s=_wrapup(fields, section),
        preferred_wait_s=fields.seconds(section, "preferred_wait", queue.preferred_wait_s, 0, _DAY_S),
        preferred_margin_s=fields.seconds(section, "preferred_margin", queue.preferred_margin_s, 0, _DAY_S),
        callback_tries=fields.number(section, "callback_tries", queue.callback_tries, 1, 100),
        callback_retry_s=fields.seconds(section, "callback_retry", queue.callback_retry_s, 1, _DAY_S),
        hours=_hours(fields, section, hours),
        pop_url=read_pop_url(fields, section, queue.pop_url),
        service_levels={**queue.service_levels, **_service_levels(fields, section)},
        dispositions=_dispositions(fields, section),
        recording=read_record(fields, section, queue.recording),
        transcribe=fields.is_on(section, "transcribe", default=queue.transcribe),
    )
    rules, entry = extended.recording, section.get("record_mask")
    is_recorded = rules.policy is not RecordPolicy.NEVER
    if entry is not None and rules.mask and is_recorded and not extended.transcribe:
        fields.note(entry, "expected transcribe = yes beside record_mask: numbers are found in what is heard")
    return extended


def _strategy(fields: Fields, section: Section, default: Strategy) -> Strategy:
    entry = section.get("strategy")
    word = fields.one_of(entry, entry.value.casefold(), _STRATEGIES) if entry else None
    return Strategy(word) if word else default


def _channels(fields: Fields, section: Section, default: tuple[Channel, ...]) -> tuple[Channel, ...]:
    entry = section.get("channels")
    if entry is None:
        return default
    words = [word.strip() for word in entry.value.split(",")]
    return tuple(Channel(word) for word in words if fields.one_of(entry, word, _CHANNELS))


def _wrapup(fields: Fields, section: Section) -> int | None:
    entry = section.get("wrapup")
    if entry is None or entry.value == "none":
        return 0
    if entry.value == "manual":
        return None
    return fields.within(entry, entry.value, 1, _DAY_S, "wrapup = none, manual or seconds")


def _hours(fields: Fields, section: Section, hours: Collection[str]) -> str:
    entry = section.get("hours")
    if entry is None or not entry.value:
        return ""
    if entry.value in hours:
        return entry.value
    known = ", ".join(hours) or "there are none"
    fields.note(entry, f"expected a section with type = hours ({known}), found {entry.value!r}")
    return ""


def _service_levels(fields: Fields, section: Section) -> dict[Channel, int]:
    found: dict[Channel, int] = {}
    for entry in section.all("servicelevel"):
        if (parts := fields.parts(entry, "channel,seconds", 2)) is None:
            continue
        if channel := fields.one_of(entry, parts[0], _CHANNELS):
            found[Channel(channel)] = fields.within(entry, parts[1], 1, _WEEK_S, "seconds")
    return found


def _dispositions(fields: Fields, section: Section) -> tuple[Disposition, ...]:
    found: dict[str, Disposition] = {}
    for entry in section.all("disposition"):
        if (parts := fields.parts(entry, "code,Japanese,English", 3)) is None:
            continue
        code, ja, en = parts
        if code in found:
            fields.note(entry, f"expected each code once a queue, found {code} again")
        found[code] = Disposition(code=code, ja=ja, en=en)
    return tuple(found.values())


def _by_channel(fields: Fields, section: Section, key: str, low: int) -> dict[Channel, int]:
    found: dict[Channel, int] = {}
    for entry in section.all(key):
        if (parts := fields.parts(entry, "channel,number", 2)) is None:
            continue
        if channel := fields.one_of(entry, parts[0], _CHANNELS):
            found[Channel(channel)] = fields.within(entry, parts[1], low, 1000, "a number")
    return found


def _quiet(fields: Fields, section: Section, costs: Mapping[Channel, int]) -> dict[Channel, Quiet]:
    found: dict[Channel, Quiet] = {}
    for entry in section.all("quiet"):
        if (parts := fields.parts(entry, "channel,seconds,cost", 3)) is None:
            continue
        word, after, cost = parts
        if text := fields.one_of(entry, word, _TEXT_CHANNELS):
            channel = Channel(text)
            found[channel] = Quiet(
                after_s=fields.within(entry, after, 1, _DAY_S, "seconds"),
                cost=fields.within(entry, cost, 0, costs[channel], f"a cost of {text}"),
            )
    return found


def _interrupts(fields: Fields, section: Section) -> dict[Channel, tuple[Channel, ...]]:
    """Read which held channels each incoming one may suspend: a call cannot be suspended."""
    found: dict[Channel, tuple[Channel, ...]] = {}
    for entry in section.all("interrupt"):
        if (parts := fields.parts(entry, "held,incoming", 2)) is None:
            continue
        held, incoming = (fields.one_of(entry, parts[0], _TEXT_CHANNELS), parts[1])
        if held and held == incoming:
            fields.note(entry, f"expected two channels that differ, found {held} twice")
        elif fields.one_of(entry, incoming, _CHANNELS) and held:
            others = found.get(Channel(incoming), ())
            found[Channel(incoming)] = tuple(dict.fromkeys((*others, Channel(held))))
    return found


def _entries(fields: Fields, section: Section, queues: Sequence[str]) -> dict[Channel, QueueName]:
    found: dict[Channel, QueueName] = {}
    for entry in section.all("entry"):
        if (parts := fields.parts(entry, "channel,queue", 2)) is None:
            continue
        channel, queue = fields.one_of(entry, parts[0], _CHANNELS), fields.one_of(entry, parts[1], queues)
        if channel and queue:
            found[Channel(channel)] = QueueName(queue)
    return found


def _skills(fields: Fields, section: Section) -> dict[AgentId, dict[str, int]]:
    found: dict[AgentId, dict[str, int]] = {}
    for entry in section.all("skill"):
        if (parts := fields.parts(entry, "agent,skill,level", 3)) is not None:
            agent, skill, level = parts
            found.setdefault(AgentId(agent), {})[skill] = _level(fields, entry, level)
            fields.agents.append(Mention(agent, entry))
    return found


def _level(fields: Fields, entry: Entry, text: str) -> int:
    return fields.within(entry, text, 1, 10, "a level", default=1)
