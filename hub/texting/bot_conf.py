"""`bot.conf`: where a bot answers first, what it says, asks for, and when it hands over.

[helper]                          ; a bot: the first that fits is taken
queue => support                  ; without any: all queues
channel => line,chat              ; without any: line, sms, chat, social
greet[ja] => 自動応答です。ご質問をどうぞ。
greet[en] => This is our assistant. What is your question?
sure = 60                         ; percent: an answer that fits so well is given
unsure = 35                       ; one that fits so well is offered
failures = 2                      ; so often it may fail to understand; 0: it says nothing but answers
idle = 60                         ; minutes without a word after which it says good-bye and closes
person => オペレーター,担当者,human   ; asks for a person
trigger => 解約,苦情,cancel         ; handed over at once

[order]
type = field                      ; is asked for before the bot hands over
pattern = [0-9]{6,10}             ; what it looks like; found wherever it is written
ask[ja] => ご注文番号をお知らせください。
ask[en] => What is your order number?

[thanks]
type = rule
when => ありがとう,thank you
say[ja] => どういたしまして。
say[en] => You are welcome.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from acd.contact import Channel
from acd.dialect import Entry, Problem, Section, read_optional
from acd.errors import SettingsError
from acd.fields import Fields

FILE_NAME: Final = "bot.conf"
LANGUAGES: Final = ("ja", "en")
_CHANNELS: Final = (Channel.LINE, Channel.SMS, Channel.CHAT, Channel.SOCIAL)
_MORE_CHANNELS: Final = (*_CHANNELS, Channel.EMAIL, Channel.TICKET)
_PATTERN_MAX: Final = 100
_DAY_MIN: Final = 1440
_KEY: Final = re.compile(r"(?P<word>greet|ask|say)\[(?P<language>[a-z]{2})\]")
_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "bot": frozenset({"queue", "channel", "sure", "unsure", "failures", "idle", "person", "trigger"}),
    "field": frozenset({"pattern"}),
    "rule": frozenset({"when"}),
}
_SAYS: Final = {"bot": "greet", "field": "ask", "rule": "say"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSettings:
    """A bot. Empty `queues`: all. `sure` and `unsure` are shares of 1, words are in lower case.

    `failures` 0: what it has no answer for is left to agents at once, and who was not answered hears
    nothing of the bot. `idle_ms` 0: it waits for ever.
    """

    name: str
    queues: frozenset[str] = frozenset()
    channels: frozenset[Channel] = frozenset(_CHANNELS)
    greetings: Mapping[str, str] = field(default_factory=dict)
    sure: float = 0.6
    unsure: float = 0.35
    failures: int = 2
    idle_ms: int = 0
    person: tuple[str, ...] = ()
    trigger: tuple[str, ...] = ()

    @property
    def is_quiet(self) -> bool:
        """Whether it says nothing but answers."""
        return self.failures == 0

    def fits(self, queue: str, channel: Channel) -> bool:
        return channel in self.channels and (not self.queues or queue in self.queues)


@dataclass(frozen=True, slots=True)
class Field:
    """Something to ask for. `pattern` None: whatever is answered."""

    name: str
    asks: Mapping[str, str]
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class BotRule:
    """What is said to who writes one of the words."""

    name: str
    when: tuple[str, ...]
    says: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BotRules:
    """All that bot.conf says."""

    bots: tuple[BotSettings, ...] = ()
    fields: tuple[Field, ...] = ()
    rules: tuple[BotRule, ...] = ()

    def bot(self, queue: str, channel: Channel) -> BotSettings | None:
        """Return the bot that answers first; None: an agent does."""
        return next((each for each in self.bots if each.fits(queue, channel)), None)


def in_language(texts: Mapping[str, str], language: str) -> str:
    """Return a text in a language, or in the other one; empty if there is none."""
    return texts.get(language) or next(iter(texts.values()), "")


def examine_bots(
    config_dir: Path, queues: Collection[str] | None = None
) -> tuple[BotRules, tuple[Problem, ...]]:
    """Read bot.conf of a folder; returns what it says and what is wrong. No file: no bot.

    `queues` None: whether there are such is not known here.
    """
    document, problems = read_optional(config_dir / FILE_NAME)
    reader = _Reader(queues)
    for section in document.concrete():
        reader.take(section)
    rules = BotRules(tuple(reader.bots), tuple(reader.asked), tuple(reader.rules))
    return rules, (*problems, *reader.fields.problems)


def read_bots(config_dir: Path, queues: Collection[str]) -> BotRules:
    """Read bot.conf for use; raises `SettingsError` with every problem."""
    rules, problems = examine_bots(config_dir, queues)
    if problems:
        raise SettingsError(list(problems))
    return rules


class _Reader:
    def __init__(self, queues: Collection[str] | None) -> None:
        self.fields, self._queues = Fields(), queues
        self.bots: list[BotSettings] = []
        self.asked: list[Field] = []
        self.rules: list[BotRule] = []

    def take(self, section: Section) -> None:
        kind = self.fields.word(section, "type", tuple(_KEYS), "bot")
        says = self._says(section, _SAYS[kind], _KEYS[kind])
        match kind:
            case "field":
                self.asked.append(Field(section.name, says, self._pattern(section)))
            case "rule":
                self.rules.append(BotRule(section.name, self._words(section, "when"), says))
                if not section.all("when"):
                    self.fields.note(section, "expected when => one or more words")
            case _:
                self.bots.append(self._bot(section, says))
        if kind != "bot" and not says:
            self.fields.note(section, f"expected {_SAYS[kind]}[ja] => … or {_SAYS[kind]}[en] => …")

    def _bot(self, section: Section, greetings: Mapping[str, str]) -> BotSettings:
        sure = self.fields.number(section, "sure", 60, 1, 100, "percent")
        unsure = self.fields.number(section, "unsure", 35, 1, 100, "percent")
        if unsure > sure:
            self.fields.note(section, f"expected unsure to be at most sure = {sure}, found {unsure}")
        channels = [
            Channel(found)
            for entry, word in _listed(section, "channel")
            if (found := self.fields.one_of(entry, word.casefold(), _MORE_CHANNELS)) is not None
        ]
        return BotSettings(
            name=section.name,
            queues=frozenset(
                word
                for entry, word in _listed(section, "queue")
                if self._queues is None or self.fields.one_of(entry, word, sorted(self._queues))
            ),
            channels=frozenset(channels or _CHANNELS),
            greetings=greetings,
            sure=sure / 100,
            unsure=unsure / 100,
            failures=self.fields.number(section, "failures", 2, 0, 10),
            idle_ms=self.fields.number(section, "idle", _DAY_MIN, 0, 30 * _DAY_MIN, "minutes") * 60_000,
            person=self._words(section, "person"),
            trigger=self._words(section, "trigger"),
        )

    def _says(self, section: Section, word: str, keys: frozenset[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for entry in section.entries:
            match = _KEY.fullmatch(entry.key)
            if match is not None and match["word"] == word and match["language"] in LANGUAGES:
                found[match["language"]] = entry.value.replace("\\n", "\n")
            elif entry.key not in keys and entry.key != "type":
                expected = ", ".join((*sorted(keys), "type", f"{word}[ja]", f"{word}[en]"))
                self.fields.note(entry, f"expected one of {expected}, found {entry.key!r}")
        return found

    def _words(self, section: Section, key: str) -> tuple[str, ...]:
        return tuple(word.casefold() for _, word in _listed(section, key) if word)

    def _pattern(self, section: Section) -> re.Pattern[str] | None:
        entry = section.get("pattern")
        if entry is None:
            return None
        if len(entry.value) > _PATTERN_MAX or re.search(r"[*+}]\)?[*+{]", entry.value):
            self.fields.note(entry, "expected a short pattern without repetitions of repetitions")
            return None
        try:
            return re.compile(entry.value, re.ASCII)
        except re.error as error:
            self.fields.note(entry, f"expected a regular expression, found {entry.value!r}: {error}")
            return None


def _listed(section: Section, key: str) -> list[tuple[Entry, str]]:
    return [(entry, word.strip()) for entry in section.all(key) for word in entry.value.split(",")]
