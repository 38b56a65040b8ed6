"""The form of an encrypted recording, read back, cut, changed and swapped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.objects.errors import NoKey, ObjectDamaged
from hub.objects.keys import KeyRing, key_id, read_key
from hub.objects.sealing import HEADER_BYTES, Cipher, Header, sealed
from tests.hub.recordings.made import ID, KEY, KEY_TEXT

_PIECE = 32
_OTHER = "f" * 32
contents = st.binary(max_size=200)


def _seal(data: bytes, recording: str = ID, key: bytes = KEY) -> bytes:
    header = Header.new(key_id(key), recording, len(data), _PIECE)
    blocks = [data[place : place + 7] for place in range(0, len(data), 7)]
    return b"".join(sealed(header, key, blocks))


def _open(data: bytes, recording: str = ID, key: bytes = KEY) -> bytes:
    header = Header.decode(data[:HEADER_BYTES], recording)
    if len(data) != header.stored_size:
        raise ObjectDamaged("length")
    cipher = Cipher(header, key)
    places = (header.place(number) for number in range(header.pieces))
    return b"".join(
        cipher.open(number, data[place : place + length]) for number, (place, length) in enumerate(places)
    )


@given(contents)
def test_what_was_sealed_is_opened(data: bytes) -> None:
    found = _seal(data)
    assert _open(found) == data
    assert len(data) < 8 or data not in found[HEADER_BYTES:]


@given(contents, st.data())
def test_one_bit_changed_anywhere_is_found(data: bytes, draw: st.DataObject) -> None:
    found = bytearray(_seal(data))
    place = draw.draw(st.integers(0, len(found) - 1))
    found[place] ^= 1 << draw.draw(st.integers(0, 7))
    with pytest.raises(ObjectDamaged):
        _open(bytes(found))


@given(contents, st.data())
def test_an_end_cut_off_is_found(data: bytes, draw: st.DataObject) -> None:
    found = _seal(data)
    with pytest.raises(ObjectDamaged):
        _open(found[: draw.draw(st.integers(0, len(found) - 1))])


@given(st.binary(min_size=2 * _PIECE, max_size=200), st.data())
def test_pieces_that_changed_places_are_found(data: bytes, draw: st.DataObject) -> None:
    found = _seal(data)
    header = Header.decode(found[:HEADER_BYTES], ID)
    whole = [number for number in range(header.pieces) if header.place(number)[1] == _PIECE + 16]
    one, other = draw.draw(st.permutations(whole))[:2]
    pieces = {
        number: found[place : place + length] for number in whole for place, length in [header.place(number)]
    }
    swapped = bytearray(found)
    for here, there in ((one, other), (other, one)):
        place, length = header.place(here)
        swapped[place : place + length] = pieces[there]
    with pytest.raises(ObjectDamaged):
        _open(bytes(swapped))


@given(contents)
def test_another_recording_s_file_is_found(data: bytes) -> None:
    with pytest.raises(ObjectDamaged):
        _open(_seal(data, _OTHER))
    renamed = bytearray(_seal(data, _OTHER))
    renamed[24:40] = bytes.fromhex(ID)
    with pytest.raises(ObjectDamaged):
        _open(bytes(renamed))


def test_the_same_sound_twice_looks_different() -> None:
    assert _seal(b"hello" * 20)[HEADER_BYTES:] != _seal(b"hello" * 20)[HEADER_BYTES:]


def test_another_key_does_not_open() -> None:
    with pytest.raises(ObjectDamaged):
        _open(_seal(b"hello"), key=b"x" * 32)


def test_old_keys_open_and_the_new_one_seals() -> None:
    ring = KeyRing(b"n" * 32, [KEY])
    assert ring.current == key_id(b"n" * 32)
    assert ring.key(key_id(KEY)) == KEY
    with pytest.raises(NoKey, match="TORITSUGI_RECORDING_OLD_KEYS"):
        ring.key(key_id(b"x" * 32))


@pytest.mark.parametrize("text", [KEY_TEXT, KEY_TEXT.rstrip("="), f" {KEY_TEXT}\n"])
def test_keys_are_read(text: str) -> None:
    assert read_key(text) == KEY


@pytest.mark.parametrize("text", ["", "hello", KEY_TEXT[:-4], KEY_TEXT + "AAAA", "ä" * 43])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        read_key(text)
