"""Real faxes between two Asterisks: T.38 and sound, with and without loss, long, cut off, by tone."""

import asyncio
from pathlib import Path

import pytest
from PIL import Image

from gateways.fax.report import Report
from tests.support.fax import LOSSY, LOSSY_SOUND, FaxWire, inbox, until, write_pages

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]


def _pages(path: Path) -> int:
    with Image.open(path.with_suffix(".tif")) as image:
        return getattr(image, "n_frames", 1)


async def _faxed(wire: FaxWire, name: str, pages: Path, **how: str) -> Report:
    return await wire.sent(await wire.send(name, pages, **how), 300)


async def test_faxes_arrive_whole_by_t38_and_sound_with_and_without_loss(
    wire: FaxWire, tmp_path: Path
) -> None:
    before, two, twenty = (
        inbox(wire.office),
        write_pages(tmp_path / "2.tif", 2),
        write_pages(tmp_path / "20.tif", 20),
    )
    wire.relay.loss = 0.02
    long, t38, sound, lossy, lossy_sound = await asyncio.gather(
        _faxed(wire, "long", twenty),
        _faxed(wire, "t38", two, caller="0355550011"),
        _faxed(wire, "sound", two, caller="0355550012", trunk="sound"),
        _faxed(wire, "lossy", two, caller=LOSSY, trunk="lossy"),
        _faxed(wire, "lossysound", two, caller=LOSSY_SOUND, trunk="lossy_sound"),
    )
    assert [each.status for each in (long, t38, sound, lossy)] == ["SUCCESS"] * 4
    assert (long.pages, t38.pages, sound.pages, lossy.pages) == (20, 2, 2, 2)
    assert (t38.mode, sound.mode, lossy.mode) == ("T38", "audio", "T38")
    assert wire.relay.lost, "packets took the way by the relay"
    assert lossy_sound.is_over, "2 % of sound is mostly too much for a modem: that much is told"
    whole = [path for path in inbox(wire.office) - before if Report.read(path.read_text()).is_whole]
    assert sorted(_pages(path) for path in whole)[-1] == 20
    told = Report.read(max(whole, key=_pages).read_text())
    assert (told.line, told.number, told.station) == ("main", "0355550000", "+81 3 5555 0000")


async def test_what_came_of_a_call_that_was_cut_is_kept(wire: FaxWire, tmp_path: Path) -> None:
    before = inbox(wire.office)
    base = await wire.send("cut", write_pages(tmp_path / "9.tif", 9))
    await until(lambda: any(_is_after(path, 3) for path in inbox(wire.office) - before), 120)
    await wire.cut(wire.far)
    received = await wire.received(wire.office, before)
    report = Report.read(received.with_suffix(".fax").read_text())
    assert (report.is_whole, report.result) == (False, "cut_off")
    assert 3 <= report.pages < 9
    assert _pages(received) >= 3
    assert not (await wire.sent(base)).is_whole


def _is_after(path: Path, pages: int) -> bool:
    """Whether so many pages are in a file that is being received."""
    try:
        return _pages(path) >= pages
    except OSError:
        return False
