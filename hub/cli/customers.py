"""`toritsugi customer`: what the menus go by, straight in the database."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from acd.ids import CustomerId
from crm_bridge.identifiers import IdentifierKind, LinkedBy, normalise
from hub.accounts import console
from hub.audit import AuditLog, Deed
from hub.cli.output import fail, failing_plainly, note
from hub.clock import now_ms
from hub.crm import Crm
from hub.database import create_engine
from hub.proofs import ProofDesk
from hub.settings import BaseHubSettings, load_settings
from ivr.flow import Proof

app = typer.Typer(help="What callers prove who they are by, and marks on customers.", no_args_is_help=True)

_Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The customer's telephone number.")]
_Region = Annotated[str, typer.Option(help="Where numbers without a country code are at home (ISO 3166).")]
_Remove = Annotated[bool, typer.Option("--remove", help="Take it away.")]


@app.command()
def prove(
    number: _Number,
    by: Annotated[Proof, typer.Argument(help="pin: 4 to 8 digits; birth: YYYYMMDD.")],
    remove: _Remove = False,
    region: _Region = "JP",
) -> None:
    """Keep a PIN or a date of birth, as a hash; its line is read from standard input."""
    digits = None
    if not remove:
        hides = sys.stdin.isatty()
        digits = str(typer.prompt(by.value, hide_input=True)) if hides else sys.stdin.readline().strip()
    _change(number, region, by.value, lambda crm, customer: ProofDesk(crm.proofs).put(customer, by, digits))
    note(f"{by.value}: {'removed' if remove else 'kept'}")


@app.command()
def tag(
    number: _Number,
    mark: Annotated[str, typer.Argument(metavar="TAG", help="As in `if => tag vip,...`.")],
    remove: _Remove = False,
    region: _Region = "JP",
) -> None:
    """Mark a customer."""

    async def change(crm: Crm, customer: CustomerId) -> None:
        await (crm.tags.remove if remove else crm.tags.add)(customer, mark)

    _change(number, region, "tag", change)
    note(f"{mark}: {'removed' if remove else 'marked'}")


def _change(
    number: str, region: str, what: str, change: Callable[[Crm, CustomerId], Awaitable[None]]
) -> None:
    """Do something with the customer of a number, who is made if there is none, once the audit log has it."""
    address = normalise(IdentifierKind.PHONE, number, region=region)
    if address is None:
        fail(f"expected a telephone number, found {number}")

    async def run() -> None:
        engine = create_engine(load_settings(BaseHubSettings).database_url)
        try:
            crm = Crm.on(engine)
            customer = await crm.customers.ensure(
                IdentifierKind.PHONE, address, LinkedBy.AGENT, at_ms=now_ms()
            )
            await AuditLog(engine).note(console().id, Deed.CHANGE_CUSTOMER, customer.id, what=what)
            await change(crm, customer.id)
        finally:
            await engine.dispose()

    with failing_plainly():
        asyncio.run(run())
