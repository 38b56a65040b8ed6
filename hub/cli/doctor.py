"""`toritsugi doctor`: what differs between the hub, Redis, Asterisk and the database."""

import asyncio
from typing import Annotated, Any

import aiohttp
import typer

from hub.accounts import Account, Accounts, Role
from hub.bilingual import Bilingual
from hub.cli.language import Language, language
from hub.cli.output import failing_plainly, note
from hub.database import create_engine
from hub.errors import DatabaseUnavailable
from hub.passwords import Passwords
from hub.sessions import Sessions
from hub.settings import Settings, load_settings

Shown = dict[str, Any]

_TIMEOUT = aiohttp.ClientTimeout(total=60)
_DIFFERENT, _AWAY = 1, 2


class _NotExamined(Exception):
    """The hub could not be asked; the message says why."""


def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Have the hub repair what differs.")] = False,
    by: Annotated[
        str | None, typer.Option("--as", help="The administrator's account by which it is done.")
    ] = None,
    lang: Annotated[Language | None, typer.Option(help="ja or en; without it, as the locale says.")] = None,
) -> None:
    """Compare what hub, router, Asterisk and database hold for true.

    Exit code 0: they agree; 1: they differ; 2: a part is away, so that not all could be compared.
    """
    told = lang or language()
    with failing_plainly():
        settings = load_settings(Settings)
    try:
        found = asyncio.run(_ask(settings, by, repair=repair))
    except (_NotExamined, DatabaseUnavailable) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_AWAY) from None
    _print(found, told)
    if found["away"]:
        raise typer.Exit(_AWAY)
    if found["differences"]:
        raise typer.Exit(_DIFFERENT)


async def _ask(settings: Settings, by: str | None, *, repair: bool) -> Shown:
    """Have the running hub look, in a session of its own for an administrator."""
    engine = create_engine(settings.database_url)
    try:
        accounts, sessions = Accounts(engine, Passwords()), Sessions(engine)
        session = await sessions.begin(_administrator(await accounts.all(), by))
        try:
            return await _request(settings, session.token, repair=repair)
        finally:
            await sessions.end(session.token)
    finally:
        await engine.dispose()


def _administrator(accounts: list[Account], by: str | None) -> Account:
    usable = [each for each in accounts if each.role is Role.ADMIN and each.disabled_ms is None]
    found = next((each for each in usable if by in (None, each.id)), None)
    if found is None:
        raise _NotExamined(
            f"{by} is no administrator's account."
            if by
            else "No account is an administrator's: toritsugi agent add ID --name NAME --role admin"
        )
    return found


async def _request(settings: Settings, token: str, *, repair: bool) -> Shown:
    url = f"http://{settings.http_host}:{settings.http_port}/api/v1/doctor"
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers, timeout=_TIMEOUT) as http:
        try:
            request = http.post(f"{url}/repair") if repair else http.get(url)
            async with request as answer:
                if answer.status != 200:
                    raise _NotExamined(f"the hub answers {answer.status} {answer.reason}")
                found: Shown = await answer.json()
                return found
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _NotExamined(f"the hub does not answer: {error or type(error).__name__}") from None


def _print(found: Shown, lang: Language) -> None:
    for each in found["away"]:
        note(f"! {_in(each['text'], lang)}")
    for each in found.get("repaired", ()):
        done = lang.of(Bilingual("修復しました", "repaired"))
        note(f"+ {each['kind']}  {_in(each['text'], lang)}  [{done}]")
    for each in found["differences"]:
        note(f"- {each['kind']}  {_in(each['text'], lang)}{_age(each['age_ms'], lang)}")
        note(f"    --repair: {_in(each['repair'], lang)}")
    if not found["differences"] and not found["away"]:
        note(lang.of(Bilingual("違いはありません。", "No differences.")))


def _in(text: dict[str, str], lang: Language) -> str:
    return text[lang.value]


def _age(age_ms: int | None, lang: Language) -> str:
    if age_ms is None:
        return ""
    return lang.of(Bilingual(f"({age_ms / 1000:.0f}秒前から)", f" ({age_ms / 1000:.0f} s old)"))
