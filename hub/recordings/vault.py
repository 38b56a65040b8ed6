"""Recordings at rest: put together, encrypted, stored, and read again in any stretch."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.clock import now_ms
from hub.recordings.catalogue import StoredRecording
from hub.recordings.draft import Draft, Drafts, Why
from hub.recordings.errors import NoKey, RecordingDamaged, StoreUnavailable
from hub.recordings.files import write_durably
from hub.recordings.keys import KeyRing
from hub.recordings.sealing import HEADER_BYTES, Checksum, Cipher, Header, sealed
from hub.recordings.store import ObjectStore
from hub.recordings.wav import Joined, Span

_BATCH = 256 * 1024
_KEYS_LEAD_MS = 1000
"""A key is told of when it is let go: its tone, if the phone sends one, began before."""


@dataclass(frozen=True, slots=True)
class Vault:
    """`is_plain`: recordings are stored as they are. Without that and without a key none can be."""

    store: ObjectStore
    keys: KeyRing
    is_plain: bool = False

    @property
    def is_open(self) -> bool:
        """Whether recordings can be stored."""
        return self.is_plain or self.keys.current is not None

    async def put(self, draft: Draft, drafts: Drafts) -> StoredRecording:
        """Store what was recorded and read it back; the files that it came from stay.

        Raises `NoKey`, `UnreadableWav`, `StoreUnavailable`; `RecordingDamaged` if it cannot be read back.
        """
        try:
            stored = await asyncio.to_thread(self._seal, draft, drafts)
        except OSError as error:
            raise StoreUnavailable(f"not put together: {error.strerror or error}") from error
        await self.store.put(stored.object, drafts.sealed(draft))
        await self.check(stored)
        return stored

    async def check(self, recording: StoredRecording) -> None:
        """Read all of a recording; raises `RecordingDamaged` if it is not what was stored, `NoKey`."""
        size = await self.store.size(recording.object)
        if size != recording.stored_size:
            raise RecordingDamaged(f"expected {recording.stored_size} bytes, found {size}")
        whole, plain = Checksum(), Checksum()
        header = await self._header(recording) if recording.key else None
        async for block in self._object(recording):
            await asyncio.to_thread(whole.add, block)
        if whole.hex != recording.stored_sha256:
            raise RecordingDamaged("its checksum differs")
        if header is not None:
            async for block in self._pieces(recording, header, 0, header.pieces - 1):
                plain.add(block)
            if (plain.hex, plain.size) != (recording.sha256, recording.size):
                raise RecordingDamaged("the checksum of what it decrypts to differs")

    async def read(self, recording: StoredRecording, first: int, last: int) -> AsyncIterator[bytes]:
        """Yield bytes `first` to `last` of the WAV file; each was verified before it is yielded.

        Raises `RecordingDamaged`, `NoKey`, `StoreUnavailable`. One that is not encrypted is read as a
        whole first, to verify it.
        """
        if recording.key is None:
            await self.check(recording)
            async for block in self._object(recording, first, last):
                yield block
            return
        header = await self._header(recording)
        one, other = first // header.piece, last // header.piece
        skip, left = first - one * header.piece, last - first + 1
        async for block in self._pieces(recording, header, one, other):
            wanted = block[skip : skip + left]
            skip, left = max(0, skip - len(block)), left - len(wanted)
            yield wanted

    async def delete(self, recording: StoredRecording) -> None:
        await self.store.delete(recording.object)

    async def _object(
        self, recording: StoredRecording, first: int = 0, last: int | None = None
    ) -> AsyncIterator[bytes]:
        place, end = first, recording.stored_size if last is None else last + 1
        while place < end:
            block = await self.store.read(recording.object, place, min(_BATCH, end - place))
            if not block:
                raise RecordingDamaged("it ends too early")
            yield block
            place += len(block)

    async def _header(self, recording: StoredRecording) -> Header:
        data = await self.store.read(recording.object, 0, HEADER_BYTES)
        header = Header.decode(data, recording.id)
        if (header.key_id, header.size, header.stored_size) != (
            recording.key,
            recording.size,
            recording.stored_size,
        ):
            raise RecordingDamaged("its header was changed")
        return header

    async def _pieces(
        self, recording: StoredRecording, header: Header, first: int, last: int
    ) -> AsyncIterator[bytes]:
        """Yield decrypted pieces, some at a time."""
        cipher = Cipher(header, self.keys.key(header.key_id))
        at_once = max(1, _BATCH // header.piece)
        for begin in range(first, last + 1, at_once):
            numbers = range(begin, min(begin + at_once, last + 1))
            places = [header.place(number) for number in numbers]
            start, end = places[0][0], sum(places[-1])
            data = await self.store.read(recording.object, start, end - start)
            for number, (place, length) in zip(numbers, places, strict=True):
                piece = data[place - start : place - start + length]
                yield await asyncio.to_thread(cipher.open, number, piece)

    def _seal(self, draft: Draft, drafts: Drafts) -> StoredRecording:
        joined = Joined.of(drafts.paths(draft), _blanks(draft)).without_keys()
        whole, plain, key = Checksum(), Checksum(), self.keys.current
        blocks = plain.over(joined.blocks())
        if key is not None:
            header = Header.new(key, draft.id, joined.size)
            blocks = sealed(header, self.keys.key(key), blocks)
        elif not self.is_plain:
            raise NoKey("TORITSUGI_RECORDING_KEY is missing")
        write_durably(drafts.sealed(draft), whole.over(blocks))
        day = datetime.fromtimestamp(draft.started_ms / 1000, UTC)
        kind = "sealed" if key else "wav"
        return StoredRecording(
            id=draft.id,
            kind=draft.kind,
            contact=draft.contact,
            queue=draft.queue,
            agents=draft.agents,
            started_ms=draft.started_ms,
            length_ms=round(joined.seconds * 1000),
            sides=len(joined.sides),
            pauses=draft.pauses,
            object=f"{day:%Y/%m/%d}/{draft.id}-{secrets.token_hex(4)}.{kind}",
            size=plain.size,
            sha256=plain.hex,
            stored_size=whole.size,
            stored_sha256=whole.hex,
            key=key,
            stored_ms=now_ms(),
        )


def _blanks(draft: Draft) -> list[Span]:
    """Return what is to be silent: each pause, and a moment before one that a key began."""
    return [
        (
            max(0, pause.from_ms - (_KEYS_LEAD_MS if pause.why is Why.KEYS else 0)) / 1000,
            float("inf") if pause.to_ms is None else pause.to_ms / 1000,
        )
        for pause in draft.pauses
    ]
