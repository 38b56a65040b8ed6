"""What a message centre hands us: SMPP 3.4 §4.6 (deliver_sm), read with patience.

Centres differ in what they fill in: a field that is not understood costs no message.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import error as StructError
from struct import unpack_from

from gateways.protocol import Delivery

HEADER_LENGTH = 16
_RECEIPTED_ID, _MESSAGE_STATE, _PAYLOAD = 0x001E, 0x0427, 0x0424
_SAR_REFERENCE, _SAR_TOTAL, _SAR_NUMBER = 0x020C, 0x020E, 0x020F
_RECEIPT_ID = re.compile(r"\bid:\s*([^\s]+)", re.IGNORECASE)
_RECEIPT_STATE = re.compile(r"\bstat:\s*([A-Za-z]+)", re.IGNORECASE)
_RECEIPT_ERROR = re.compile(r"\berr:\s*([0-9A-Za-z]+)", re.IGNORECASE)
_STATES = {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD"}
_DELIVERIES = {
    "DELIVRD": Delivery.DELIVERED,
    "EXPIRED": Delivery.FAILED,
    "DELETED": Delivery.FAILED,
    "UNDELIV": Delivery.FAILED,
    "REJECTD": Delivery.FAILED,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of a long text something is: `number` of 1 to `total`."""

    reference: int
    total: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """A deliver_sm. `octets` are those of the text, without header; `tlvs` its optional parameters."""

    source: str
    source_type: int
    destination: str
    esm_class: int
    coding: int
    octets: bytes
    place: Place | None = None
    tlvs: dict[int, bytes] = field(default_factory=dict)

    @property
    def is_receipt(self) -> bool:
        """Whether it tells of a message of ours: SMPP 3.4 §5.2.12, or by all that a receipt has.

        The id alone says nothing: Kannel's own test centre puts one into everything.
        """
        return self.esm_class & 0x3C in (0x04, 0x20) or {_RECEIPTED_ID, _MESSAGE_STATE} <= self.tlvs.keys()


@dataclass(frozen=True, slots=True)
class ReceiptText:
    """What a receipt says: SMPP 3.4 appendix B. `delivery` None: nothing that is final."""

    message_id: str
    state: str
    delivery: Delivery | None
    error: str


def read(pdu: bytes) -> Deliver:
    """Read a deliver_sm from its header on; raises `ValueError`."""
    try:
        return _read(pdu)
    except (StructError, IndexError) as error:
        raise ValueError(f"not a deliver_sm: {error}") from None


def read_receipt(deliver: Deliver) -> ReceiptText:
    """Read a receipt, by its optional parameters or else its text; raises `ValueError`."""
    text = deliver.octets.decode("latin-1")
    given = deliver.tlvs.get(_RECEIPTED_ID, b"").split(b"\0")[0].decode("latin-1")
    found, state, error = (pattern.search(text) for pattern in (_RECEIPT_ID, _RECEIPT_STATE, _RECEIPT_ERROR))
    message_id = given or (found[1] if found else "")
    if not message_id:
        raise ValueError("a receipt for no message")
    code = deliver.tlvs.get(_MESSAGE_STATE, b"")
    word = _STATES.get(code[0], "") if code else (state[1].upper()[:7] if state else "")
    return ReceiptText(message_id, word, _DELIVERIES.get(word), error[1] if error else "")


def _read(pdu: bytes) -> Deliver:
    at = HEADER_LENGTH
    _, at = _text(pdu, at)  # service_type
    source_type, at = pdu[at], at + 2
    source, at = _text(pdu, at)
    destination, at = _text(pdu, at + 2)
    esm_class, at = pdu[at], at + 3
    _, at = _text(pdu, at)  # schedule_delivery_time
    _, at = _text(pdu, at)  # validity_period
    coding, length = pdu[at + 2], pdu[at + 4]
    at += 5
    if at + length > len(pdu):
        raise ValueError(f"expected {length} octets of text, found {len(pdu) - at}")
    octets = pdu[at : at + length]
    tlvs = dict(_tlvs(pdu, at + length))
    octets = octets or tlvs.get(_PAYLOAD, b"")
    place = _sar(tlvs)
    if esm_class & 0x40:
        in_header, octets = _header(octets)
        place = in_header or place
    return Deliver(
        source=source,
        source_type=source_type,
        destination=destination,
        esm_class=esm_class,
        coding=coding,
        octets=octets,
        place=place,
        tlvs=tlvs,
    )


def _text(pdu: bytes, at: int) -> tuple[str, int]:
    end = pdu.find(b"\0", at)
    if end < 0:
        raise ValueError("a text without an end")
    return pdu[at:end].decode("latin-1"), end + 1


def _tlvs(pdu: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(pdu):
        tag, length = unpack_from("!HH", pdu, at)
        yield tag, pdu[at + 4 : at + 4 + length]
        at += 4 + length


def _sar(tlvs: dict[int, bytes]) -> Place | None:
    reference, total, number = (tlvs.get(tag) for tag in (_SAR_REFERENCE, _SAR_TOTAL, _SAR_NUMBER))
    if not reference or not total or not number:
        return None
    return _place(int.from_bytes(reference, "big"), total[0], number[0])


def _header(octets: bytes) -> tuple[Place | None, bytes]:
    """Return the place that a user data header names, if it does, and the text after the header."""
    if not octets:
        return None, octets
    end, at, place = octets[0] + 1, 1, None
    while at + 2 <= min(end, len(octets)):
        element, length = octets[at], octets[at + 1]
        value = octets[at + 2 : at + 2 + length]
        if element == 0x00 and len(value) == 3:
            place = _place(value[0], value[1], value[2])
        elif element == 0x08 and len(value) == 4:
            place = _place(int.from_bytes(value[:2], "big"), value[2], value[3])
        at += 2 + length
    return place, octets[end:]


def _place(reference: int, total: int, number: int) -> Place | None:
    return Place(reference, total, number) if 1 <= number <= total and total > 1 else None
