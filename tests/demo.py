"""`./run demo`: the story of `tests.story`, played against the running hub, told in plain words.

With `--json` one JSON object a line: `step`, `ok` and the figures of the step. Exit code 1 if one failed.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from contextlib import AbstractContextManager, AsyncExitStack
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientResponseError
from rich.console import Console

from cti.softphone import SoftphoneError
from gateways.line.account import LineAccount
from gateways.sms.account import SmsAccount
from hub.accounts import Accounts, Role
from hub.database import create_engine
from hub.errors import AccountExists
from hub.passwords import Passwords
from hub.services.ports import LocalPorts
from hub.services.render import write_private
from hub.settings import Settings, load_settings
from tests.fakes.providers import ProviderSimulator
from tests.story.desktop import CommandRefused
from tests.story.play import Stage, Step, Story, StoryFailed

_AGENTS = {"sato": "佐藤", "tanaka": "田中"}
_NUMBER_DIGITS = 8
_FAILURES = (StoryFailed, CommandRefused, SoftphoneError, ClientError, TimeoutError, OSError)


def main() -> int:
    """Play the story and return the exit code."""
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    as_json = parser.parse_args().json
    home = Path(os.environ["TORITSUGI_HOME"])
    try:
        return asyncio.run(
            _demo(home, _Passwords(home / "demo.json"), load_settings(Settings), _Told(as_json))
        )
    except (OSError, AccountExists) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


class _Passwords:
    """Passwords of the story's two agents, made once and kept in a private file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: dict[str, list[str]] = json.loads(file.read_text()) if file.exists() else {}

    async def of_agents(self, database_url: str) -> dict[str, tuple[str, str]]:
        """Return desktop and phone password of each agent, making the accounts the first time."""
        if not self._kept:
            self._kept = await _new_agents(database_url)
            write_private(self._file, json.dumps(self._kept))
        return {agent: (one, other) for agent, (one, other) in self._kept.items()}


async def _new_agents(database_url: str) -> dict[str, list[str]]:
    engine = create_engine(database_url)
    accounts, made = Accounts(engine, Passwords()), {}
    try:
        for agent, name in _AGENTS.items():
            new = await accounts.add(agent, name, Role.AGENT)
            made[agent] = [new.password, new.sip_password]
    except AccountExists as error:
        raise AccountExists(f"{error}: the demo makes its own, use an installation without them") from None
    finally:
        await engine.dispose()
    return made


class _Told:
    """Tells how the story goes: on a terminal with a sign of progress, or as JSON."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(highlight=False, quiet=as_json)

    def begin(self, title: str) -> AbstractContextManager[object]:
        return self._console.status(title)

    def step(self, step: Step, seconds: float) -> None:
        if self._as_json:
            print(json.dumps({"step": step.name, "ok": True, **step.figures}, ensure_ascii=False), flush=True)
            return
        figures = "  ".join(f"{name} {value}" for name, value in step.figures.items())
        self._console.print(f"[green]✓[/] {step.ja}\n  {step.en}", soft_wrap=True)
        self._console.print(f"  [dim]{seconds:.1f} s  {figures}[/]", soft_wrap=True)

    def failed(self, name: str, reason: str) -> None:
        if self._as_json:
            print(json.dumps({"step": name, "ok": False, "reason": reason}, ensure_ascii=False), flush=True)
        else:
            self._console.print(f"[red]✗[/] {name}: {reason}")


async def _demo(home: Path, kept: _Passwords, settings: Settings, told: _Told) -> int:
    passwords = await kept.of_agents(settings.database_url)
    ports = LocalPorts.configured(os.environ)
    line, sms = load_settings(LineAccount), load_settings(SmsAccount)
    address = urlsplit(line.line_api_base)
    assert line.line_channel_secret is not None
    assert line.line_channel_access_token is not None
    assert sms.sms_provider_token is not None
    simulator = ProviderSimulator(
        webhook_url=f"{settings.public_url}/webhooks/line",
        line_secret=line.line_channel_secret.get_secret_value(),
        line_token=line.line_channel_access_token.get_secret_value(),
        sms_token=sms.sms_provider_token.get_secret_value(),
        port=address.port or 0,
    )
    with tempfile.TemporaryDirectory(prefix="toritsugi-demo-") as folder:
        async with simulator, AsyncExitStack() as stack:
            stage = Stage(
                hub_url=settings.public_url,
                sip_host=settings.ami_host,
                sip_port=ports.sip,
                passwords=passwords,
                recordings=settings,
                folder=Path(folder),
                simulator=simulator,
                **_strangers_to_earlier_plays(),
            )
            return await _play(Story(stage, stack), told)


async def _play(story: Story, told: _Told) -> int:
    for name, step in story.steps:
        began = time.monotonic()
        try:
            with told.begin(name):
                done = await step()
        except _FAILURES as error:
            told.failed(name, _reason(error))
            return 1
        told.step(done, time.monotonic() - began)
    return 0


def _reason(error: Exception) -> str:
    """Say why a step failed, and where that is known what to do."""
    match error:
        case ClientResponseError(status=HTTPStatus.UNAUTHORIZED):
            return "the hub refuses the password in demo.json: it was changed, or is of another installation"
        case CommandRefused():
            return f"the hub refused a command: {error.code}"
    return str(error) or "it took too long"


def _strangers_to_earlier_plays() -> dict[str, str]:
    """Return people whom the hub has never met, so that the demo can be played again."""
    moment = str(time.time_ns())
    digits = moment[-_NUMBER_DIGITS - 6 : -6]
    return {
        "line_user": f"U{int(moment):032x}"[:33],
        "customer_number": f"090{digits}",
        "stranger_number": f"080{digits}",
    }


if __name__ == "__main__":
    sys.exit(main())
