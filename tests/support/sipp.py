"""SIPp as callers and phones: one scenario, a hard deadline, and what its statistics say."""

import asyncio
import csv
import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hub.services.errors import ProgramMissing

SCENARIOS = Path(__file__).with_name("sipp")


@dataclass(frozen=True, slots=True)
class SippResult:
    """What a run of SIPp came to. `messages` is the SIP traffic and what it complained about."""

    exit_code: int
    succeeded: int
    failed: int
    messages: str


@dataclass(slots=True)
class SippRun:
    """A running SIPp. `wait` may be called once its calls are expected to be over."""

    process: asyncio.subprocess.Process
    folder: Path

    async def wait(self, timeout_s: float = 20.0) -> SippResult:
        """Wait for its end; a SIPp that is not done in time is killed and counts as failed."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.process.wait()
        except TimeoutError:
            await self.kill()
        statistics = _last_row(self.folder / "statistics.csv")
        return SippResult(
            exit_code=-1 if self.process.returncode is None else self.process.returncode,
            succeeded=int(statistics.get("SuccessfulCall(C)", 0)),
            failed=int(statistics.get("FailedCall(C)", 0)),
            messages=self.messages() + _text(self.folder / "errors.log"),
        )

    def messages(self) -> str:
        """Return the SIP traffic so far."""
        return _text(self.folder / "messages.log")

    async def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def sipp(
    scenario: str | Path,
    target: str,
    *,
    local: str,
    port: int,
    calls: int = 1,
    rate: float = 10.0,
    keys: Mapping[str, str] | None = None,
    options: tuple[str, ...] = (),
) -> AsyncIterator[SippRun]:
    """Start SIPp with a scenario (a name in `SCENARIOS` or a path); kill it on leaving.

    `target` is host:port, `local` and `port` where it binds, `keys` fills `[name]` in the scenario.
    """
    path = SCENARIOS / f"{scenario}.xml" if isinstance(scenario, str) else scenario
    with tempfile.TemporaryDirectory(prefix="sipp-") as folder:
        command = [
            *("sipp", target, "-sf", str(path), "-i", local, "-p", str(port), "-mi", local),
            *("-m", str(calls), "-r", str(rate), "-nostdin", "-default_behaviors", "all,-bye"),
            *("-trace_stat", "-stf", f"{folder}/statistics.csv", "-fd", "1"),
            *("-trace_msg", "-message_file", f"{folder}/messages.log"),
            *(word for key, value in (keys or {}).items() for word in ("-key", key, value)),
            *options,
        ]
        output = (Path(folder) / "errors.log").open("wb")
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=output,
                env={**os.environ, "TERM": "dumb"},
                cwd=folder,
            )
        except FileNotFoundError:
            raise ProgramMissing("no sipp on this machine", "./run test installs it") from None
        finally:
            output.close()
        run = SippRun(process, Path(folder))
        try:
            yield run
        finally:
            await run.kill()


async def run_sipp(
    scenario: str | Path,
    target: str,
    *,
    local: str,
    port: int,
    timeout_s: float = 20.0,
    calls: int = 1,
    keys: Mapping[str, str] | None = None,
    options: tuple[str, ...] = (),
) -> SippResult:
    """Run SIPp to its end and return what came of it."""
    async with sipp(scenario, target, local=local, port=port, calls=calls, keys=keys, options=options) as run:
        return await run.wait(timeout_s)


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def _last_row(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return rows[-1] if rows else {}
