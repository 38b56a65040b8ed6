"""Recordings in the store: read in any stretch, found out when changed."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.objects import safe as safe_module
from hub.objects.errors import NoKey, ObjectDamaged, ObjectMissing, StoreUnavailable
from hub.objects.keys import KeyRing
from hub.recordings.catalogue import StoredRecording
from hub.recordings.draft import Drafts, Kind, Pause, Why
from hub.recordings.vault import Vault
from hub.recordings.wav import Joined
from tests.hub.recordings.made import KEY, draft_in, vault_in

within = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


async def _put(
    folder: Path, *, seconds: float = 1.0, is_plain: bool = False, **more: object
) -> tuple[Vault, StoredRecording, bytes]:
    vault = vault_in(folder, key=None if is_plain else KEY, is_plain=is_plain)
    drafts = Drafts(folder / "spool")
    draft = draft_in(drafts, seconds=seconds, **more)  # type: ignore[arg-type]
    whole = b"".join(Joined.of(drafts.paths(draft)).blocks())
    return vault, await vault.put(draft, drafts), whole


def _object(folder: Path) -> Path:
    (path,) = (folder / "store").rglob("*.*")
    return path


async def _read(vault: Vault, stored: StoredRecording, first: int, last: int) -> bytes:
    return b"".join([block async for block in vault.read(stored, first, last)])


@pytest.mark.parametrize("is_plain", [False, True])
async def test_a_recording_comes_back_whole(tmp_path: Path, is_plain: bool) -> None:
    vault, stored, whole = await _put(tmp_path, seconds=30.0, is_plain=is_plain)
    assert await _read(vault, stored, 0, stored.size - 1) == whole
    assert (stored.sides, stored.length_ms, stored.size) == (2, 30_000, len(whole))
    assert (_object(tmp_path).read_bytes() == whole) is is_plain
    assert _object(tmp_path).stat().st_mode & 0o777 == 0o600
    assert stored.object.startswith("2025/11/26/")


@within
@given(st.data())
async def test_every_stretch_is_that_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, draw: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("stretch")
    vault, stored, whole = await _put(folder, seconds=10.0)
    first = draw.draw(st.integers(0, stored.size - 1))
    last = draw.draw(st.integers(first, stored.size - 1))
    assert await _read(vault, stored, first, last) == whole[first : last + 1]


async def test_a_message_has_one_side(tmp_path: Path) -> None:
    _, stored, _ = await _put(tmp_path, kind=Kind.VOICEMAIL)
    assert stored.sides == 1


async def test_pauses_are_silent_and_a_moment_before_keys_too(tmp_path: Path) -> None:
    pauses = (
        Pause(from_ms=2000, to_ms=3000, why=Why.AGENT),
        Pause(from_ms=6000, to_ms=7000, why=Why.KEYS),
        Pause(from_ms=9000, to_ms=None, why=Why.AGENT),
    )
    vault, stored, whole = await _put(tmp_path, seconds=10.0, pauses=pauses)
    found = await _read(vault, stored, 44, stored.size - 1)
    second = 8000 * 4
    for number in range(10):
        part = found[number * second : (number + 1) * second]
        is_silent = not any(part)
        assert is_silent is (number in (2, 5, 6, 9)), number
        assert is_silent or part == whole[44:][number * second : (number + 1) * second]


@pytest.mark.parametrize("is_plain", [False, True])
@pytest.mark.parametrize("place", [3, 30, 70, 60_000, -1])
async def test_a_changed_byte_is_found(tmp_path: Path, is_plain: bool, place: int) -> None:
    vault, stored, _ = await _put(tmp_path, seconds=5.0, is_plain=is_plain)
    data = bytearray(_object(tmp_path).read_bytes())
    data[place] ^= 1
    _object(tmp_path).write_bytes(data)
    with pytest.raises(ObjectDamaged):
        await vault.check(stored)
    with pytest.raises(ObjectDamaged):
        await _read(vault, stored, 0, stored.size - 1)


async def test_a_short_or_missing_file_is_found(tmp_path: Path) -> None:
    vault, stored, _ = await _put(tmp_path)
    path = _object(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ObjectDamaged, match="bytes"):
        await vault.check(stored)
    path.unlink()
    for reading in (vault.check(stored), _read(vault, stored, 0, 10)):
        with pytest.raises(ObjectMissing):
            await reading


async def test_without_its_key_a_recording_is_not_read(tmp_path: Path) -> None:
    vault, stored, _ = await _put(tmp_path)
    stranger = Vault(vault.store, KeyRing(b"x" * 32))
    with pytest.raises(NoKey):
        await _read(stranger, stored, 0, 10)
    later = Vault(vault.store, KeyRing(b"x" * 32, [KEY]))
    await later.check(stored)


async def test_without_any_key_nothing_is_stored(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "spool")
    vault = vault_in(tmp_path, key=None)
    assert not vault.is_open
    with pytest.raises(NoKey):
        await vault.put(draft_in(drafts), drafts)


async def test_a_full_disk_leaves_what_was_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drafts = Drafts(tmp_path / "spool")
    draft = draft_in(drafts)

    def full(path: Path, blocks: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safe_module, "write_durably", full)
    with pytest.raises(StoreUnavailable, match="No space"):
        await vault_in(tmp_path).put(draft, drafts)
    assert all(path.exists() for path in drafts.paths(draft))
