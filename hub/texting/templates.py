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
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
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
)
"""What the hub writes by itself."""
VARIABLES: Final = ("customer", "agent", "case", "queue", "opens")
_TEXTS: Final = tuple(each for each in Channel if not each.is_live)
_KEY: Final = re.compile(r"(?P<word>title|text)\[(?P<language>[a-z]{2})\]")
_NAME: Final = re.compile(r"[\w.-]{1,64}")
_VARIABLE: Final = re.compile(r"\{(\w*)\}")
_NAMELESS: Final = {"ja": "お客", "en": "customer"}
"""Who has no name: `{customer}様` becomes お客様."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A section of templates.conf. Empty `queues` or `channels`: all. `use` "": for agents."""

    name: str
    titles: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    queues: frozenset[str] = frozenset()
    channels: frozenset[Channel] = frozenset()
    use: str = ""

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
        else:
            expected = "title[ja], text[ja] (or [en]), queue, channel or use"
            problems.append(entry.problem(f"expected {expected}, found {entry.key!r}"))
    if not words["text"]:
        problems.append(section.problem("expected text[ja] => … or text[en] => …"))
    return Template(
        name=section.name,
        titles=words["title"],
        texts=words["text"],
        queues=frozenset(for_queues),
        channels=frozenset(channels),
        use=use,
    )


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
