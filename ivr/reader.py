"""Reading the parts of a written section: prompts, keys, actions, waiting."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from acd.dialect import Entry
from acd.dialect import Section as Written
from ivr.actions import parse_action
from ivr.caller import QUIET_S_MAX
from ivr.flow import Action, Assignments, HangUp, Language, Patience, Prompt, Saying, SectionName
from ivr.functions import Functions
from ivr.hearing import KEYS, ChoiceId
from ivr.options import Findings, Link, Options, Origins
from ivr.surroundings import KnownAnswer, KnownIntent
from ivr.variables import kinds_in, names_in

TEXT_LENGTH_MAX = 1000
_FILE = "file:"
_FILE_NAME = re.compile(r"[\w-]+(?:/[\w-]+)*")
_VOICED = re.compile(r"(?P<language>[a-z]{2,3}):(?P<text>.*)", re.DOTALL)
_BRACES = re.compile(r"\{[\w-]+(?:\|[\w-]+)?\}")
_NAME = re.compile(r"[\w-]+")
SECRET = re.compile(r"\{env:(TORITSUGI_HOOK_\w+)\}")
"""A variable of the environment in a header: only those that are meant for it."""


@dataclass(frozen=True, slots=True)
class Context:
    """What all sections share. `everywhere` are keys that mean the same in each of them.

    `intents` are those of `intents.conf`, `answers` those of `faq.conf`; None if nobody knows them.
    """

    languages: Sequence[Language]
    origins: Origins
    findings: Findings
    everywhere: Sequence[Entry]
    functions: Functions
    intents: Mapping[ChoiceId, KnownIntent] | None
    answers: Mapping[str, KnownAnswer] | None


class Reader:
    """Reads one section; what is wrong with it, and where it leads, goes to the findings."""

    def __init__(self, written: Written, context: Context) -> None:
        self.name = SectionName(written.name)
        self.options = Options(written, context.findings)
        self.context, self.findings = context, context.findings

    def note(self, message: str, entry: Entry | None = None) -> None:
        self.options.note(entry or self.options.written, message)

    # --- actions ---------------------------------------------------------------------------------

    def action(self, key: str, default: Action | None = None, *, silent: bool = False) -> Action:
        entry = self.options.get(key)
        if entry is not None:
            return self.read_action(entry, entry.value, silent=silent)
        if default is None:
            self.note(f"expected {key} => ACTION in [{self.name}]")
            return HangUp()
        self.findings.links.append(Link(self.name, self.options.written, default, silent))
        return default

    def read_action(self, entry: Entry, text: str, *, silent: bool) -> Action:
        try:
            action = parse_action(text.strip(), self.name)
        except ValueError as error:
            self.note(str(error), entry)
            return HangUp()
        self.findings.links.append(Link(self.name, entry, action, silent))
        return action

    def keys(self, *, without: str = "", required: bool = True) -> Mapping[str, Action]:
        """Read what keys do, those that do the same everywhere included; `without` are keys that cannot."""
        own = self._by_word("key", tuple(KEYS), "one key of " + KEYS)
        if not own and required:
            self.note(f"expected key => KEY,ACTION in the menu [{self.name}]")
        common = {}
        if self.options.flag("everywhere", default=True):
            common = {entry.value[0]: entry for entry in self.context.everywhere}
        entries = {key: entry for key, entry in {**common, **own}.items() if key not in without}
        return MappingProxyType(
            {
                key: self.read_action(entry, entry.value.partition(",")[2], silent=False)
                for key, entry in entries.items()
            }
        )

    def actions_of(self, key: str, *, silent: bool) -> Mapping[str, Action]:
        """Read `key => NAME,ACTION` lines."""
        entries = self._by_word(key, None, "a name")
        return {
            name: self.read_action(entry, entry.value.partition(",")[2], silent=silent)
            for name, entry in entries.items()
        }

    def _by_word(self, key: str, allowed: Sequence[str] | None, what: str) -> dict[str, Entry]:
        """Return the lines `key => WORD,...` by word; one that overrides a template's is meant."""
        entries: dict[str, Entry] = {}
        for entry in self.options.all(key):
            word = entry.value.partition(",")[0].strip()
            first, origins = entries.get(word), self.context.origins
            if word not in allowed if allowed is not None else not _NAME.fullmatch(word):
                shown = key.upper() if allowed is not None else "NAME"
                self.note(f"expected {key} => {shown},ACTION with {what}, found {entry.value}", entry)
            elif first and origins.of(first) == origins.of(entry):
                self.note(f"{key} {word} stands already at {first.file}:{first.line}", entry)
            else:
                entries[word] = entry
        return entries

    def patience(self) -> Patience:
        on_timeout = self.action("on_timeout", silent=True)
        return Patience(
            timeout_s=self.options.seconds("timeout", 4, 0.5, 60),
            digit_timeout_s=self.options.seconds("digit_timeout", 3, 0.5, QUIET_S_MAX),
            retries=self.options.whole("retries", 1, 0, 9),
            barge_in=self.options.flag("barge_in", default=True),
            invalid=self.saying("invalid", required=False),
            on_timeout=on_timeout,
            on_invalid=self.action("on_invalid") if self.options.get("on_invalid") else on_timeout,
        )

    # --- variables -------------------------------------------------------------------------------

    def sets(self) -> Assignments:
        """Read `set => NAME,VALUE` lines."""
        found = []
        for entry in self.options.all("set"):
            name, comma, value = (part.strip() for part in entry.value.partition(","))
            if not comma or not _NAME.fullmatch(name):
                self.note(f"expected set => NAME,VALUE, found {entry.value}", entry)
            self.mention(entry, value)
            self.findings.variables.add(name)
            found.append((name, value))
        return tuple(found)

    def mention(self, entry: Entry, text: str) -> None:
        """Note which variables a text names."""
        if re.search(r"[{}]", _BRACES.sub("", text)):
            self.note("expected {NAME} or {NAME|KIND} between braces", entry)
        self.findings.mentions += [(entry, name) for name in names_in(text)]
        self.findings.kinds += [(entry, kind) for kind in kinds_in(text)]

    def function(self, entry: Entry, name: str) -> None:
        try:
            self.context.functions.find(name)
        except ValueError as error:
            self.note(str(error), entry)

    # --- words -----------------------------------------------------------------------------------

    def saying(self, key: str, *, required: bool = True) -> Saying:
        """Read what is said in each language; without one, a recording is for all, words for the first."""
        found = {
            language: self._prompt(entry, key, language) for language, entry in self.by_language(key).items()
        }
        if required or found:
            for language in self.context.languages:
                if language not in found:
                    self.note(f"expected {key}[{language}] => WORDS, or file:NAME")
        return MappingProxyType(found)

    def by_language(self, key: str) -> dict[Language, Entry]:
        """Return the last entry of each language."""
        bare = self.options.get(key)
        found: dict[Language, Entry] = {}
        for language in self.context.languages:
            is_for_all = language == self.context.languages[0] or (bare and bare.value.startswith(_FILE))
            entry = self.options.get(f"{key}[{language}]") or (bare if is_for_all else None)
            if entry is not None:
                found[language] = entry
        return found

    def all_by_language(self, key: str) -> dict[Language, list[Entry]]:
        """Return all entries of each language; those without one are of the first."""
        found = {each: self.options.all(f"{key}[{each}]") for each in self.context.languages}
        found[self.context.languages[0]] = [
            *self.options.all(key),
            *found[self.context.languages[0]],
        ]
        return found

    def _prompt(self, entry: Entry, key: str, language: Language) -> Prompt:
        text = entry.value
        if text.startswith(_FILE):
            return self._recording(entry, language)
        if voiced := _VOICED.match(text):
            language, text = Language(voiced["language"]), voiced["text"].strip()
            if language not in self.context.languages:
                known = ", ".join(self.context.languages)
                self.note(f"expected a language of [general] ({known}), found {language}:", entry)
        if not 1 <= len(text) <= TEXT_LENGTH_MAX:
            self.note(f"expected 1 to {TEXT_LENGTH_MAX} characters to say, found {len(text)}", entry)
        self.mention(entry, text)
        origin = self.context.origins.of(entry)
        return Prompt(origin if key == "prompt" else f"{origin}-{key}", language, text)

    def _recording(self, entry: Entry, language: Language) -> Prompt:
        name = entry.value.removeprefix(_FILE).strip()
        if not _FILE_NAME.fullmatch(name):
            self.note("expected file:NAME of letters, digits, - and _, without .wav", entry)
            name = self.name
        prompt = Prompt(name, language, "")
        self.findings.recordings.append((entry, prompt))
        return prompt
