"""`toritsugi softphone`: an agent's phone on the command line."""

import asyncio
import getpass
import os
import socket
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path
from typing import Annotated, Final

import typer

from cti.softphone import AccountSettings, RegistrationFailed, SoftphoneEngine
from hub.cli import softphone_keys as keys
from hub.cli.language import Language, language
from hub.cli.output import fail, note
from hub.cli.softphone_operator import Operator
from hub.cli.softphone_texts import say

PASSWORD_VARIABLE: Final = "TORITSUGI_SIP_PASSWORD"  # noqa: S105 - the name of a variable
_PORT: Final = 5060
_REGISTER_S: Final = 10.0


def softphone(
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="The agent's id.")],
    server: Annotated[str, typer.Option(help="HOST or HOST:PORT of Asterisk's SIP.")] = "127.0.0.1",
    wav: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Speak this file (16-bit mono) in every call."),
    ] = None,
    auto_answer: Annotated[bool, typer.Option("--auto-answer", help="Take every call at once.")] = False,
    lang: Annotated[Language | None, typer.Option(help="Language of what is shown.")] = None,
) -> None:
    """Be an agent's phone: register, answer, hold, transfer, by single keys or lines.

    The SIP password comes from TORITSUGI_SIP_PASSWORD, or is asked for.
    """
    spoken = lang or language()
    password = _password(spoken)
    host, _, port = server.partition(":")
    address = f"{host}:{port or _PORT}"
    settings = AccountSettings(
        user=agent,
        domain=host,
        password=password,
        registrar=f"sip:{address}",
        bound_address=_local_address(host, int(port or _PORT)),
    )
    asyncio.run(_run(settings, address, spoken, wav, auto_answer=auto_answer))


async def _run(
    settings: AccountSettings, address: str, spoken: Language, wav: Path | None, *, auto_answer: bool
) -> None:
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(SoftphoneEngine())
        phone = await engine.account(settings)
        try:
            await phone.registered(_REGISTER_S)
        except (RegistrationFailed, TimeoutError) as error:
            fail(say(spoken, "not_registered", why=error or "no answer"))
        operator = Operator(phone, address, spoken, note, spoken=wav, auto_answer=auto_answer)
        operator.say("registered", who=f"{settings.user}@{address}")
        is_terminal = keys.is_terminal()
        stack.enter_context(keys.single_keys() if is_terminal else nullcontext())
        operator.say("keys" if is_terminal else "lines")
        showing = asyncio.create_task(operator.run())
        try:
            await _work(operator, spoken, is_terminal=is_terminal)
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
            await operator.close()
        operator.say("bye")


async def _work(operator: Operator, spoken: Language, *, is_terminal: bool) -> None:
    def ask(question: str) -> None:
        typer.echo(say(spoken, question), nl=False)

    async for word in keys.typed_words(ask) if is_terminal else keys.typed_lines():
        if word == keys.HOLD_KEY:
            await operator.toggle_hold()
        elif not await operator.do(word):
            return


def _password(spoken: Language) -> str:
    if password := os.environ.get(PASSWORD_VARIABLE):
        return password
    if not keys.is_terminal():
        fail(say(spoken, "no_password", variable=PASSWORD_VARIABLE))
    return getpass.getpass(say(spoken, "password"))


def _local_address(host: str, port: int) -> str:
    """Return the address of this machine from which a server is reached; nothing is sent."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((host, port))
            return str(probe.getsockname()[0])
    except OSError as error:
        fail(f"{host}: {error.strerror}")
