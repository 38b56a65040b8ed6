"""All commands, put together."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

_COMMANDS = {
    "serve": "serving:serve",
    "migrate": "serving:migrate",
    "explain": "explain:explain",
    "softphone": "softphone:softphone",
    "phones": "sip:phones",
    "trunks": "sip:trunks",
    "doctor": "doctor:doctor",
    "audit": "audit:audit",
    "agent": "agents:app",
    "config": "config:app",
    "customer": "customers:app",
    "intents": "intents:app",
    "ivr": "ivr:app",
    "prompts": "prompts:app",
    "queue": "queue:app",
    "recording": "recordings:app",
    "blocked": "sip:blocked",
    "speech": "speech:app",
}
"""Where each command is, in this package: a function, or a `typer.Typer` with commands of its own."""


class _Commands(TyperGroup):
    """Loads a command when it is named: all of them together are half the hub."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*_COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"hub.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            return typer.main.get_group(found)
        alone = typer.Typer(add_completion=False)
        alone.command(cmd_name)(found)
        return typer.main.get_command(alone)


app = typer.Typer(
    cls=_Commands,
    name="toritsugi",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def toritsugi() -> None:
    """The contact hub: serves, and administers what it serves."""
