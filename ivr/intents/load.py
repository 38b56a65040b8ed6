"""Reading `intents.conf`.

    [general]       sure = 0.85, unsure = 0.06
    [lists]         name[ja] => words,that,may,stand,for,{name}
    [synonyms]      same[ja] => words,that,mean,the,same
    [background]    phrase[ja] => what means none of the intents
    [any other]     an intent: label[ja], phrase[ja] => ..., in each language that it can be said in

docs/intents.md describes the file for administrators.
"""

import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from acd.dialect import DialectError, Document, Entry, Problem, Section, read
from ivr.errors import FlowError
from ivr.hearing import ChoiceId
from ivr.intents.intent import Intent, Intents, Knowledge, Thresholds
from ivr.intents.template import parse_template

FILE_NAME: Final = "intents.conf"
LANGUAGES: Final = ("ja", "en")
WORDINGS: Final = 1_200
"""So many wordings of an intent are learnt from; where there are more, a sample of each phrase."""
_RESERVED: Final = ("general", "lists", "synonyms", "background")
_KEY: Final = re.compile(r"(?P<name>[\w-]+)\[(?P<language>[a-z]{2,3})\]")
_NAME: Final = re.compile(r"[\w-]+")
_LENGTH_MAX: Final = 1_000


def load_intents(config_dir: Path) -> Intents:
    """Read and check `config_dir/intents.conf`; no file means no intents.

    Raises `FlowError` with all problems, in the order of the file.
    """
    path = config_dir / FILE_NAME
    if not path.exists():
        return Intents(MappingProxyType({}), MappingProxyType({}))
    try:
        document = read(path)
    except DialectError as error:
        raise FlowError(error.problems) from None
    reader = _Reader(document)
    found = reader.intents()
    if reader.problems:
        order = sorted(
            set(reader.problems), key=lambda problem: (problem.file, problem.line, problem.message)
        )
        raise FlowError(order)
    return found


class _Reader:
    def __init__(self, document: Document) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._lists = self._read_lists()

    def intents(self) -> Intents:
        found = {
            ChoiceId(section.name): self._intent(section)
            for section in self._document.concrete()
            if section.name.casefold() not in _RESERVED
        }
        knowledge = {language: self._knowledge(language) for language in LANGUAGES}
        return Intents(MappingProxyType(found), MappingProxyType(knowledge), self._thresholds())

    def _intent(self, section: Section) -> Intent:
        if not _NAME.fullmatch(section.name):
            self._note(section, f"expected a name of letters, digits, - and _, found [{section.name}]")
        self._check_keys(section, ("label", "phrase"))
        labels: dict[str, str] = {}
        phrases: dict[str, tuple[str, ...]] = {}
        for language in LANGUAGES:
            said, label = self._phrases(section, language), section.get(f"label[{language}]")
            if said:
                phrases[language] = said
            if label is not None:
                labels[language] = label.value
            elif said:
                self._note(
                    section, f"expected label[{language}] => what [{section.name}] is called when asking back"
                )
        if not phrases:
            self._note(section, f"expected phrase[ja] => or phrase[en] => in the intent [{section.name}]")
        return Intent(ChoiceId(section.name), MappingProxyType(labels), MappingProxyType(phrases))

    def _knowledge(self, language: str) -> Knowledge:
        synonyms, background = (self._document.sections.get(name) for name in ("synonyms", "background"))
        if synonyms:
            self._check_keys(synonyms, ("same",))
        if background:
            self._check_keys(background, ("phrase",))
        groups = [self._words(entry) for entry in synonyms.all(f"same[{language}]")] if synonyms else []
        return Knowledge(tuple(groups), self._phrases(background, language) if background else ())

    def _phrases(self, section: Section, language: str) -> tuple[str, ...]:
        """Return the wordings of all phrases; of each phrase as many as of the others."""
        entries = section.all(f"phrase[{language}]")
        chance = random.Random(section.name)  # noqa: S311 - always the same sample
        found: dict[str, None] = {}
        for entry in entries:
            if not 1 <= len(entry.value) <= _LENGTH_MAX:
                self._note(entry, f"expected 1 to {_LENGTH_MAX} characters, found {len(entry.value)}")
                continue
            try:
                template = parse_template(entry.value, self._lists.get(language, {}))
                found |= dict.fromkeys(template.some(max(1, WORDINGS // len(entries)), chance))
            except ValueError as error:
                self._note(entry, str(error))
        return tuple(said for said in found if said)

    def _thresholds(self) -> Thresholds:
        general = self._document.sections.get("general")
        if general is None:
            return Thresholds()
        usual = Thresholds()
        found = Thresholds(
            self._share(general, "sure", usual.sure), self._share(general, "unsure", usual.unsure)
        )
        for entry in general.entries:
            if entry.key.casefold() not in ("sure", "unsure"):
                self._note(entry, f"expected an option of [general] (sure, unsure), found {entry.key}")
        if found.unsure > found.sure:
            self._note(general, f"expected unsure to be at most sure, found {found.unsure} and {found.sure}")
        return found

    def _share(self, section: Section, key: str, usual: float) -> float:
        entry = section.get(key)
        if entry is None:
            return usual
        if not re.fullmatch(r"0?\.[0-9]{1,3}|[01](?:\.0{1,3})?", entry.value):
            self._note(entry, f"expected {key} = a number from 0 to 1, found {entry.value}")
            return usual
        return float(entry.value)

    def _read_lists(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        section = self._document.sections.get("lists")
        lists: dict[str, dict[str, tuple[str, ...]]] = {}
        for entry in section.entries if section else ():
            match = _KEY.fullmatch(entry.key)
            if match is None or match["language"] not in LANGUAGES:
                self._note(entry, f"expected NAME[ja] => words, or NAME[en], found {entry.key}")
            else:
                lists.setdefault(match["language"], {})[match["name"]] = self._words(entry)
        return lists

    def _words(self, entry: Entry) -> tuple[str, ...]:
        words = tuple(word.strip() for word in entry.value.split(","))
        if len(words) < 2 or not all(words):
            self._note(entry, f"expected two or more words with commas between them, found {entry.value}")
        return words

    def _check_keys(self, section: Section, known: tuple[str, ...]) -> None:
        expected = ", ".join(_all_keys(known))
        for entry in section.entries:
            if entry.key not in _all_keys(known):
                self._note(entry, f"expected one of {expected} in [{section.name}], found {entry.key}")

    def _note(self, place: Entry | Section, message: str) -> None:
        self.problems.append(place.problem(message))


def _all_keys(known: tuple[str, ...]) -> Iterator[str]:
    return (f"{key}[{language}]" for key in known for language in LANGUAGES)
