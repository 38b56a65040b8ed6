"""Actions as they are written: `queue,support,priority=5`.

queue,NAME[,priority=N][,skill=NAME:LEVEL]...      wait for an agent; 0 is the usual priority
deflect,CHANNEL[,queue=NAME][,sent=SECTION][,failed=SECTION]
callback[,QUEUE][,priority=N][,skill=NAME:LEVEL]...[,failed=SECTION]
thread[,QUEUE]   voicemail[,QUEUE]   transfer,NUMBER[,failed=SECTION]
menu,SECTION   say,MESSAGE   decide,SECTION   hook,SECTION   form,SECTION
language,CODE[,SECTION]   repeat   back   hangup
"""

import re
from collections.abc import Callable, Mapping, Sequence

from acd.contact import Channel
from acd.ids import QueueName
from ivr.flow import (
    Action,
    Back,
    CallHook,
    Decide,
    Deflect,
    EnterMenu,
    FillForm,
    HangUp,
    Language,
    Repeat,
    Say,
    SectionName,
    SwitchLanguage,
    ToCallback,
    ToQueue,
    ToThread,
    ToVoicemail,
    Transfer,
)

PRIORITY_MAX = 1000
SKILL_LEVEL_MAX = 10
_TEXT_CHANNELS = (Channel.LINE, Channel.SMS, Channel.CHAT, Channel.EMAIL, Channel.SOCIAL)
_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_OPTION = re.compile(r"(?P<name>\w+)\s*=\s*(?P<value>.*)")


class _Words:
    """The words of one action, taken from left to right; options are `name=value`."""

    def __init__(self, text: str) -> None:
        self.verb, *rest = (word.strip() for word in text.split(","))
        self._words = [word for word in rest if not _OPTION.fullmatch(word)]
        self._options = [
            (match["name"].casefold(), match["value"]) for word in rest if (match := _OPTION.fullmatch(word))
        ]

    def take(self, what: str) -> str:
        if not self._words or not self._words[0]:
            raise ValueError(f"expected {what} after {self.verb}, as in {self.verb},NAME")
        return self._words.pop(0)

    def may_take(self) -> str | None:
        return self._words.pop(0) or None if self._words else None

    def options(self, name: str) -> list[str]:
        """Take all options of that name."""
        values = [value for each, value in self._options if each == name]
        self._options = [option for option in self._options if option[0] != name]
        return values

    def option(self, name: str) -> str | None:
        values = self.options(name)
        if len(values) > 1:
            raise ValueError(f"expected {name}= once after {self.verb}")
        if values and not values[0]:
            raise ValueError(f"expected a value after {name}=")
        return values[0] if values else None

    def end(self) -> None:
        """Make sure that nothing is left."""
        left = [*self._words, *(f"{name}={value}" for name, value in self._options)]
        if left:
            raise ValueError(f"expected nothing more after {self.verb}, found {','.join(left)}")


def parse_action(text: str, here: SectionName) -> Action:
    """Read an action that stands in section `here`; raises `ValueError` with what was expected."""
    words = _Words(text)
    read = _VERBS.get(words.verb.casefold())
    if read is None:
        raise ValueError(f"expected an action ({', '.join(_VERBS)}), found {words.verb or 'nothing'}")
    action = read(words, here)
    words.end()
    return action


def _queue(words: _Words, here: SectionName) -> Action:
    name = QueueName(words.take("a queue"))
    return ToQueue(name, _priority(words), _skills(words.options("skill")))


def _callback(words: _Words, here: SectionName) -> Action:
    queue, failed = words.may_take(), words.option("failed")
    return ToCallback(
        QueueName(queue) if queue else None,
        _priority(words),
        _skills(words.options("skill")),
        SectionName(failed) if failed else here,
    )


def _voicemail(words: _Words, here: SectionName) -> Action:
    queue = words.may_take()
    return ToVoicemail(QueueName(queue) if queue else None)


def _thread(words: _Words, here: SectionName) -> Action:
    queue = words.may_take()
    return ToThread(QueueName(queue) if queue else None)


def _transfer(words: _Words, here: SectionName) -> Action:
    number, failed = words.take("a number").replace("-", ""), words.option("failed")
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"expected a number of 3 to 15 digits after transfer, found {number}")
    return Transfer(number, SectionName(failed) if failed else here)


def _deflect(words: _Words, here: SectionName) -> Action:
    channel = words.take("a channel").casefold()
    if channel not in _TEXT_CHANNELS:
        raise ValueError(f"expected a text channel ({', '.join(_TEXT_CHANNELS)}), found {channel}")
    queue, sent, failed = (words.option(name) for name in ("queue", "sent", "failed"))
    return Deflect(
        Channel(channel),
        QueueName(queue) if queue else None,
        SectionName(sent) if sent else None,
        SectionName(failed) if failed else here,
    )


def _language(words: _Words, here: SectionName) -> Action:
    code, section = words.take("a language").casefold(), words.may_take()
    return SwitchLanguage(Language(code), SectionName(section) if section else None)


def _priority(words: _Words) -> int:
    return _whole(words.option("priority") or "0", "priority", 0, PRIORITY_MAX)


def _skills(texts: Sequence[str]) -> dict[str, int]:
    skills: dict[str, int] = {}
    for text in texts:
        name, colon, level = text.partition(":")
        if not name or not colon or name in skills:
            raise ValueError(f"expected skill=NAME:LEVEL, each skill once, found skill={text}")
        skills[name] = _whole(level, f"level of the skill {name}", 1, SKILL_LEVEL_MAX)
    return skills


def _whole(text: str, what: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text.strip()) or not least <= int(text) <= most:
        raise ValueError(f"expected a {what} of {least} to {most}, found {text}")
    return int(text)


_VERBS: dict[str, Callable[[_Words, SectionName], Action]] = {
    "queue": _queue,
    "menu": lambda words, here: EnterMenu(SectionName(words.take("a menu"))),
    "say": lambda words, here: Say(SectionName(words.take("a message"))),
    "decide": lambda words, here: Decide(SectionName(words.take("a section with conditions"))),
    "hook": lambda words, here: CallHook(SectionName(words.take("a hook"))),
    "form": lambda words, here: FillForm(SectionName(words.take("a form"))),
    "deflect": _deflect,
    "callback": _callback,
    "thread": _thread,
    "voicemail": _voicemail,
    "transfer": _transfer,
    "language": _language,
    "repeat": lambda words, here: Repeat(),
    "back": lambda words, here: Back(),
    "hangup": lambda words, here: HangUp(),
}


def write_action(action: Action) -> str:
    """Return an action as it is written, without what is as usual."""
    match action:
        case EnterMenu(name) | Say(name) | Decide(name) | CallHook(name) | FillForm(name):
            return f"{_VERB_OF[type(action)]},{name}"
        case ToQueue(queue, priority, skills) | ToCallback(queue, priority, skills):
            return _written(action, queue, *_wanted(priority, skills))
        case SwitchLanguage(name, section):
            return _written(action, name, section)
        case ToThread(name) | ToVoicemail(name) | Transfer(name):
            return _written(action, name)
        case Deflect(channel, queue):
            return _written(action, channel, f"queue={queue}" if queue else None)
        case Repeat() | Back() | HangUp():
            return _VERB_OF[type(action)]


_VERB_OF: dict[type, str] = {
    EnterMenu: "menu",
    Say: "say",
    Decide: "decide",
    CallHook: "hook",
    FillForm: "form",
    SwitchLanguage: "language",
    ToQueue: "queue",
    ToThread: "thread",
    ToCallback: "callback",
    ToVoicemail: "voicemail",
    Transfer: "transfer",
    Deflect: "deflect",
    Repeat: "repeat",
    Back: "back",
    HangUp: "hangup",
}


def _wanted(priority: int, skills: Mapping[str, int]) -> list[str]:
    shown = [f"priority={priority}"] if priority else []
    return [*shown, *(f"skill={name}:{level}" for name, level in skills.items())]


def _written(action: Action, *words: str | None) -> str:
    return ",".join((_VERB_OF[type(action)], *filter(None, words)))
