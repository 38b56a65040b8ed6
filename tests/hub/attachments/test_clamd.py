"""ClamAV's protocol, against a simulated daemon and against the real one."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hub.attachments.clamd import Clamd
from hub.attachments.errors import ScannerAway
from hub.services.errors import ProgramMissing
from tests.fakes.clamd import FakeClamd
from tests.hub.attachments.made import EICAR, blocks_of

CLAMD = shutil.which("clamd", path="/usr/sbin:/usr/bin")
_START_S = 60.0


async def test_what_it_finds_is_told() -> None:
    async with FakeClamd().serving() as daemon:
        clamd = Clamd(daemon.address)
        assert await clamd.scan(blocks_of(b"harmless" * 100_000, 300_000)) is None
        assert daemon.received == b"harmless" * 100_000
        assert await clamd.scan(blocks_of(EICAR)) == "Eicar-Test-Signature"


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: what?\0", None])
async def test_any_other_answer_is_none(answer: bytes | None) -> None:
    async with FakeClamd(answer=answer).serving() as daemon:
        with pytest.raises(ScannerAway):
            await Clamd(daemon.address, timeout_s=1.0).scan(blocks_of(b"x" * 5_000_000, 100_000))


async def test_one_that_is_not_there_is_away() -> None:
    for address in ("127.0.0.1:1", "/nowhere/clamd.ctl"):
        with pytest.raises(ScannerAway):
            await Clamd(address).scan(blocks_of(b"x"))


@asynccontextmanager
async def real_clamd(folder: Path) -> AsyncIterator[str]:
    """Run Debian's daemon with one signature of our own; yields its socket's path."""
    socket, database = folder / "clamd.ctl", folder / "db"
    database.mkdir()
    (database / "test.ndb").write_text(f"Eicar-Test-Signature:0:0:{EICAR.hex()}\n")
    settings = folder / "clamd.conf"
    settings.write_text(
        f"LocalSocket {socket}\nDatabaseDirectory {database}\nForeground yes\nStreamMaxLength 1M\n"
        f"TemporaryDirectory {folder}\nUser root\nOfficialDatabaseOnly no\nFixStaleSocket yes\n"
    )
    if CLAMD is None:
        raise ProgramMissing("no ClamAV on this machine", "./run test installs it")
    quiet = asyncio.subprocess.DEVNULL
    daemon = await asyncio.create_subprocess_exec(CLAMD, "-c", str(settings), stdout=quiet, stderr=quiet)
    try:
        async with asyncio.timeout(_START_S):
            while not socket.exists():
                assert daemon.returncode is None, "clamd did not start"
                await asyncio.sleep(0.05)
        yield str(socket)
    finally:
        if daemon.returncode is None:
            daemon.terminate()
        await daemon.wait()


@pytest.mark.real
async def test_the_real_one_finds_it_and_has_its_limit(tmp_path: Path) -> None:
    async with real_clamd(tmp_path) as socket:
        clamd = Clamd(socket)
        assert await clamd.scan(blocks_of(b"harmless" * 1000)) is None
        assert str(await clamd.scan(blocks_of(EICAR))).startswith("Eicar-Test-Signature")
        with pytest.raises(ScannerAway):  # it hangs up
            await clamd.scan(blocks_of(b"x" * 3_000_000, 100_000))
        found = await asyncio.gather(*(clamd.scan(blocks_of(EICAR)) for _ in range(10)))
        assert all(found)
