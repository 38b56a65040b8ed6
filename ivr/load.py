"""Reading `ivr.conf` into a flow.

    [general]
    languages = ja,en            ; the first is spoken unless something else is known
    [numbers]
    _0312345678 => main          ; dialled number => where to begin; _. is for all others
    _05012345678 => main,en      ; ... and in which language
    [main]                       ; every other section is a menu, or what its `type` says

docs/ivr.md describes the file for administrators.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from acd.dialect import DialectError, Document, Entry, Problem, read
from ivr.check import find_faults, find_warnings
from ivr.dialplan import Pattern, parse_pattern
from ivr.errors import FlowError
from ivr.flow import Flow, Language, Number, Section, SectionName
from ivr.options import Findings, Options, Origins
from ivr.sections import read_section

FILE_NAME = "ivr.conf"
_FIRST_MENU = SectionName("main")
_FOR_ALL = "_."
_RESERVED = ("general", "numbers")
_LANGUAGES = (Language("ja"), Language("en"))
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_SECTION_NAME = re.compile(r"[\w-]+")


def load(config_dir: Path, queues: Collection[str] | None, entered: Collection[str] = ()) -> Flow:
    """Read and check `config_dir/ivr.conf`.

    `queues` are the names that exist, None to leave them unchecked; `entered` are sections in which
    calls go on that come from a queue. Raises `FlowError` with all problems, in the order of the file;
    what is only odd stands in the flow's `warnings`.
    """
    try:
        document = read(config_dir / FILE_NAME)
    except DialectError as error:
        raise FlowError(error.problems) from None
    findings = Findings()
    flow = _read_flow(document, findings)
    findings.note_unknown()
    known = [SectionName(name) for name in entered if name in flow.sections]
    if problems := [*findings.problems, *find_faults(flow, findings.links, queues, known)]:
        raise FlowError(_in_order(problems))
    return replace(flow, warnings=tuple(_in_order(find_warnings(flow, findings.links, document, known))))


def _read_flow(document: Document, findings: Findings) -> Flow:
    languages = _languages(document, findings)
    origins = Origins(document)
    sections: dict[SectionName, Section] = {}
    for written in document.concrete():
        if written.name.casefold() in _RESERVED:
            continue
        if not _SECTION_NAME.fullmatch(written.name):
            findings.note(written, f"expected a name of letters, digits, - and _, found [{written.name}]")
        section = read_section(written, languages, origins, findings)
        sections[section.name] = section
    return Flow(languages, _numbers(document, languages, sections, findings), MappingProxyType(sections))


def _languages(document: Document, findings: Findings) -> tuple[Language, ...]:
    general = document.sections.get("general")
    if general is None:
        return _LANGUAGES
    options = Options(general, findings)
    entry = options.get("languages")
    options.end("[general]")
    if entry is None:
        return _LANGUAGES
    codes = [code.strip().casefold() for code in entry.value.split(",")]
    if len(set(codes)) < len(codes) or not all(_LANGUAGE.fullmatch(code) for code in codes):
        findings.note(entry, f"expected languages = CODE[,CODE]..., as in ja,en, found {entry.value}")
        return _LANGUAGES
    return tuple(Language(code) for code in codes)


def _numbers(
    document: Document,
    languages: Collection[Language],
    sections: Collection[SectionName],
    findings: Findings,
) -> tuple[Number, ...]:
    written = document.sections.get("numbers")
    numbers: dict[Pattern, Number] = {}
    for entry in written.entries if written else ():
        try:
            number = _number(entry, languages, sections)
        except ValueError as error:
            findings.note(entry, str(error))
            continue
        if number.pattern in numbers:
            findings.note(entry, f"the number {entry.key} stands already in [numbers]")
        numbers[number.pattern] = number
    if not any(pattern.is_for_all for pattern in numbers):
        if _FIRST_MENU not in sections:
            findings.note(written or _Top(document.file), f"expected {_FOR_ALL} => MENU, or a menu [main]")
        pattern = parse_pattern(_FOR_ALL)
        numbers[pattern] = Number(pattern, _FIRST_MENU, None)
    return tuple(sorted(numbers.values(), key=lambda number: number.pattern.vagueness))


def _number(entry: Entry, languages: Collection[Language], sections: Collection[SectionName]) -> Number:
    begin, comma, language = (part.strip() for part in entry.value.partition(","))
    if comma and language not in languages:
        raise ValueError(f"expected a language of [general] ({', '.join(languages)}), found {language}")
    if begin not in sections:
        raise ValueError(f"expected NUMBER => SECTION, there is no section [{begin}]")
    return Number(parse_pattern(entry.key), SectionName(begin), Language(language) if language else None)


@dataclass(frozen=True, slots=True)
class _Top:
    """The file itself, as a place."""

    file: str

    def problem(self, message: str) -> Problem:
        return Problem(self.file, 1, message)


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(set(problems), key=lambda problem: (problem.file, problem.line, problem.message))
