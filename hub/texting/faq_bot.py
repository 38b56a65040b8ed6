"""The bot that is there by default: rules, answers of the knowledge base, and a way to a person."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from acd.contact import Channel
from crm_bridge.knowledge import Found, Knowledge
from gateways.protocol import EDITED, Choice
from hub.texting.bot import BotTurn, Said, Talk
from hub.texting.bot_conf import BotRules, BotSettings, Field, in_language
from hub.texts import text

_OFFERED_MAX: Final = 3
_LABEL_MAX: Final = 20
"""As long as a label may be on a button of LINE."""
_FIT: Final = 200
"""So much of a message is looked at: a field's pattern is not tried on a novel."""
_PERSON: Final = "bot:person"
ANSWER: Final = "bot:answer:"
_SILENT: Final = ("sticker", "reaction", "location")
_READ: Final = ("text", "choice", "form", EDITED)
_PERSON_LABEL: Final = {"ja": "担当者と話す", "en": "Talk to a person"}


class _Memory(msgspec.Struct):
    """What it knows again: how often it failed, which field it asked for and why, what it offered."""

    failures: int = 0
    asking: str = ""
    because: str = ""
    offered: list[str] = []


class FaqBot:
    """`rules` and `knowledge` return those that hold now."""

    def __init__(self, rules: Callable[[], BotRules], knowledge: Callable[[], Knowledge]) -> None:
        self._rules, self._knowledge = rules, knowledge

    def answers_first(self, queue: str, channel: Channel) -> bool:
        """Whether a bot answers first there: a quiet one only if it has answers."""
        rules = self._rules()
        bot = rules.bot(queue, channel)
        return bot is not None and (not bot.is_quiet or bool(rules.rules or self._knowledge().answers))

    async def answer(self, talk: Talk) -> BotTurn:
        """Answer one message."""
        rules = self._rules()
        bot = rules.bot(talk.queue, talk.channel)
        if bot is None:
            return BotTurn(fields=talk.fields, hand_over="no_bot")
        return _Turn(rules, bot, self._knowledge(), talk).taken()


class _Turn:
    def __init__(self, rules: BotRules, bot: BotSettings, knowledge: Knowledge, talk: Talk) -> None:
        self._rules, self._bot, self._knowledge, self._talk = rules, bot, knowledge, talk
        self._memory = msgspec.convert(dict(talk.state), _Memory)
        self._folded = unicodedata.normalize("NFKC", talk.text)[:_FIT].casefold().strip()
        self._fields = dict(talk.fields)
        greeting = in_language(bot.greetings, talk.language) if talk.is_first else ""
        self._greeting = [Said(greeting)] if greeting else []
        self._say: list[Said] = [] if bot.is_quiet else [*self._greeting]

    def taken(self) -> BotTurn:
        talk, bot = self._talk, self._bot
        self._find_fields()
        if _has(bot.trigger, self._folded):
            return self._end("trigger")
        if self._memory.asking:
            return self._asked()
        data = talk.data or self._numbered()
        if data == _PERSON or _has(bot.person, self._folded):
            return self._hand_over("asked")
        if talk.kind in _SILENT:
            is_unheard = bot.is_quiet and talk.is_first
            return self._hand_over("not_understood") if is_unheard else self._go_on()
        if talk.kind not in _READ:
            return self._hand_over("file")
        if data.startswith(ANSWER):
            return self._given(data.removeprefix(ANSWER))
        for rule in self._rules.rules:
            if _has(rule.when, self._folded):
                return self._answered(in_language(rule.says, talk.language))
        return self._searched()

    # --- answers ---------------------------------------------------------------------------------

    def _searched(self) -> BotTurn:
        found = self._knowledge.search(self._talk.text, self._talk.language, limit=_OFFERED_MAX)
        if found and found[0].score >= self._bot.sure:
            return self._given(found[0].answer.name)
        if self._talk.is_first and self._say and not found:
            return self._go_on()  # he said hello, and is greeted
        self._memory.failures += 1
        if self._memory.failures >= self._bot.failures:
            return self._hand_over("not_understood")
        likely = [each for each in found if each.score >= self._bot.unsure]
        name = "bot_ask" if likely else "bot_again"
        self._say.append(Said(text(name, self._talk.language), self._choices(likely)))
        return self._go_on()

    def _given(self, name: str) -> BotTurn:
        answer = self._knowledge.answers.get(name)
        written = answer and (answer.written(self._talk.language) or answer.written("ja"))
        if not written:
            return self._hand_over("not_understood")
        self._memory.failures = 0
        self._memory.offered = []
        return self._answered(written)

    def _answered(self, words: str) -> BotTurn:
        before = self._greeting if self._bot.is_quiet else []
        self._say += [*before, Said(words)]
        return self._go_on()

    def _choices(self, found: list[Found]) -> tuple[Choice, ...]:
        language = self._talk.language
        choices = [Choice(label=_label(each, language), data=ANSWER + each.answer.name) for each in found]
        choices.append(Choice(label=_PERSON_LABEL[language], data=_PERSON))
        self._memory.offered = [each.data or "" for each in choices]
        return tuple(choices)

    def _numbered(self) -> str:
        """Return what was chosen by its number, where there are no buttons."""
        if self._folded.isdecimal() and 1 <= int(self._folded) <= len(self._memory.offered):
            return self._memory.offered[int(self._folded) - 1]
        return ""

    # --- fields, and the way to a person -------------------------------------------------------------

    def _find_fields(self) -> None:
        for each in self._rules.fields:
            if each.pattern is not None and each.name not in self._fields:
                found = each.pattern.search(unicodedata.normalize("NFKC", self._talk.text)[:_FIT])
                if found is not None:
                    self._fields[each.name] = found[0]

    def _asked(self) -> BotTurn:
        """Take what was answered to a question; who asks for a person instead is asked no more."""
        name = self._memory.asking
        if name not in self._fields:
            if _has(self._bot.person, self._folded) or self._talk.data == _PERSON:
                return self._end(self._memory.because)
            self._fields[name] = self._talk.text[:_FIT].strip()
        return self._hand_over(self._memory.because)

    def _hand_over(self, reason: str) -> BotTurn:
        """Hand over, once everything was asked for."""
        missing = self._missing()
        if missing is None:
            return self._end(reason)
        self._memory.asking, self._memory.because = missing.name, reason
        self._say.append(Said(in_language(missing.asks, self._talk.language)))
        return self._go_on()

    def _missing(self) -> Field | None:
        return next((each for each in self._rules.fields if each.name not in self._fields), None)

    def _end(self, reason: str) -> BotTurn:
        return BotTurn(tuple(self._say), self._fields, {}, reason)

    def _go_on(self) -> BotTurn:
        state: Mapping[str, object] = msgspec.to_builtins(self._memory)
        return BotTurn(tuple(self._say), self._fields, state)


def _has(words: tuple[str, ...], folded: str) -> bool:
    return any(unicodedata.normalize("NFKC", word) in folded for word in words)


def _label(found: Found, language: str) -> str:
    asks = found.answer.asks.get(language) or next(iter(found.answer.asks.values()), (found.answer.name,))
    return asks[0] if len(asks[0]) <= _LABEL_MAX else asks[0][: _LABEL_MAX - 1] + "…"
