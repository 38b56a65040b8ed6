"""What the hub and a recognition process say to each other: MessagePack, each message after its length."""

import struct
from typing import Final

import msgspec

_LENGTH: Final = struct.Struct("<I")
MESSAGE_MAX: Final = 1 << 22
"""Bytes."""


class Load(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The first message: which model to load, and how to find ends of utterances (seconds)."""

    engine: str
    model: str
    threads: int
    endpoint_s: float
    speech_s_max: float


class Open(msgspec.Struct, frozen=True, tag=True, array_like=True):
    stream: int
    language: str
    phrases: tuple[str, ...]
    rate: int


class Audio(msgspec.Struct, frozen=True, tag=True, array_like=True):
    stream: int
    pcm: bytes


class Close(msgspec.Struct, frozen=True, tag=True, array_like=True):
    stream: int


class Ping(msgspec.Struct, frozen=True, tag=True, array_like=True):
    pass


class Flush(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Answer with `Idle` once all that was sent before is worked off."""

    number: int


Order = Load | Open | Audio | Close | Ping | Flush


class Ready(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The model is loaded."""


class Failed(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """It cannot be; the process ends."""

    message: str


class Began(msgspec.Struct, frozen=True, tag=True, array_like=True):
    stream: int


class Ended(msgspec.Struct, frozen=True, tag=True, array_like=True):
    stream: int


class Sofar(msgspec.Struct, frozen=True, tag=True, array_like=True):
    stream: int
    text: str


class Result(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """An utterance: its readings with their confidence, none if nothing was understood; times in seconds.

    The third of a reading: whether it is by sound (`ivr.hearing.Alternative`).
    """

    stream: int
    readings: tuple[tuple[str, float, bool], ...]
    began_s: float
    ended_s: float


class Fax(msgspec.Struct, frozen=True, tag=True, array_like=True):
    stream: int


class Refused(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A stream cannot be, or not any longer."""

    stream: int
    message: str


class Pong(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """`busy_s`: for how long the engine has been at what it does now, 0 if it does nothing."""

    busy_s: float


class Idle(msgspec.Struct, frozen=True, tag=True, array_like=True):
    number: int


Notice = Ready | Failed | Began | Ended | Sofar | Result | Fax | Refused | Pong | Idle


def packed(message: Order | Notice) -> bytes:
    """Return a message with its length before it."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


def length(head: bytes) -> int:
    """Return the length that the first four bytes announce; raises `ValueError` if it cannot be."""
    (found,) = _LENGTH.unpack(head)
    if found > MESSAGE_MAX:
        raise ValueError(f"a message of {found} bytes")
    return int(found)


HEAD: Final = _LENGTH.size
order: "Final[msgspec.msgpack.Decoder[Order]]" = msgspec.msgpack.Decoder(Order)
notice: "Final[msgspec.msgpack.Decoder[Notice]]" = msgspec.msgpack.Decoder(Notice)
