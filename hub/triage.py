"""`triage.conf`: which other ways a caller is offered, by what he wants, the wait ahead, and the hours.

[general]
held = 24                   ; hours without a call of his: then he was served by the other way
resume = 120                ; minutes for which who calls again goes on where he was

[long-wait]                 ; the first rule that fits is taken
intent => billing,delivery  ; of intents.conf; without any: whatever it is
queue => support            ; without any: all queues
wait = 300                  ; seconds of predicted wait, or more
hours = open                ; or closed, any
customer = any              ; or known, unknown, vip
offer => line,callback      ; the ways, in the order in which they are offered
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from acd.dialect import Entry, Problem, Section, read_optional
from acd.errors import SettingsError
from acd.fields import Fields
from acd.ids import QueueName

FILE_NAME: Final = "triage.conf"
VIP: Final = "vip"
OFFERS_MAX: Final = 4
"""So many ways are offered at once: a caller has to remember their keys."""
_WAIT_S_MAX: Final = 86_400
_KEYS: Final = frozenset({"intent", "queue", "wait", "hours", "customer", "offer"})
_NAME: Final = re.compile(r"[\w.-]{1,64}")


class Way(StrEnum):
    """How a caller may be served instead of waiting on the line."""

    LINE = "line"
    SMS = "sms"
    CHAT = "chat"
    EMAIL = "email"
    CALLBACK = "callback"
    FAQ = "faq"


class Hours(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    ANY = "any"


class CustomerIs(StrEnum):
    """Who a rule is for. `VIP`: a customer with that tag."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    VIP = "vip"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A section of triage.conf. Empty `intents` or `queues`: all; `wait_s` 0: however short the wait is."""

    name: str
    intents: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    wait_s: int = 0
    hours: Hours = Hours.ANY
    customer: CustomerIs = CustomerIs.ANY
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageRules:
    """All that triage.conf says. `held_s` and `resume_s`: see the file."""

    rules: tuple[Rule, ...] = ()
    held_s: int = 24 * 3600
    resume_s: int = 120 * 60

    @property
    def asks_tags(self) -> bool:
        """Whether any rule looks at a customer's tags."""
        return any(rule.customer is CustomerIs.VIP for rule in self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A caller who might be offered another way. `wait_s` None: nobody can tell how long he would wait.

    `customer_tags` None: he is a stranger.
    """

    intent: str
    queue: str
    wait_s: float | None
    is_open: bool
    customer_tags: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Triage:
    """What to offer, in order, and why.

    `rule` is the one that fitted ("": none). `passed_over` says of each rule before it what did not fit,
    `left_out` of each of its ways that is not offered why.
    """

    rule: str = ""
    offers: tuple[Way, ...] = ()
    passed_over: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[Way, str] = field(default_factory=dict)

    @property
    def explanation(self) -> str:
        """One line for logs and people."""
        passed = [f"{rule}: {why}" for rule, why in self.passed_over.items()]
        left = [f"{way}: {why}" for way, why in self.left_out.items()]
        found = f"{self.rule}: {', '.join(self.offers) or 'nothing'}" if self.rule else "no rule"
        return "; ".join((found, *passed, *left))


def offers(rules: TriageRules, situation: Situation, available: Mapping[Way, str]) -> Triage:
    """Return what a caller is offered.

    `available` has each way that there is, with the reason why it cannot be offered now ("": it can).
    """
    passed_over: dict[str, str] = {}
    for rule in rules.rules:
        if why := _misfit(rule, situation):
            passed_over[rule.name] = why
            continue
        reasons = {way: available.get(way, "not_served") for way in rule.ways}
        fit = [way for way, why in reasons.items() if not why]
        left_out = {way: why for way, why in reasons.items() if why}
        left_out |= dict.fromkeys(fit[OFFERS_MAX:], "too_many")
        return Triage(rule.name, tuple(fit[:OFFERS_MAX]), passed_over, left_out)
    return Triage(passed_over=passed_over)


def _misfit(rule: Rule, situation: Situation) -> str:
    """Return what of a rule does not fit, the word of the file; empty if all does."""
    tags = situation.customer_tags
    is_his = {
        CustomerIs.ANY: True,
        CustomerIs.KNOWN: tags is not None,
        CustomerIs.UNKNOWN: tags is None,
        CustomerIs.VIP: tags is not None and VIP in tags,
    }[rule.customer]
    fits = {
        "intent": not rule.intents or situation.intent in rule.intents,
        "queue": not rule.queues or situation.queue in rule.queues,
        "hours": rule.hours is Hours.ANY or (rule.hours is Hours.OPEN) is situation.is_open,
        "customer": is_his,
        "wait": not rule.wait_s or (situation.wait_s is not None and situation.wait_s >= rule.wait_s),
    }
    return next((word for word, does in fits.items() if not does), "")


def examine_triage(
    config_dir: Path, queues: Collection[str] | None = None, intents: Collection[str] | None = None
) -> tuple[TriageRules, tuple[Problem, ...]]:
    """Read triage.conf of a folder; returns the rules and what is wrong. No file: nothing is offered.

    `queues` or `intents` None: whether there are such is not known here.
    """
    document, problems = read_optional(config_dir / FILE_NAME)
    fields = Fields()
    general = document.sections.get("general")
    rules = [
        _rule(fields, section, queues, intents)
        for section in document.concrete()
        if section.name != "general"
    ]
    held_h, resume_min = 24, 120
    if general is not None:
        fields.known_keys(general, frozenset({"held", "resume"}), f"{FILE_NAME}'s [general]")
        held_h = fields.number(general, "held", held_h, 1, 24 * 31, "hours")
        resume_min = fields.number(general, "resume", resume_min, 0, 24 * 60, "minutes")
    read_rules = TriageRules(rules=tuple(rules), held_s=held_h * 3600, resume_s=resume_min * 60)
    return read_rules, (*problems, *fields.problems)


def read_triage(config_dir: Path, queues: Collection[str]) -> TriageRules:
    """Read triage.conf for use; raises `SettingsError` with every problem."""
    rules, problems = examine_triage(config_dir, queues)
    if problems:
        raise SettingsError(list(problems))
    return rules


@dataclass(slots=True)
class Triaging:
    """The rules that hold now, for those who are made before a reload."""

    rules: TriageRules

    def __call__(self) -> TriageRules:
        return self.rules


def _rule(
    fields: Fields, section: Section, queues: Collection[str] | None, intents: Collection[str] | None
) -> Rule:
    fields.known_keys(section, _KEYS, FILE_NAME)
    if not _NAME.fullmatch(section.name):
        fields.note(section, f"expected a name of letters, digits, '.', '_' or '-', found {section.name!r}")
    return Rule(
        name=section.name,
        intents=frozenset(_names(fields, section, "intent", intents)),
        queues=frozenset(QueueName(each) for each in _names(fields, section, "queue", queues)),
        wait_s=fields.seconds(section, "wait", 0, 0, _WAIT_S_MAX),
        hours=Hours(fields.word(section, "hours", tuple(Hours), Hours.ANY)),
        customer=CustomerIs(fields.word(section, "customer", tuple(CustomerIs), CustomerIs.ANY)),
        ways=_ways(fields, section),
    )


def _names(fields: Fields, section: Section, key: str, known: Collection[str] | None) -> Iterator[str]:
    for entry, name in _listed(section.all(key)):
        if known is not None and name not in known:
            fields.note(entry, f"expected {key} => one of {', '.join(sorted(known))}, found {name!r}")
        else:
            yield name


def _ways(fields: Fields, section: Section) -> tuple[Way, ...]:
    ways: list[Way] = []
    for entry, word in _listed(section.all("offer")):
        found = fields.one_of(entry, word.casefold(), tuple(Way))
        if found is not None and found in ways:
            fields.note(entry, f"expected each way once, found {found} again")
        elif found is not None:
            ways.append(Way(found))
    if not section.all("offer"):
        fields.note(section, f"expected offer => one or more of {', '.join(Way)}")
    return tuple(ways)


def _listed(entries: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    return ((entry, word.strip()) for entry in entries for word in entry.value.split(","))
