"""`forms.conf`: which forms there are, and where what is filled in goes.

[contact]                                 ; POST /webhooks/ticket/contact
title = Contact
field => name,name,required               ; NAME,TYPE[,required][,one|of|these]
field => email,email,required             ; each form has one such: the answer goes there
field => topic,choice,required,billing|delivery|other
field => body,long,required
subject = topic                           ; the field that is the subject; without one: the title
queue => billing: topic=billing           ; the first rule that fits
queue => support
origin => https://www.example.jp          ; whose pages may ask for the form by script
honeypot = website                        ; a field that people do not see, and that stays empty
least = 3                                 ; seconds that filling it in takes at least
rate = 5                                  ; requests from one address in ten minutes
files = 3
file_types = image/*,application/pdf
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from acd.dialect import Entry, Problem, Section, read_optional

FILE_NAME = "forms.conf"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d+)?")
_KEYS = frozenset(
    ("title", "field", "subject", "queue", "origin", "honeypot", "least", "rate", "files", "file_types")
)


class FieldType(StrEnum):
    """What a field holds. `LONG` is text of several lines, `NAME` what the customer calls himself."""

    TEXT = "text"
    LONG = "long"
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class FormField:
    name: str
    type: FieldType
    is_required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a request goes if its field has a value; without a field: every request."""

    queue: str
    field: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A section of forms.conf. `least_s` 0 and `rate` 0: no such guard."""

    name: str
    title: str
    fields: tuple[FormField, ...]
    subject: str = ""
    rules: tuple[Rule, ...] = ()
    origins: tuple[str, ...] = ()
    honeypot: str = ""
    least_s: int = 0
    rate: int = 5
    files_max: int = 0
    file_types: tuple[str, ...] = ()

    def of_type(self, kind: FieldType) -> str:
        """Return the name of the first field of a type; empty if there is none."""
        return next((each.name for each in self.fields if each.type is kind), "")

    def queue(self, values: Mapping[str, str]) -> str | None:
        """Return where a request goes; None if no rule says so."""
        fitting = (rule for rule in self.rules if not rule.field or values.get(rule.field) == rule.value)
        return next((rule.queue for rule in fitting), None)


def examine_forms(
    config_dir: Path, queues: Collection[str] | None = None
) -> tuple[dict[str, Form], tuple[Problem, ...]]:
    """Read forms.conf of a folder; returns the forms and what is wrong. No file: no forms."""
    document, problems = read_optional(config_dir / FILE_NAME)
    reader = _Reader(queues)
    forms = [reader.form(section) for section in document.concrete()]
    return {form.name: form for form in forms}, (*problems, *reader.problems)


class _Reader:
    def __init__(self, queues: Collection[str] | None) -> None:
        self._queues = queues
        self.problems: list[Problem] = []

    def form(self, section: Section) -> Form:
        for entry in section.entries:
            if entry.key.casefold() not in _KEYS:
                self._note(entry, f"expected one of {', '.join(sorted(_KEYS))}, found {entry.key!r}")
        if not _NAME.fullmatch(section.name):
            self._note(section, f"expected a name of a-z, 0-9, '_' or '-', found {section.name!r}")
        fields = tuple(filter(None, map(self._field, section.all("field"))))
        if sum(each.type is FieldType.EMAIL and each.is_required for each in fields) != 1:
            self._note(section, "expected one field => NAME,email,required")
        names = {each.name for each in fields}
        subject = self._text(section, "subject")
        if subject and subject not in names:
            self._note(section, f"expected subject = one of {', '.join(sorted(names))}, found {subject!r}")
        return Form(
            name=section.name,
            title=self._text(section, "title") or section.name,
            fields=fields,
            subject=subject,
            rules=tuple(self._rule(entry, names) for entry in section.all("queue")),
            origins=tuple(filter(None, map(self._origin, section.all("origin")))),
            honeypot=self._text(section, "honeypot"),
            least_s=self._number(section, "least", 0, 600),
            rate=self._number(section, "rate", 5, 10_000),
            files_max=self._number(section, "files", 0, 20),
            file_types=tuple(filter(None, map(str.strip, self._text(section, "file_types").split(",")))),
        )

    def _field(self, entry: Entry) -> FormField | None:
        name, kind, *more = [*map(str.strip, entry.value.split(",")), ""]
        more = [each for each in more if each]
        is_required = "required" in more
        choices = next((each.split("|") for each in more if each != "required"), [])
        if not _NAME.fullmatch(name) or kind not in tuple(FieldType):
            types = ", ".join(FieldType)
            self._note(entry, f"expected field => NAME,TYPE with a type of {types}, found {entry.value!r}")
            return None
        if (kind == FieldType.CHOICE) is not bool(choices):
            self._note(entry, "expected one|of|these for a choice, and for nothing else")
        return FormField(name, FieldType(kind), is_required, tuple(map(str.strip, choices)))

    def _rule(self, entry: Entry, names: Collection[str]) -> Rule:
        queue, _, condition = (each.strip() for each in entry.value.partition(":"))
        field, _, value = (each.strip() for each in condition.partition("="))
        if self._queues is not None and queue not in self._queues:
            self._note(entry, f"expected one of {', '.join(sorted(self._queues))}, found {queue!r}")
        if condition and field not in names:
            self._note(entry, f"expected FIELD=VALUE with one of {', '.join(sorted(names))}, found {field!r}")
        return Rule(queue, field, value)

    def _origin(self, entry: Entry) -> str:
        if not _ORIGIN.fullmatch(entry.value):
            self._note(entry, f"expected an origin such as https://www.example.jp, found {entry.value!r}")
            return ""
        return entry.value

    def _text(self, section: Section, key: str) -> str:
        entry = section.get(key)
        return entry.value.strip() if entry else ""

    def _number(self, section: Section, key: str, default: int, most: int) -> int:
        entry = section.get(key)
        if entry is None:
            return default
        if not re.fullmatch(r"[0-9]{1,6}", entry.value) or int(entry.value) > most:
            self._note(entry, f"expected {key} = a number from 0 to {most}, found {entry.value!r}")
            return default
        return int(entry.value)

    def _note(self, at: Entry | Section, message: str) -> None:
        self.problems.append(at.problem(message))
