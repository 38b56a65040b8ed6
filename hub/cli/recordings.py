"""`toritsugi recording`: what is in the store, whether it is whole, and a copy of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from acd.ids import AgentId, ContactId, QueueName
from hub.cli.output import fail, failing_plainly, is_terminal, note, table
from hub.objects.errors import NoKey, ObjectDamaged
from hub.recordings.catalogue import Filter, StoredRecording
from hub.recordings.outside import Archive, archive
from hub.settings import RecordingSettings, load_settings

T = TypeVar("T")

app = typer.Typer(help="Recordings of calls.", no_args_is_help=True)

_Contact = Annotated[str | None, typer.Option(help="Only those of a contact.")]
_Agent = Annotated[str | None, typer.Option(help="Only those on which this agent talks.")]
_Queue = Annotated[str | None, typer.Option(help="Only those of a queue.")]
_Id = Annotated[str, typer.Argument(metavar="ID", help="Id of a recording.")]


@app.command("list")
def list_recordings(contact: _Contact = None, agent: _Agent = None, queue: _Queue = None) -> None:
    """List recordings, newest first."""
    which = Filter(
        contact=ContactId(contact) if contact else None,
        agent=AgentId(agent) if agent else None,
        queue=QueueName(queue) if queue else None,
    )

    async def rows(all_: Archive) -> list[tuple[str, ...]]:
        return [_row(each) async for each in all_.all(which)]

    with failing_plainly():
        table(("id", "begun", "s", "queue", "agents", "contact"), _run(rows), rich=is_terminal())


@app.command()
def verify(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="Without them, all.")] = None,
) -> None:
    """Read recordings and compare their checksums; names those that are damaged or missing, exit code 1."""

    async def check(all_: Archive) -> tuple[int, list[str]]:
        checked, bad = 0, []
        async for each in all_.all(Filter()):
            if ids and each.id not in ids:
                continue
            checked += 1
            try:
                await all_.vault.check(each)
            except (ObjectDamaged, NoKey) as error:
                bad.append(f"{each.id}\t{each.object}\t{error}")
        return checked, bad

    with failing_plainly():
        checked, bad = _run(check)
    for line in bad:
        note(line)
    if ids and checked < len(set(ids)):
        fail(f"{len(set(ids)) - checked} of these ids are no recording's.")
    if bad:
        fail(f"{len(bad)} of {checked} recordings are not what was stored.")
    note(f"OK: {checked} recordings")


@app.command()
def export(
    recording: _Id, target: Annotated[Path, typer.Argument(metavar="FILE", help="A new WAV file.")]
) -> None:
    """Write a recording to a file, decrypted; the audit log has it."""

    async def write(all_: Archive) -> None:
        found = await all_.catalogue.get(recording)
        if found is None or found.deleted_ms is not None:
            fail(f"There is no recording {recording}.")
        await all_.export(found, target)

    with failing_plainly():
        _run(write)
    note(str(target))


def _row(each: StoredRecording) -> tuple[str, ...]:
    begun = datetime.fromtimestamp(each.started_ms / 1000).astimezone()
    seconds = f"{each.length_ms / 1000:.0f}"
    return each.id, f"{begun:%Y-%m-%d %H:%M:%S}", seconds, each.queue, ",".join(each.agents), each.contact


def _run(work: Callable[[Archive], Awaitable[T]]) -> T:
    """Do something with the recordings of the configured installation."""
    settings = load_settings(RecordingSettings)

    async def run() -> T:
        async with archive(settings) as all_:
            return await work(all_)

    return asyncio.run(run())
