"""The routing settings, from `queues.conf` (pure app_queue) and `acd.conf` (what app_queue cannot say)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from acd.agent import Agent
from acd.app_queue import GENERAL_KEYS, QUEUE_KEYS, STRATEGIES
from acd.contact import Channel
from acd.dialect import DialectError, Document, Entry, Section, read
from acd.errors import SettingsError
from acd.fields import Fields, section_named
from acd.ids import AgentId, QueueName
from acd.policy import Disposition, Member, QueueSettings, RoutingSettings, Strategy

__all__ = ["QueueSettings", "RoutingSettings", "load", "members"]

_DAY_S: Final = 86_400
_ACD_GENERAL_KEYS: Final = frozenset({"budget", "cost", "entry", "limit", "skill"})
_ACD_QUEUE_KEYS: Final = frozenset({"channels", "preferred_wait", "wrapup", "disposition"})
_CHANNELS: Final = tuple(channel.value for channel in Channel)
_SERVED: Final = tuple(strategy.value for strategy in Strategy)


def load(config_dir: Path) -> RoutingSettings:
    """Read both files of a folder; `acd.conf` may be missing. Raises `SettingsError` with every problem."""
    fields = Fields()
    queues = _document(fields, config_dir / "queues.conf", is_optional=False)
    acd = _document(fields, config_dir / "acd.conf", is_optional=True)
    settings = _settings(fields, queues, acd)
    if fields.problems:
        raise SettingsError(fields.problems)
    return settings


def members(settings: RoutingSettings) -> list[Agent]:
    """Return the agents that the files name, each with all queues and skills, ordered by id."""
    queues: dict[AgentId, dict[QueueName, int]] = {agent: {} for agent in settings.skills}
    for queue in settings.queues.values():
        for member in queue.members:
            queues.setdefault(member.agent, {})[queue.name] = member.penalty
    return [
        Agent(id=agent, queues=queues[agent], skills=settings.skills.get(agent, {}), budget=settings.budget)
        for agent in sorted(queues)
    ]


def _document(fields: Fields, path: Path, *, is_optional: bool) -> Document:
    if is_optional and not path.exists():
        return Document(str(path))
    try:
        return read(path)
    except DialectError as error:
        fields.note_all(error)
        return Document(str(path))


def _settings(fields: Fields, queues: Document, acd: Document) -> RoutingSettings:
    fields.known_keys(section_named(queues, "general"), GENERAL_KEYS, "app_queue's [general]")
    general = section_named(acd, "general")
    fields.known_keys(general, _ACD_GENERAL_KEYS, "acd.conf's [general]")
    for section in acd.concrete():
        if section.name not in queues.sections and section.name != "general":
            fields.note(section, f"expected the name of a queue of queues.conf, found [{section.name}]")
    defaults = RoutingSettings()
    return RoutingSettings(
        queues={
            QueueName(section.name): _queue(fields, section, section_named(acd, section.name))
            for section in queues.concrete()
            if section.name != "general"
        },
        budget=fields.number(general, "budget", defaults.budget, 1, 1000),
        costs={**defaults.costs, **_by_channel(fields, general, "cost", low=1)},
        limits={**defaults.limits, **_by_channel(fields, general, "limit", low=0)},
        skills=_skills(fields, general),
        entries=_entries(fields, general, [name for name in queues.sections if name != "general"]),
    )


def _queue(fields: Fields, queue: Section, acd: Section) -> QueueSettings:
    fields.known_keys(queue, QUEUE_KEYS, "app_queue")
    fields.known_keys(acd, _ACD_QUEUE_KEYS, "acd.conf")
    defaults = QueueSettings(name=QueueName(queue.name))
    return QueueSettings(
        name=defaults.name,
        strategy=_strategy(fields, queue, defaults.strategy),
        ring_s=fields.seconds(queue, "timeout", defaults.ring_s, 1, 3600),
        retry_s=fields.seconds(queue, "retry", defaults.retry_s, 1, 3600),
        wrapup_voice_s=fields.seconds(queue, "wrapuptime", 0, 0, _DAY_S),
        wrapup_text_s=_wrapup(fields, acd),
        max_waiting=fields.number(queue, "maxlen", defaults.max_waiting, 0, 1_000_000),
        preferred_wait_s=fields.seconds(acd, "preferred_wait", defaults.preferred_wait_s, 0, _DAY_S),
        channels=_channels(fields, acd, defaults.channels),
        music_class=music.value if (music := queue.get("musicclass")) else defaults.music_class,
        is_recorded=queue.get("monitor-format") is not None,
        members=_members(fields, queue),
        dispositions=_dispositions(fields, acd),
    )


def _strategy(fields: Fields, section: Section, default: Strategy) -> Strategy:
    entry = section.get("strategy")
    if entry is None:
        return default
    word = entry.value.casefold()
    if word in STRATEGIES and word not in _SERVED:
        fields.note(
            entry, f"expected a strategy that the hub serves ({', '.join(_SERVED)}), found {entry.value!r}"
        )
        return default
    found = fields.one_of(entry, word, _SERVED)
    return Strategy(found) if found else default


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
            level = fields.within(entry, penalty or "0", 0, 1_000_000, "a penalty")
            found[AgentId(agent)] = Member(agent=AgentId(agent), penalty=level)
    return tuple(found.values())


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
    return found


def _level(fields: Fields, entry: Entry, text: str) -> int:
    return fields.within(entry, text, 1, 10, "a level", default=1)
