"""Repetitions of deliveries, until they can be none. Pure: time is passed in."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from gateways.sms.deliver import HEADER_LENGTH

_SUSPECT_S = 30.0
_REPEAT_S = 3600.0
_IDS_MAX = 20_000


@dataclass(slots=True)
class _Seen:
    event_id: str
    sequence: int
    at_s: float


class Repeats:
    """Gives messages ids, for SMPP has none: the same id for one that a centre delivers again.

    That is one with the same sequence number in the same session, or an equal one in a later session if
    the first came shortly before the session, or the hub, was lost: the centre may not have had our answer.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._suspects: dict[str, _Seen] = {}

    def id_of(self, pdu: bytes, sequence: int, now_s: float, salt: str) -> str:
        """Return the id of a message; `salt` is different for each one that is not a repetition."""
        digest = _digest(pdu)
        suspect = self._suspects.pop(digest, None)
        if suspect is not None and now_s - suspect.at_s < _REPEAT_S:
            event_id = suspect.event_id
        elif (seen := self._seen.get(digest)) is not None and seen.sequence == sequence:
            event_id = seen.event_id
        else:
            event_id = f"{digest}-{salt}"
        self._seen[digest] = _Seen(event_id, sequence, now_s)
        self._seen.move_to_end(digest)
        while len(self._seen) > _IDS_MAX:
            self._seen.popitem(last=False)
        return event_id

    def came_before(self, event_id: str, now_s: float) -> None:
        """A hub that died gave a message this id, and may not have answered it."""
        self._suspects[event_id.partition("-")[0]] = _Seen(event_id, -1, now_s)

    def not_stored(self, pdu: bytes) -> None:
        """A message was answered with an error: it comes again, and may have been stored all the same."""
        digest = _digest(pdu)
        if digest in self._seen:
            self._suspects[digest] = self._seen.pop(digest)

    def session_lost(self, now_s: float) -> None:
        """From now on what came lately may come again."""
        fresh = {digest: seen for digest, seen in self._seen.items() if now_s - seen.at_s < _SUSPECT_S}
        old = {digest: seen for digest, seen in self._suspects.items() if now_s - seen.at_s < _REPEAT_S}
        self._suspects = old | fresh
        self._seen.clear()


def _digest(pdu: bytes) -> str:
    return hashlib.sha256(pdu[HEADER_LENGTH:]).hexdigest()[:32]
