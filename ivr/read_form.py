"""Forms as they are written: what callers are asked for, one thing after the other.

type = form
slot => order-number,number,length=4-8,check=luhn    ; or date[,past|future], or name; `optional` at the end
ask[ja] => order-number,ご注文番号をお話しください。
then => queue,support                                ; all was asked
on_failure => queue,support                          ; the caller wants an agent, or was not understood
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from acd.dialect import Entry
from ivr.caller import QUIET_S_MAX
from ivr.flow import LUHN, FormSection, Language, Prompt, Repeat, Saying
from ivr.luhn import is_luhn
from ivr.reader import TEXT_LENGTH_MAX, Reader
from ivr.slots import Form, Slot, SlotKind
from ivr.spoken_dates import Tense
from ivr.words import LANGUAGES

_NAME = re.compile(r"[\w-]+")
_LENGTH = re.compile(r"length=([0-9]{1,2})(?:-([0-9]{1,2}))?")
_LENGTH_MAX = 32
_EXPECTED = "expected slot => NAME,number[,length=N-M][,check=luhn], NAME,date[,past|,future] or NAME,name"


@dataclass(slots=True)
class _Written:
    """How one slot is written."""

    name: str
    kind: SlotKind
    length: tuple[int, int] = (1, 20)
    tense: Tense = Tense.NEAREST
    is_luhn: bool = False
    optional: bool = False
    questions: dict[Language, Prompt] = field(default_factory=dict)

    def slot(self) -> Slot:
        return Slot(
            name=self.name,
            kind=self.kind,
            prompt=MappingProxyType({language: each.text for language, each in self.questions.items()}),
            length_min=self.length[0],
            length_max=self.length[1],
            tense=self.tense,
            check=is_luhn if self.is_luhn else None,
            optional=self.optional,
        )


def read_form(reader: Reader) -> FormSection:
    """Read a form; its slots are variables from then on."""
    for language in reader.context.languages:
        if language not in LANGUAGES:
            reader.note(f"expected forms in {', '.join(LANGUAGES)} alone, [general] has {language}")
    wanted = _slots(reader)
    _ask(reader, wanted)
    keys = reader.keys(required=False)
    repeating = frozenset(key for key, action in keys.items() if isinstance(action, Repeat))
    form = Form(
        tuple(each.slot() for each in wanted.values()),
        reader.options.whole("retries", 2, 0, 9) + 1,
        leaving=frozenset(keys) - repeating,
        repeating=repeating,
    )
    reader.findings.variables.update(wanted)
    questions: list[Saying] = [MappingProxyType(each.questions) for each in wanted.values()]
    return FormSection(
        name=reader.name,
        prompt=reader.saying("prompt", required=False),
        form=form,
        questions=tuple(questions),
        timeout_s=reader.options.seconds("timeout", 4, 0.5, 60),
        digit_timeout_s=reader.options.seconds("digit_timeout", 3, 0.5, QUIET_S_MAX),
        then=reader.action("then", silent=all(each.optional for each in wanted.values())),
        on_failure=reader.action("on_failure", silent=True),
        keys=keys,
    )


def _slots(reader: Reader) -> Mapping[str, _Written]:
    found: dict[str, _Written] = {}
    for entry in reader.options.all("slot"):
        name, *words = (word.strip() for word in entry.value.split(","))
        try:
            found[name] = _slot(name, words)
        except ValueError:
            reader.note(f"{_EXPECTED}, found {entry.value}", entry)
    if not found:
        reader.note(f"expected slot => NAME,KIND in the form [{reader.name}]")
    return found


def _slot(name: str, words: Sequence[str]) -> _Written:
    """Read one slot; raises `ValueError`."""
    if not _NAME.fullmatch(name) or not words:
        raise ValueError(name)
    wanted = _Written(name, SlotKind(words[0].casefold()))
    for word in words[1:]:
        option = word.replace(" ", "").casefold()
        match = _LENGTH.fullmatch(option)
        if option == "optional":
            wanted.optional = True
        elif wanted.kind is SlotKind.NUMBER and match:
            least, most = int(match[1]), int(match[2] or match[1])
            if not 1 <= least <= most <= _LENGTH_MAX:
                raise ValueError(word)
            wanted.length = (least, most)
        elif wanted.kind is SlotKind.NUMBER and option == f"check={LUHN}":
            wanted.is_luhn = True
        elif wanted.kind is SlotKind.DATE:
            wanted.tense = Tense(option)
        else:
            raise ValueError(word)
    return wanted


def _ask(reader: Reader, wanted: Mapping[str, _Written]) -> None:
    """Read `ask[ja] => NAME,WORDS`: a question for each slot in each language."""
    for language, entries in reader.all_by_language("ask").items():
        for entry in entries:
            name, _, words = (part.strip() for part in entry.value.partition(","))
            if name not in wanted or not _is_sayable(words):
                reader.note(f"expected ask[{language}] => SLOT,WORDS with a slot of the form", entry)
            else:
                wanted[name].questions[language] = _question(reader, entry, name, words, language)
        for each in wanted.values():
            if language not in each.questions:
                reader.note(f"expected ask[{language}] => {each.name},WORDS")


def _is_sayable(words: str) -> bool:
    return 1 <= len(words) <= TEXT_LENGTH_MAX and not re.search(r"[{}]", words)


def _question(reader: Reader, entry: Entry, name: str, words: str, language: Language) -> Prompt:
    """Return a question; a recording of the name SECTION-SLOT goes before its words."""
    origin = reader.context.origins.of(entry)
    return Prompt(f"{origin}-{name}", language, words)
