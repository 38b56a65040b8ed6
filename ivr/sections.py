"""Sections of `ivr.conf` as they are written, read into the types of `ivr.flow`."""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from acd.dialect import Entry
from acd.dialect import Section as Written
from ivr.actions import parse_action
from ivr.flow import (
    Action,
    Back,
    DigitsEntry,
    HangUp,
    Language,
    Menu,
    Message,
    Patience,
    Prompt,
    Saying,
    Section,
    SectionName,
)
from ivr.options import Findings, Link, Options, Origins

TEXT_LENGTH_MAX = 1000
DIGITS_MAX = 32
KEYS = "0123456789*#"
_FILE = "file:"
_FILE_NAME = re.compile(r"[\w-]+(?:/[\w-]+)*")
_VOICED = re.compile(r"(?P<language>[a-z]{2,3}):(?P<text>.*)", re.DOTALL)
_LENGTH = re.compile(r"([0-9]{1,3})(?:\s*-\s*([0-9]{1,3}))?")


def read_section(
    written: Written, languages: Sequence[Language], origins: Origins, findings: Findings
) -> Section:
    """Read a section by its `type`; what is wrong with it, and where it leads, goes to `findings`."""
    reader = _Reader(written, languages, origins, findings)
    entry = reader.options.get("type")
    kind = entry.value.casefold() if entry else "menu"
    if entry and kind not in _KINDS:
        reader.options.note(entry, f"expected type {', '.join(_KINDS)}, found {entry.value}")
        kind = "menu"
    section = _KINDS[kind](reader)
    reader.options.end(f"type {kind}")
    return section


class _Reader:
    def __init__(
        self, written: Written, languages: Sequence[Language], origins: Origins, findings: Findings
    ) -> None:
        self.name = SectionName(written.name)
        self.options = Options(written, findings)
        self._languages = languages
        self._origins = origins
        self._links = findings.links

    def menu(self) -> Section:
        return Menu(self.name, self._saying("prompt"), self._patience(), self._keys())

    def digits(self) -> Section:
        least, most = self._length()
        return DigitsEntry(
            name=self.name,
            prompt=self._saying("prompt"),
            patience=self._patience(),
            length_min=least,
            length_max=most,
            terminator=self._terminator(),
            then=self._action("then"),
        )

    def message(self) -> Section:
        said = self._saying("prompt", required=False)
        return Message(self.name, said, self._action("then", Back(), silent=True))

    def _patience(self) -> Patience:
        on_timeout = self._action("on_timeout", silent=True)
        return Patience(
            timeout_s=self.options.seconds("timeout", 6, 0.5, 60),
            digit_timeout_s=self.options.seconds("digit_timeout", 3, 0.5, 30),
            retries=self.options.whole("retries", 1, 0, 9),
            barge_in=self.options.flag("barge_in", default=True),
            invalid=self._saying("invalid", required=False),
            on_timeout=on_timeout,
            on_invalid=self._action("on_invalid") if self.options.get("on_invalid") else on_timeout,
        )

    def _keys(self) -> Mapping[str, Action]:
        entries: dict[str, Entry] = {}
        for entry in self.options.all("key"):
            key = entry.value.partition(",")[0].strip()
            first = entries.get(key)
            if len(key) != 1 or key not in KEYS:
                self.options.note(
                    entry, f"expected key => KEY,ACTION with one key of {KEYS}, found {entry.value}"
                )
            elif first and self._origins.of(first) == self._origins.of(entry):
                self.options.note(entry, f"key {key} stands already at {first.file}:{first.line}")
            else:
                entries[key] = entry
        if not entries:
            self.options.note(self.options.written, f"expected key => KEY,ACTION in the menu [{self.name}]")
        return MappingProxyType(
            {
                key: self._read_action(entry, entry.value.partition(",")[2], silent=False)
                for key, entry in entries.items()
            }
        )

    def _action(self, key: str, default: Action | None = None, *, silent: bool = False) -> Action:
        entry = self.options.get(key)
        if entry is not None:
            return self._read_action(entry, entry.value, silent=silent)
        if default is None:
            self.options.note(self.options.written, f"expected {key} => ACTION in [{self.name}]")
            return HangUp()
        self._links.append(Link(self.name, self.options.written, default, silent))
        return default

    def _read_action(self, entry: Entry, text: str, *, silent: bool) -> Action:
        try:
            action = parse_action(text.strip(), self.name)
        except ValueError as error:
            self.options.note(entry, str(error))
            return HangUp()
        self._links.append(Link(self.name, entry, action, silent))
        return action

    def _saying(self, key: str, *, required: bool = True) -> Saying:
        """Read what is said in each language; without one, a recording is for all, words for the first."""
        bare = self.options.get(key)
        found: dict[Language, Prompt] = {}
        for language in self._languages:
            is_for_all = language == self._languages[0] or (bare and bare.value.startswith(_FILE))
            entry = self.options.get(f"{key}[{language}]") or (bare if is_for_all else None)
            if entry is not None:
                found[language] = self._prompt(entry, key, language)
        if required or found:
            for language in self._languages:
                if language not in found:
                    self.options.note(
                        self.options.written, f"expected {key}[{language}] => WORDS, or file:NAME"
                    )
        return MappingProxyType(found)

    def _prompt(self, entry: Entry, key: str, language: Language) -> Prompt:
        text = entry.value
        if text.startswith(_FILE):
            name = text.removeprefix(_FILE).strip()
            if not _FILE_NAME.fullmatch(name):
                self.options.note(entry, "expected file:NAME of letters, digits, - and _, without .wav")
                name = self.name
            return Prompt(name, language, "")
        if voiced := _VOICED.match(text):
            language, text = Language(voiced["language"]), voiced["text"].strip()
            if language not in self._languages:
                known = ", ".join(self._languages)
                self.options.note(entry, f"expected a language of [general] ({known}), found {language}:")
        if not 1 <= len(text) <= TEXT_LENGTH_MAX:
            self.options.note(entry, f"expected 1 to {TEXT_LENGTH_MAX} characters to say, found {len(text)}")
        origin = self._origins.of(entry)
        return Prompt(origin if key == "prompt" else f"{origin}-{key}", language, text)

    def _length(self) -> tuple[int, int]:
        entry = self.options.get("length")
        match = _LENGTH.fullmatch(entry.value) if entry else None
        least, most = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= least <= most <= DIGITS_MAX:
            expected = f"expected length = N or N-M digits, 1 to {DIGITS_MAX}, in [{self.name}]"
            self.options.note(entry or self.options.written, expected)
            return 1, 1
        return least, most

    def _terminator(self) -> str:
        entry = self.options.get("terminator")
        if entry is None or entry.value in ("#", "*"):
            return entry.value if entry else "#"
        if entry.value.casefold() != "none":
            self.options.note(entry, f"expected terminator = #, * or none, found {entry.value}")
        return ""


_KINDS: dict[str, Callable[[_Reader], Section]] = {
    "menu": _Reader.menu,
    "digits": _Reader.digits,
    "message": _Reader.message,
}
