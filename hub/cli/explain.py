"""`toritsugi explain`: why a contact is where it is, and how it came there, in plain words."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import typer

from acd.contact import ContactState
from acd.ids import ContactId
from hub.bilingual import Bilingual
from hub.cli.language import Language, language
from hub.cli.output import fail, failing_plainly, is_terminal, note, table
from hub.explained import ContactRouting, Happened, Standing
from hub.settings import Settings, load_settings

_STATES = {
    ContactState.WAITING: Bilingual("待っている", "waits"),
    ContactState.OFFERED: Bilingual("呼び出し中", "is offered"),
    ContactState.CONNECTED: Bilingual("対応中", "is with its agent"),
    ContactState.WRAP_UP: Bilingual("後処理中", "is being wrapped up"),
    ContactState.ENDED: Bilingual("終了", "has ended"),
}
_ENDED = Bilingual("終了している", "has ended")
_UNKNOWN = Bilingual("不明", "not known yet")


def explain(
    contact: Annotated[str, typer.Argument(help="Id of a contact, live or ended.")],
    lang: Annotated[Language | None, typer.Option(help="ja or en; without it, as the locale says.")] = None,
) -> None:
    """Say where a contact stands, which agents were passed over by which rule, and its history."""
    from hub.app import explain as explain_contact  # the whole hub, which no other command needs

    with failing_plainly():
        found = asyncio.run(explain_contact(load_settings(Settings), ContactId(contact)))
    if found is None:
        fail(f"There is no contact {contact}.")
    _print(found, lang or language())


def _print(found: ContactRouting, lang: Language) -> None:
    rich = is_terminal()
    state = lang.of(_STATES[found.now.state] if found.now else _ENDED)
    note(f"{found.contact}  {found.channel or '-'}  {found.queue or '-'}  {state}")
    if found.now is not None:
        for line in _standing(found.now, lang):
            note(line)
        agents = [(each.agent, each.rule.value, lang.of(each.text)) for each in found.now.considered]
        header = lang.of(Bilingual("オペレーター", "agent")), lang.of(Bilingual("規則", "rule")), ""
        if agents:
            note("")
            table(header, agents, rich=rich)
    if found.history:
        note("")
    for line in _history(found.history, lang, "  " if rich else "\t"):
        note(line)


def _standing(now: Standing, lang: Language) -> Iterable[str]:
    if now.agent is not None:
        yield lang.of(Bilingual(f"オペレーター: {now.agent}", f"agent: {now.agent}"))
    if not now.position:
        return
    wait = lang.of(_UNKNOWN) if now.wait_ms is None else f"{now.wait_ms / 1000:.0f} s"
    yield lang.of(Bilingual(f"順番: {now.position}", f"position: {now.position}"))
    yield lang.of(Bilingual(f"予想待ち時間: {wait}", f"predicted wait: {wait}"))
    yield lang.of(Bilingual(f"スコア: {now.score}", f"score: {now.score}"))
    for ahead in now.ahead:
        yield lang.of(
            Bilingual(f"  前に: {ahead.contact} {ahead.score}", f"  ahead: {ahead.contact} {ahead.score}")
        )


def _history(history: Iterable[Happened], lang: Language, gap: str) -> Iterable[str]:
    """Yield a line for each decision, below an offer one for each agent: a table would cut long ones."""
    for item in history:
        moment = datetime.fromtimestamp(item.at_ms / 1000).astimezone()
        sign = "≤" if item.is_late else " "
        yield f"{sign}{moment:%Y-%m-%d %H:%M:%S}.{item.at_ms % 1000:03}{gap}{lang.of(item.text)}"
        for passed in item.considered:
            yield f"{gap}{gap}{passed.agent}: {lang.of(passed.text)} ({passed.rule})"
