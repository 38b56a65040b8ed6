"""Reading `ivr.conf` into a flow.

    [general]
    languages = ja,en            ; the first is spoken unless something else is known
    [numbers]
    _0312345678 => main          ; dialled number => where to begin; _. is for all others
    _05012345678 => main,en      ; ... and in which language
    _.@carrier => main           ; only what comes by that trunk
    [main]                       ; every other section is a menu, or what its `type` says

docs/ivr.md describes the file for administrators.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from acd.dialect import DialectError, Document, Entry, Problem, read
from ivr.check import find_faults, find_warnings
from ivr.dialplan import Pattern, parse_pattern
from ivr.errors import FlowError
from ivr.flow import Flow, FormSection, Language, Menu, Number, Prompt, Section, SectionName
from ivr.functions import FOLDER_NAME, Functions
from ivr.hearing import KEYS, ChoiceId
from ivr.limits import Hearing, ProofLimits
from ivr.options import Findings, Options, Origins
from ivr.reader import Context
from ivr.sections import read_section
from ivr.slots import phrases
from ivr.surroundings import KnownAnswer, KnownIntent, Surroundings
from ivr.words import ask_back, not_understood, one_moment, use_the_keys

FILE_NAME = "ivr.conf"
FAX = SectionName("fax")
"""Where a call goes on, from anywhere, that turns out to be a fax machine's."""
_FIRST_MENU = SectionName("main")
_FOR_ALL = "_."
_RESERVED = ("general", "numbers")
_LANGUAGES = (Language("ja"), Language("en"))
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_SECTION_NAME = re.compile(r"[\w-]+")


def load(
    config_dir: Path,
    queues: Collection[str] | None,
    entered: Collection[str] = (),
    *,
    hours: Collection[str] | None = None,
    intents: Mapping[ChoiceId, KnownIntent] | None = None,
    answers: Mapping[str, KnownAnswer] | None = None,
    recordings: Path | None = None,
    environment: Mapping[str, str] | None = None,
    hearing: Hearing = Hearing(),  # noqa: B008 - a frozen value
) -> Flow:
    """Read and check `config_dir/ivr.conf`, and the administrator's functions that it names.

    `entered` are sections in which calls go on that come from a queue, `recordings` is the folder of what
    was recorded and `environment` what hooks' headers are filled from (None: not looked at), `hearing` holds
    where the file says nothing of it; the others as in `Surroundings`.
    Raises `FlowError` with all problems, in the order of the file; what is only odd stands in the flow's
    `warnings`.
    """
    around = Surroundings(queues, hours, intents, answers)
    try:
        document = read(config_dir / FILE_NAME)
    except DialectError as error:
        raise FlowError(error.problems) from None
    findings, functions = Findings(), Functions(config_dir / FOLDER_NAME)
    flow = _read_flow(document, findings, functions, around, hearing)
    findings.note_unknown()
    known = [SectionName(name) for name in (*entered, FAX) if name in flow.sections]
    if problems := [*findings.problems, *find_faults(flow, findings, around, known)]:
        raise FlowError(_in_order(problems))
    warnings = [
        *find_warnings(flow, findings, document, known),
        *_unrecorded(findings, recordings),
        *_unset(findings, environment),
    ]
    return replace(flow, functions=functions.code, warnings=tuple(_in_order(warnings)))


def _unrecorded(findings: Findings, folder: Path | None) -> Iterator[Problem]:
    """Yield the recordings that are asked for and missing: callers hear the fallback."""
    for entry, prompt in findings.recordings if folder else ():
        assert folder is not None
        own, common = folder / prompt.language / f"{prompt.name}.wav", folder / f"{prompt.name}.wav"
        if not own.is_file() and not common.is_file():
            yield entry.problem(f"expected the recording {own}, or {common}, there is none")


def _unset(findings: Findings, environment: Mapping[str, str] | None) -> Iterator[Problem]:
    """Yield the variables of hooks that are not set: every call of such a hook fails."""
    for entry, name in findings.secrets if environment is not None else ():
        assert environment is not None
        if not environment.get(name):
            yield entry.problem(f"expected {name} in the hub's environment, it is not set here")


def _read_flow(
    document: Document, findings: Findings, functions: Functions, around: Surroundings, hearing: Hearing
) -> Flow:
    general = _general(document, findings, hearing)
    context = Context(
        languages=general.languages,
        origins=Origins(document),
        findings=findings,
        everywhere=general.everywhere,
        functions=functions,
        intents=around.intents,
        answers=around.answers,
    )
    sections: dict[SectionName, Section] = {}
    for written in document.concrete():
        if written.name.casefold() in _RESERVED:
            continue
        if not _SECTION_NAME.fullmatch(written.name):
            findings.note(written, f"expected a name of letters, digits, - and _, found [{written.name}]")
        section = read_section(written, context)
        sections[section.name] = section
    return Flow(
        general.languages,
        _numbers(document, general.languages, sections, findings),
        MappingProxyType(sections),
        general.hearing,
        general.limits,
        general.offers_code,
        asides=_asides(sections.values(), general.languages),
    )


@dataclass(slots=True)
class _General:
    languages: tuple[Language, ...] = _LANGUAGES
    everywhere: list[Entry] = field(default_factory=list)
    hearing: Hearing = field(default_factory=Hearing)
    limits: ProofLimits = field(default_factory=ProofLimits)
    offers_code: bool = True


def _general(document: Document, findings: Findings, hearing: Hearing) -> _General:
    written = document.sections.get("general")
    if written is None:
        return _General(hearing=hearing)
    options, limits = Options(written, findings), ProofLimits()
    general = _General(
        _languages(options),
        _everywhere(options),
        Hearing(options.share("sure", hearing.sure), options.share("unsure", hearing.unsure)),
        ProofLimits(
            options.whole("proof_tries", limits.tries, 1, 100),
            options.whole("proof_lock", limits.lock_s, 1, 604_800),
        ),
        options.flag("offer_code", default=True),
    )
    if general.hearing.unsure > general.hearing.sure:
        options.note(
            options.get("unsure") or written, f"expected unsure = 0 to {general.hearing.sure}, as sure"
        )
    options.end("[general]")
    return general


def _everywhere(options: Options) -> list[Entry]:
    found = []
    for entry in options.all("everywhere"):
        key = entry.value.partition(",")[0].strip()
        if len(key) == 1 and key in KEYS:
            found.append(entry)
        else:
            options.note(
                entry, f"expected everywhere => KEY,ACTION with one key of {KEYS}, found {entry.value}"
            )
    return found


def _languages(options: Options) -> tuple[Language, ...]:
    entry = options.get("languages")
    if entry is None:
        return _LANGUAGES
    codes = [code.strip().casefold() for code in entry.value.split(",")]
    if len(set(codes)) < len(codes) or not all(_LANGUAGE.fullmatch(code) for code in codes):
        options.note(entry, f"expected languages = CODE[,CODE]..., as in ja,en, found {entry.value}")
        return _LANGUAGES
    return tuple(Language(code) for code in codes)


def _asides(sections: Collection[Section], languages: Collection[Language]) -> tuple[Prompt, ...]:
    """Return what is said beside the sections' own words."""
    said = {words(language): None for language in languages for words in (one_moment, use_the_keys)}
    for section in sections:
        if isinstance(section, FormSection):
            for language in section.questions[0] if section.questions else ():
                said |= dict.fromkeys(Prompt("", language, words) for words in phrases(language))
        if isinstance(section, Menu):
            for language in section.spoken.labels:
                if choices := section.spoken.choices(language):
                    labels = section.spoken.labels[language]
                    said |= dict.fromkeys(
                        ask_back(labels[each], language) for each in choices if each in labels
                    )
                    said |= dict.fromkeys(not_understood(language, keys_only=each) for each in (True, False))
    return tuple(said)


def _numbers(
    document: Document,
    languages: Collection[Language],
    sections: Collection[SectionName],
    findings: Findings,
) -> tuple[Number, ...]:
    written = document.sections.get("numbers")
    numbers: dict[tuple[Pattern, str], Number] = {}
    for entry in written.entries if written else ():
        try:
            number = _number(entry, languages, sections)
        except ValueError as error:
            findings.note(entry, str(error))
            continue
        if (number.pattern, number.trunk) in numbers:
            findings.note(entry, f"the number {entry.key} stands already in [numbers]")
        numbers[number.pattern, number.trunk] = number
    if not any(pattern.is_for_all and not trunk for pattern, trunk in numbers):
        if _FIRST_MENU not in sections:
            findings.note(written or _Top(document.file), f"expected {_FOR_ALL} => MENU, or a menu [main]")
        pattern = parse_pattern(_FOR_ALL)
        numbers[pattern, ""] = Number(pattern, _FIRST_MENU, None)
    return tuple(sorted(numbers.values(), key=lambda each: (each.pattern.vagueness, not each.trunk)))


def _number(entry: Entry, languages: Collection[Language], sections: Collection[SectionName]) -> Number:
    begin, comma, language = (part.strip() for part in entry.value.partition(","))
    if comma and language not in languages:
        raise ValueError(f"expected a language of [general] ({', '.join(languages)}), found {language}")
    if begin not in sections:
        raise ValueError(f"expected NUMBER => SECTION, there is no section [{begin}]")
    pattern, at, trunk = (part.strip() for part in entry.key.partition("@"))
    if at and not trunk:
        raise ValueError(f"expected NUMBER@TRUNK, found {entry.key}")
    return Number(parse_pattern(pattern), SectionName(begin), Language(language) if language else None, trunk)


@dataclass(frozen=True, slots=True)
class _Top:
    """The file itself, as a place."""

    file: str

    def problem(self, message: str) -> Problem:
        return Problem(self.file, 1, message)


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(set(problems), key=lambda problem: (problem.file, problem.line, problem.message))
