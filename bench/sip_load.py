"""SIPp as many callers and many agents, and when each of them saw which call.

SIPp writes its log lines in the same step in which it handles the message that they are about; both ends
run on one machine, so that their times can be subtracted (SIPp calling SIPp without anything between
gives 0.06 ms, -0.2 to 0.3 ms). What a caller and an agent see of the same call have only the caller's
number in common: every call gets a number of its own.
"""

import asyncio
import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

SCENARIOS = Path(__file__).with_name("sipp")
CALLERS = "127.0.0.2"
AGENTS = "127.0.0.3"

_START_S = 5.0
_GRACE_S = 10.0
_DIGITS_COMPARED = 9
_LIMIT = 5_000
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class SipAddress:
    """Where SIP messages are sent over UDP."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Mark(StrEnum):
    """What a log line of a scenario in `sipp/` says; the first four are callers', the others agents'."""

    INVITE = "invite"
    ANSWER = "answer"
    END = "end"
    GIVE_UP = "give_up"
    RING = "ring"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Moment:
    """One log line. `call` is the same for both ends of a call; `agent` is empty where a caller speaks."""

    mark: Mark
    at_s: float
    call: str
    agent: str = ""


def read_moments(log: str) -> Iterator[Moment]:
    """Read a scenario's log: `mark <date> <time> <Unix time> [agent] number`."""
    for line in log.splitlines():
        mark, _date, _time, at_s, *agent, number = line.split()
        yield Moment(Mark(mark), float(at_s), _comparable(number), *agent)


def _comparable(number: str) -> str:
    """Cut a number to its last digits, since +81 and 0 may stand for each other before them."""
    return "".join(char for char in number if char.isdecimal())[-_DIGITS_COMPARED:]


@dataclass(slots=True)
class SippAgents:
    """Phones at one address, told apart by the user part of the request URI."""

    address: SipAddress
    log: Path

    def moments(self) -> list[Moment]:
        """Return what was logged so far."""
        return list(read_moments(self.log.read_text() if self.log.exists() else ""))


@asynccontextmanager
async def agents(
    scenario: str, address: SipAddress, settings: Mapping[str, int] | None = None
) -> AsyncIterator[SippAgents]:
    """Run agents' phones at `address` until the block is left; `settings` are the scenario's variables."""
    with tempfile.TemporaryDirectory(prefix="sipp-") as folder:
        variables = [word for name, value in (settings or {}).items() for word in ("-set", name, str(value))]
        process = await _start(folder, scenario, address, None, variables)
        try:
            await _until_bound(process, address)
            yield SippAgents(address, Path(folder) / "marks.log")
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def place_calls(
    target: SipAddress,
    dialled: str,
    *,
    source: SipAddress,
    rate: float,
    calls: int,
    patience_ms: int,
    scenario: str = "caller",
) -> list[Moment]:
    """Place calls at a steady rate, each with a valid number of its own, and return what the callers saw.

    A caller who is not answered, or not let go, within `patience_ms` gives up.
    """
    with tempfile.TemporaryDirectory(prefix="sipp-") as folder:
        numbers = Path(folder) / "numbers.csv"
        lines = (f"+81901{next(_numbers):07};{dialled};\n" for _ in range(calls))
        numbers.write_text("SEQUENTIAL\n" + "".join(lines))
        options = ["-inf", str(numbers), "-recv_timeout", str(patience_ms), "-m", str(calls)]
        process = await _start(folder, scenario, source, target, [*options, "-r", f"{rate:g}"])
        try:
            async with asyncio.timeout(calls / rate + patience_ms / 1000 + _GRACE_S):
                await process.wait()
        except TimeoutError:
            pass  # calls that hang have no end in the log: they count as failed
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return list(read_moments(_read(Path(folder) / "marks.log")))


async def _start(
    folder: str, scenario: str, local: SipAddress, target: SipAddress | None, options: Sequence[str]
) -> asyncio.subprocess.Process:
    command = [
        *("sipp", *([str(target)] if target else []), "-sf", str(SCENARIOS / f"{scenario}.xml")),
        *("-i", local.host, "-p", str(local.port), "-mi", local.host, "-l", str(_LIMIT), "-nostdin"),
        *("-trace_logs", "-log_file", f"{folder}/marks.log", *options),
    ]
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "TERM": "dumb"},
        cwd=folder,
    )


async def _until_bound(process: asyncio.subprocess.Process, address: SipAddress) -> None:
    """Wait until the process has its socket (proc(5), net/udp), or say that it ended."""
    wanted = f":{address.port:04X} "
    async with asyncio.timeout(_START_S):
        while wanted not in _read(Path("/proc/net/udp")):
            if process.returncode is not None:
                raise RuntimeError(f"sipp ended with {process.returncode} instead of listening at {address}")
            await asyncio.sleep(0.02)


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""
