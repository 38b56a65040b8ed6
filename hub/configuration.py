"""The files that an administrator edits, read and checked as one."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import acd.settings
import ivr.load
from acd.dialect import Problem
from acd.errors import SettingsError
from acd.fields import Mention
from acd.ids import QueueName
from acd.policy import RecordPolicy, RoutingSettings
from crm_bridge.knowledge import Answer, Knowledge, examine_knowledge
from gateways.fax.conf import examine_fax
from gateways.form.conf import examine_forms
from gateways.mail.mailboxes import examine_mail
from hub.accounts import Account
from hub.feature_conf import PhoneSettings, examine_phones
from hub.texting.bot_conf import examine_bots, read_bots
from hub.texting.templates import examine_templates, read_templates
from hub.triage import examine_triage, read_triage
from hub.trunks_conf import examine_trunks, read_trunks
from hub.webrtc.conf import examine_web, read_web
from ivr.errors import FlowError
from ivr.flow import Flow
from ivr.intents.intent import Intents, Thresholds
from ivr.intents.load import load_intents
from ivr.limits import Hearing

_NAMED_MAX = 20
"""As many agents are named in a problem; then only how many more there are."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found. `problems` keep a folder from being used, `warnings` are only odd.

    `recorded` are the queues whose calls may be recorded.
    """

    queues: int
    sections: int
    recorded: tuple[QueueName, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def read_config(config_dir: Path) -> tuple[RoutingSettings, Flow]:
    """Read the queue files and the menus; raises `SettingsError` or `FlowError` with every problem.

    `trunks.conf`, `triage.conf`, `bot.conf`, `templates.conf` and `webrtc.conf` are seen to be right:
    `read_trunks`, `read_triage`, `read_bots`, `read_templates` and `read_web` read them for use, as
    `read_knowledge` does `faq.conf`, of which the menus know the questions.
    """
    reading = acd.settings.examine(config_dir)
    if reading.problems:
        raise SettingsError(reading.problems)
    flow = _flow(config_dir, reading, load_intents(config_dir), read_knowledge(config_dir).answers)
    if missing := _missing_menus(reading.menus, flow):
        raise SettingsError(missing)
    read_trunks(config_dir, reading.settings.queues)
    read_triage(config_dir, reading.settings.queues)
    read_bots(config_dir, reading.settings.queues)
    read_templates(config_dir, reading.settings.queues)
    read_web(config_dir, reading.settings.queues)
    return reading.settings, flow


def read_knowledge(config_dir: Path) -> Knowledge:
    """Read faq.conf; raises `SettingsError` with every problem."""
    answers, problems = examine_knowledge(config_dir)
    if problems:
        raise SettingsError(list(problems))
    return Knowledge(answers)


def read_phones(config_dir: Path) -> PhoneSettings:
    """Read what concerns phones; raises `SettingsError` with every problem."""
    reading = examine_phones(config_dir)
    if reading.problems:
        raise SettingsError(list(reading.problems))
    return reading.settings


def check(
    config_dir: Path,
    accounts: Sequence[Account] | None = None,
    recordings: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Findings:
    """Read the files of a folder that an administrator edits as the hub does.

    `recordings` is the folder of recorded prompts; with it those that are asked for are looked for. So are
    the variables of hooks in the `environment`.

    Agents are compared with `accounts`. If these are not known (None), or if there are none yet, that
    is one warning.
    """
    reading = acd.settings.examine(config_dir)
    phones = examine_phones(config_dir)
    problems, warnings = _compare(reading.agents, accounts)
    _, of_trunks = examine_trunks(config_dir, reading.settings.queues)
    numbers = _twice(phones.settings, accounts)
    intents, of_intents = _intents(config_dir)
    names = set(intents.intents) if intents and intents.intents else None
    _, of_triage = examine_triage(config_dir, reading.settings.queues, names)
    found, of_answers = examine_knowledge(config_dir, names)
    answers = None if of_answers else Knowledge(found).answers
    _, of_bots = examine_bots(config_dir, reading.settings.queues)
    _, of_templates = examine_templates(config_dir, reading.settings.queues)
    _, of_forms = examine_forms(config_dir, reading.settings.queues)
    _, of_mail = examine_mail(config_dir)
    _, of_web = examine_web(config_dir, reading.settings.queues)
    _, of_fax = examine_fax(config_dir, reading.settings.queues)
    of_texts = (*of_bots, *of_templates, *of_forms, *of_mail, *of_web, *of_fax)
    of_others = (*numbers, *of_trunks, *of_intents, *of_triage, *of_answers, *of_texts)
    problems = [*reading.problems, *phones.problems, *problems, *of_others]
    queues, recorded = len(reading.settings.queues), tuple(_recorded(reading.settings))
    try:
        flow = _flow(config_dir, reading, intents, answers, recordings, environment)
    except FlowError as error:
        return Findings(queues, 0, recorded, (*problems, *error.problems), tuple(warnings))
    problems += _missing_menus(reading.menus, flow)
    return Findings(queues, len(flow.sections), recorded, tuple(problems), (*warnings, *flow.warnings))


def _recorded(settings: RoutingSettings) -> Iterator[QueueName]:
    for name, queue in settings.queues.items():
        if queue.recording.policy is not RecordPolicy.NEVER:
            yield name


def _twice(phones: PhoneSettings, accounts: Sequence[Account] | None) -> Iterator[Problem]:
    """Yield agents whose extension is the number of a queue."""
    for account in accounts or ():
        if (place := phones.places.get(account.extension)) is not None:
            yield place.problem(f"expected a number that is no agent's extension, {account.id} has it")


def _flow(
    config_dir: Path,
    reading: acd.settings.Reading,
    intents: Intents | None,
    answers: Mapping[str, Answer] | None,
    recordings: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Flow:
    """Read the menus; what is in doubt itself of queues, intents and answers is not looked at."""
    settings, entered = reading.settings, {mention.name for mention in reading.menus}
    thresholds = intents.thresholds if intents else Thresholds()
    return ivr.load.load(
        config_dir,
        None if reading.problems else set(settings.queues),
        entered,
        hours=set(settings.hours),
        intents=intents.intents if intents else None,
        answers=answers,
        recordings=recordings,
        environment=environment,
        hearing=Hearing(thresholds.sure, thresholds.unsure),
    )


def _intents(config_dir: Path) -> tuple[Intents | None, Sequence[Problem]]:
    try:
        return load_intents(config_dir), ()
    except FlowError as error:
        return None, error.problems


def _missing_menus(mentions: Iterable[Mention], flow: Flow) -> list[Problem]:
    known = ", ".join(flow.sections)
    return [
        mention.place.problem(f"expected a section of ivr.conf ({known}), found {mention.name!r}")
        for mention in mentions
        if mention.name not in flow.sections
    ]


def _compare(
    mentions: Sequence[Mention], accounts: Sequence[Account] | None
) -> tuple[list[Problem], list[Problem]]:
    """Return problems and warnings about agents who are named but have no account, or had one."""
    if not mentions:
        return [], []
    if not accounts:
        why = "there are none yet" if accounts is not None else "the database cannot be read"
        return [], [mentions[0].place.problem(f"agents are not compared with the accounts: {why}")]
    active = {account.id for account in accounts if account.disabled_ms is None}
    disabled = {account.id for account in accounts} - active
    strangers = [each for each in mentions if each.name not in {*active, *disabled}]
    return list(_unknown(strangers, active)), [
        each.place.problem(f"the account of {each.name} is disabled")
        for each in mentions
        if each.name in disabled
    ]


def _unknown(strangers: Iterable[Mention], agents: Collection[str]) -> Iterator[Problem]:
    named = sorted(agents)[:_NAMED_MAX]
    more = f" and {len(agents) - len(named)} more" if len(agents) > len(named) else ""
    for each in strangers:
        yield each.place.problem(
            f"expected an agent with an account ({', '.join(named)}{more}), found {each.name!r};"
            f" `toritsugi agent add {each.name}` makes one"
        )
