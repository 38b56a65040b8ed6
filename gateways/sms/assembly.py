"""Incoming parts until they are a whole, and repetitions until they can be none. Pure: time is passed in."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

from gateways.sms.deliver import HEADER_LENGTH, Deliver, Place

PARTIAL_S = 600.0
"""So long is waited for the rest of a text before what is there of it is shown."""
_GROUPS_MAX = 2000
_SUSPECT_S = 30.0
_REPEAT_S = 3600.0
_IDS_MAX = 20_000

_Key = tuple[str, str, int, int]


@dataclass(slots=True)
class Group:
    """The parts of one text that are there so far, by their number."""

    total: int
    since_s: float
    pdus: dict[int, bytes] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        return len(self.pdus) == self.total

    def in_order(self) -> tuple[bytes, ...]:
        return tuple(self.pdus[number] for number in sorted(self.pdus))


class Assembly:
    """Parts are told apart by who wrote to whom under which reference."""

    def __init__(self) -> None:
        self._groups: OrderedDict[_Key, Group] = OrderedDict()

    def add(self, deliver: Deliver, place: Place, pdu: bytes, now_s: float) -> Group:
        """Put a part to its group, which is left alone once it is whole."""
        key = (deliver.source, deliver.destination, place.reference, place.total)
        group = self._groups.setdefault(key, Group(place.total, now_s))
        group.pdus[place.number] = pdu
        if group.is_whole:
            del self._groups[key]
        return group

    def put_back(self, deliver: Deliver, place: Place, group: Group) -> None:
        """Keep a whole that could not be stored: its last part will come again."""
        self._groups[deliver.source, deliver.destination, place.reference, place.total] = group

    def overdue(self, now_s: float) -> list[Group]:
        """Take out the groups whose rest has not come, and the oldest of too many."""
        due: list[Group] = []
        while self._groups:
            key, group = next(iter(self._groups.items()))
            if now_s - group.since_s < PARTIAL_S and len(self._groups) <= _GROUPS_MAX:
                break
            due.append(self._groups.pop(key))
        return due


@dataclass(slots=True)
class _Seen:
    event_id: str
    sequence: int
    at_s: float


class Repeats:
    """Gives messages ids, for SMPP has none: the same id for one that a centre delivers again.

    That is one with the same sequence number in the same session, or an equal one in a later session if
    the first came shortly before the session was lost: the centre may not have had our answer.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, _Seen] = OrderedDict()
        self._suspects: dict[bytes, _Seen] = {}

    def id_of(self, pdus: tuple[bytes, ...], sequence: int, now_s: float, salt: str) -> str:
        """Return the id of a message; `salt` is different for each one that is not a repetition."""
        digest = _digest(pdus)
        suspect = self._suspects.pop(digest, None)
        if suspect is not None and now_s - suspect.at_s < _REPEAT_S:
            event_id = suspect.event_id
        elif (seen := self._seen.get(digest)) is not None and seen.sequence == sequence:
            event_id = seen.event_id
        else:
            event_id = f"{digest.hex()[:32]}-{salt}"
        self._seen[digest] = _Seen(event_id, sequence, now_s)
        self._seen.move_to_end(digest)
        while len(self._seen) > _IDS_MAX:
            self._seen.popitem(last=False)
        return event_id

    def not_stored(self, pdus: tuple[bytes, ...]) -> None:
        """A message was answered with an error: it comes again, and may have been stored all the same."""
        digest = _digest(pdus)
        if digest in self._seen:
            self._suspects[digest] = self._seen.pop(digest)

    def session_lost(self, now_s: float) -> None:
        """From now on what came lately may come again."""
        fresh = {digest: seen for digest, seen in self._seen.items() if now_s - seen.at_s < _SUSPECT_S}
        old = {digest: seen for digest, seen in self._suspects.items() if now_s - seen.at_s < _REPEAT_S}
        self._suspects = old | fresh
        self._seen.clear()


def _digest(pdus: tuple[bytes, ...]) -> bytes:
    return hashlib.sha256(b"".join(pdu[HEADER_LENGTH:] for pdu in pdus)).digest()
