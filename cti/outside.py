"""Ways to a number outside, one after the other: when the next is worth trying."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_ELSEWHERE_SIP = frozenset({401, 402, 403, 407, 408, 480, 488, 500, 501, 502, 503, 504, 505, 513, 580})
"""What a carrier answers that cannot or will not carry a call; the number itself may be all right.

Not among them: 404, 410, 484, 604 (no such number), 486, 600 (busy), 603 (declined), 606.
"""
_ELSEWHERE_CAUSES = frozenset({0, 3, 18, 19, 20, 27, 34, 38, 41, 42, 44, 47, 58, 102})
"""Q.850, for ends without a SIP answer: no route, no answer from the carrier, out of order, congestion."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a number: an `endpoint` of Asterisk (`PJSIP/09012345678@carrier`) and how we call there.

    `caller_id` is what is seen of us, `""` the trunk's own; `variables` are set on the channel.
    """

    endpoint: str
    caller_id: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


def is_worth_another(cause: int, sip_status: int | None, *, rang: bool) -> bool:
    """Whether a call that was not answered may be tried another way: the trunk failed, not the number.

    `cause` is of Q.850, `sip_status` the carrier's last answer if there was one.
    """
    if rang:
        return False
    return sip_status in _ELSEWHERE_SIP if sip_status else cause in _ELSEWHERE_CAUSES
