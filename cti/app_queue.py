"""Callers in Asterisk's own `Queue()`, and the place they get there. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cti.ami_connection import Headers
from cti.ari import ChannelKey
from cti.caller_name import caller_name
from cti.incoming import CALLED_INFIX, IncomingCall, known_number

_TENTH_MS = 100
_PRIORITY_MAX = 2**31 - 1
_CONTEXT, _TO_STAY = "fallback", "stay"
_BORN = re.compile(r"(\d+)\.\d+$")
"""The end of an Asterisk's unique id: Unix time in seconds, and a number."""
_UNKNOWN = "<unknown>"


class QueueStage(StrEnum):
    """How far a caller is: nobody's phone rings, one does, or they talk."""

    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"


@dataclass(frozen=True, slots=True)
class QueuedCall:
    """A caller whom app_queue serves by our `[fallback]`. `endpoint` (`PJSIP/sato`) is who talks to him.

    `may_return`: he is there because the hub or a part of it was away, not because it gave him up.
    """

    call: IncomingCall
    queue: str
    stage: QueueStage
    endpoint: str = ""
    may_return: bool = True


def known_as(channel: str) -> str:
    """Return what a call is known by whose channel this is: of one that we made, what it was made for."""
    return channel.partition(CALLED_INFIX)[2] or channel


def queue_priority(place_ms: int) -> int:
    """Return the `QUEUE_PRIO` of a caller by his place among those who wait (ms; less is served first).

    app_queue puts callers with a higher one ahead, whenever they come. Places less than 0.1 s apart
    count as the same. Always above 0, which is a caller's without one; begins anew every 6.8 years.
    """
    return _PRIORITY_MAX - place_ms // _TENTH_MS % _PRIORITY_MAX


def waiting_ids(queue_status: Iterable[Headers]) -> frozenset[str]:
    """Return the channels that wait, by the answer to AMI's `QueueStatus`: who talks is not among them."""
    return frozenset(each["uniqueid"] for each in queue_status if each.get("event") == "QueueEntry")


def queued_calls(
    node: str, channel_list: Iterable[Headers], waiting: frozenset[str]
) -> tuple[QueuedCall, ...]:
    """Read the answer to AMI's `CoreShowChannels`; `waiting` as `QueueStatus` said just before.

    A caller who neither waits nor talks is about to leave and is not among them.
    """
    channels = [each for each in channel_list if each.get("event") == "CoreShowChannel"]
    # a phone that app_queue rings says for whom by the id that it is linked to
    rung = {each["linkedid"] for each in channels if each["application"] == "AppQueue"}
    partners = {
        each["bridgeid"]: each["channel"].rpartition("-")[0]
        for each in channels
        if each.get("bridgeid") and not _is_queued(each)
    }
    calls: list[QueuedCall] = []
    for each in channels:
        if not _is_queued(each):
            continue
        endpoint = ""
        if bridge := each.get("bridgeid", ""):
            stage, endpoint = QueueStage.TALKING, partners.get(bridge, "")
        elif each["uniqueid"] not in waiting:
            continue
        else:
            is_rung = each["linkedid"] in rung
            stage = QueueStage.RINGING if is_rung else QueueStage.WAITING
        queue = each["applicationdata"].partition(",")[0]
        calls.append(QueuedCall(_incoming(node, each), queue, stage, endpoint, each["exten"] != _TO_STAY))
    return tuple(calls)


def _is_queued(channel: Headers) -> bool:
    return channel["application"] == "Queue" and channel["context"] == _CONTEXT


def _incoming(node: str, channel: Headers) -> IncomingCall:
    id_, name = channel["uniqueid"], channel["calleridname"]
    born = _BORN.search(id_)
    return IncomingCall(
        key=ChannelKey(node, id_),
        caller_number=known_number(channel["calleridnum"].replace(_UNKNOWN, "")),
        caller_name=caller_name(name.replace(_UNKNOWN, "")),
        dialled="",
        trunk=channel["channel"].partition("/")[2].rpartition("-")[0],
        at_ms=int(born[1]) * 1000 if born else 0,
        queue=channel["applicationdata"].partition(",")[0],
        again=id_.partition(CALLED_INFIX)[2],
    )
