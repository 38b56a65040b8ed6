"""`templates.conf`: what agents write often, and what the hub writes by itself, by language.

[greeting]
title[ja] => あいさつ                       ; what agents choose it by
title[en] => Greeting
text[ja] => {customer}様、{queue}の{agent}です。
text[en] => Dear {customer}, this is {agent} of {queue}.
queue => support                            ; without any: all
channel => email,line                       ; without any: all

[we-are-closed]
use = closed                                ; in place of the hub's own words
text[ja] => 受付時間外です。次の受付は{opens}からです。

[welcome]
use = followed
text[ja] => {customer}様、友だち追加ありがとうございます。
choice => queue/sales,購入のご相談,Buying       ; begins a contact there
choice => answer/hours,営業時間,Opening hours   ; the bot's answer of faq.conf
choice => say,担当者と話す,Talk to a person       ; what he says
choice => tel:+81312345678,電話をかける,Call us   ; or a page's address
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from acd.contact import Channel
from acd.dialect import Entry, Problem, Section, read_optional
from acd.errors import SettingsError

FILE_NAME: Final = "templates.conf"
LANGUAGES: Final = ("ja", "en")
USES: Final = (
    "case_opened",
    "case_closed",
    "closed",
    "too_fast",
    "bot_hands_over",
    "bot_closes",
    "handed_back",
    "followed",
)
"""What the hub writes by itself."""
VARIABLES: Final = ("customer", "agent", "case", "queue", "opens")
_TEXTS: Final = tuple(each for each in Channel if not each.is_live)
_KEY: Final = re.compile(r"(?P<word>title|text)\[(?P<language>[a-z]{2})\]")
_NAME: Final = re.compile(r"[\w.-]{1,64}")
_VARIABLE: Final = re.compile(r"\{(\w*)\}")
CHOICES_MAX: Final = 13
_LABEL_MAX: Final = 40
_ADDRESS: Final = re.compile(r"(https?://|tel:\+?)[^\s,]+")
_NAMELESS: Final = {"ja": "お客", "en": "customer"}
"""Who has no name: `{customer}様` becomes お客様."""


class LeadKind(StrEnum):
    """Where a choice leads."""

    SAY = "say"
    QUEUE = "queue"
    ANSWER = "answer"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Lead:
    """A choice under a text, its label by language. `to`: a queue, an answer of faq.conf, an address."""

    kind: LeadKind
    to: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A section of templates.conf. Empty `queues` or `channels`: all. `use` "": for agents."""

    name: str
    titles: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    queues: frozenset[str] = frozenset()
    channels: frozenset[Channel] = frozenset()
    use: str = ""
    choices: tuple[Lead, ...] = ()

    def fits(self, queue: str, channel: Channel) -> bool:
        return (not self.queues or queue in self.queues) and (not self.channels or channel in self.channels)

    def title(self, language: str) -> str:
        return self.titles.get(language) or next(iter(self.titles.values()), self.name)

    def filled(self, language: str, values: Mapping[str, str]) -> str:
        """Return the text with its variables filled in, in the other language if there is none in this."""
        known = language if language in self.texts else next(iter(self.texts))
        return fill(self.texts[known], known, values)


@dataclass(frozen=True, slots=True)
class Templates:
    """All templates, in the order of the file."""

    templates: tuple[Template, ...] = ()

    def for_agents(self, queue: str, channel: Channel) -> list[Template]:
        """Return what agents may choose from for a contact."""
        return [each for each in self.templates if not each.use and each.fits(queue, channel)]

    def own(self, use: str, queue: str, channel: Channel) -> Template | None:
        """Return what the hub writes on an occasion; None: its own words."""
        return next((each for each in self.templates if each.use == use and each.fits(queue, channel)), None)


def fill(text: str, language: str, values: Mapping[str, str]) -> str:
    """Fill in `{variables}` once: what is filled in is not looked at again."""
    known = {"customer": _NAMELESS[language if language in _NAMELESS else "ja"]}
    known |= {name: value for name, value in values.items() if value}
    return _VARIABLE.sub(lambda match: known.get(match[1], ""), text)


def examine_templates(
    config_dir: Path, queues: Collection[str] | None = None
) -> tuple[Templates, tuple[Problem, ...]]:
    """Read templates.conf of a folder; returns the templates and what is wrong. No file: none.

    `queues` None: whether there are such is not known here.
    """
    document, problems = read_optional(config_dir / FILE_NAME)
    found = tuple(_template(section, queues, problems) for section in document.concrete())
    return Templates(found), tuple(problems)


def read_templates(config_dir: Path, queues: Collection[str]) -> Templates:
    """Read templates.conf for use; raises `SettingsError` with every problem."""
    templates, problems = examine_templates(config_dir, queues)
    if problems:
        raise SettingsError(list(problems))
    return templates


def _template(section: Section, queues: Collection[str] | None, problems: list[Problem]) -> Template:
    words: dict[str, dict[str, str]] = {"title": {}, "text": {}}
    for_queues: set[str] = set()
    channels: set[Channel] = set()
    use = ""
    choices: list[Lead] = []
    if not _NAME.fullmatch(section.name):
        problems.append(section.problem("expected a name of letters, digits, '.', '_' or '-'"))
    for entry in section.entries:
        match = _KEY.fullmatch(entry.key)
        if match is not None and match["language"] in LANGUAGES:
            words[match["word"]][match["language"]] = _text(entry, problems)
        elif entry.key == "queue":
            for_queues |= set(listed(entry, queues, problems))
        elif entry.key == "channel":
            channels |= {Channel(each) for each in listed(entry, _TEXTS, problems)}
        elif entry.key == "use":
            use = next(iter(listed(entry, USES, problems)), "")
        elif entry.key == "choice":
            choices += _lead(entry, queues, problems)
        else:
            expected = "title[ja], text[ja] (or [en]), queue, channel, use or choice"
            problems.append(entry.problem(f"expected {expected}, found {entry.key!r}"))
    if not words["text"]:
        problems.append(section.problem("expected text[ja] => … or text[en] => …"))
    if (choices and use != "followed") or len(choices) > CHOICES_MAX:
        problems.append(section.problem(f"expected choices with use = followed alone, up to {CHOICES_MAX}"))
    return Template(
        name=section.name,
        titles=words["title"],
        texts=words["text"],
        queues=frozenset(for_queues),
        channels=frozenset(channels),
        use=use,
        choices=tuple(choices),
    )


def _lead(entry: Entry, queues: Collection[str] | None, problems: list[Problem]) -> list[Lead]:
    """Read `TARGET,日本語[,English]`."""
    target, *labels = (each.strip() for each in entry.value.split(","))
    kind, _, to = target.partition("/")
    if _ADDRESS.match(target):
        kind, to = LeadKind.PAGE, target
    is_known = kind in set(LeadKind) - {LeadKind.PAGE} or to == target
    if not is_known or bool(to) is (kind == LeadKind.SAY) or not 1 <= len(labels) <= len(LANGUAGES):
        expected = "choice => say, queue/NAME, answer/NAME, https://… or tel:…, then 日本語,English"
        problems.append(entry.problem(f"expected {expected}, found {entry.value!r}"))
        return []
    if not all(0 < len(each) <= _LABEL_MAX for each in labels):
        problems.append(entry.problem(f"expected labels of up to {_LABEL_MAX} characters"))
    if kind == LeadKind.QUEUE and queues is not None and to not in queues:
        problems.append(entry.problem(f"expected one of {', '.join(sorted(queues))}, found {to!r}"))
    return [Lead(LeadKind(kind), to, dict(zip(LANGUAGES, labels, strict=False)))]


def _text(entry: Entry, problems: list[Problem]) -> str:
    if not entry.value:
        problems.append(entry.problem(f"expected something after {entry.key}"))
    for name in _VARIABLE.findall(entry.value):
        if name not in VARIABLES:
            expected = ", ".join(f"{{{each}}}" for each in VARIABLES)
            problems.append(entry.problem(f"expected variables among {expected}, found {{{name}}}"))
    return entry.value.replace("\\n", "\n")


def listed(entry: Entry, known: Collection[str] | None, problems: list[Problem]) -> list[str]:
    """Return the words of `a,b`, those that are `known`; the others are problems."""
    names = [name.strip() for name in entry.value.split(",")]
    for name in names:
        if known is not None and name not in known:
            expected = f"{entry.key} => one of {', '.join(sorted(known))}"
            problems.append(entry.problem(f"expected {expected}, found {name!r}"))
    return [name for name in names if known is None or name in known]
