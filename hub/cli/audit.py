"""`toritsugi audit`: who did or looked at what, straight from the database."""

import asyncio
import json
from datetime import datetime
from typing import Annotated

import typer

from hub.audit import AuditLog, Deed, Entry
from hub.cli.output import failing_plainly, is_terminal, table
from hub.database import create_engine
from hub.settings import BaseHubSettings, load_settings


def audit(
    actor: Annotated[str | None, typer.Option(help="Only what this account did.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only what was done to this agent, contact...")] = None,
    deed: Annotated[Deed | None, typer.Option(help="Only this.")] = None,
    before: Annotated[datetime | None, typer.Option(help="Only what is older.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many lines, the latest.")] = 100,
) -> None:
    """List the audit log, newest first: time, who, what, to what, and details as JSON."""
    settings = load_settings(BaseHubSettings)

    async def run() -> list[Entry]:
        engine = create_engine(settings.database_url)
        before_ms = round(before.timestamp() * 1000) if before else None
        try:
            return await AuditLog(engine).entries(
                before_ms=before_ms, actor=actor, subject=subject, deed=deed, limit=limit
            )
        finally:
            await engine.dispose()

    with failing_plainly():
        entries = asyncio.run(run())
    header = ("at", "actor", "deed", "subject", "detail")
    table(header, [_line(each) for each in entries], rich=is_terminal())


def _line(entry: Entry) -> tuple[str, ...]:
    at = datetime.fromtimestamp(entry.at_ms / 1000).astimezone().isoformat(timespec="milliseconds")
    detail = json.dumps(entry.detail, ensure_ascii=False)
    return (at, entry.actor, entry.deed.value, entry.subject, detail)
