"""Stored deliveries of a message centre to typed values. Pure."""

import msgspec

from acd.contact import Channel
from gateways.protocol import Inbound, Incoming, RawEvent, Receipt, Subscription
from gateways.sms import alphabet, deliver
from gateways.sms.deliver import Deliver
from gateways.sms.provider import e164
from gateways.sms.words import subscription

_INTERNATIONAL, _ALPHANUMERIC = 1, 5
_GAP = "[…]"
_BINARY = "(文字でない SMS)"

INCOMPLETE = "sms_incomplete"
"""The note of a message of which parts never came."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a delivery: its PDUs as they came, all parts of a text together."""

    at_ms: int
    pdus: tuple[bytes, ...]


def store(event_id: str, address: str, delivery: Stored) -> RawEvent:
    """Make an event of a delivery."""
    return RawEvent(
        channel=Channel.SMS, event_id=event_id, address=address, body=msgspec.msgpack.encode(delivery)
    )


def stored(event: RawEvent) -> Stored:
    """Return what is stored of a delivery; raises `ValueError`."""
    return msgspec.msgpack.decode(event.body, type=Stored)


def decode(event: RawEvent, *, region: str, default: str) -> Incoming | None:
    """Read a stored delivery; raises `ValueError`. `default`: the alphabet of data coding 0."""
    delivery = stored(event)
    delivers = [deliver.read(pdu) for pdu in delivery.pdus]
    if not delivers:
        raise ValueError("expected a PDU")
    if delivers[0].is_receipt:
        return _receipt(event, delivers[0], delivery.at_ms, region)
    return _message(event, delivers, delivery.at_ms, region, default)


def number_of(address: str, kind: int, region: str) -> str | None:
    """Return an address of SMPP in E.164; None for a name."""
    if kind == _ALPHANUMERIC:
        return None
    return e164(address, region, is_international=kind == _INTERNATIONAL)


def _receipt(event: RawEvent, told: Deliver, at_ms: int, region: str) -> Receipt | None:
    receipt = deliver.read_receipt(told)
    if receipt.delivery is None:
        return None
    return Receipt(
        channel=Channel.SMS,
        event_id=event.event_id,
        address=number_of(told.source, told.source_type, region) or told.source,
        sent_as=receipt.message_id,
        delivery=receipt.delivery,
        at_ms=at_ms,
        reason=f"{receipt.state} {receipt.error}".strip(),
    )


def _message(
    event: RawEvent, delivers: list[Deliver], at_ms: int, region: str, default: str
) -> Inbound | Subscription:
    first = delivers[0]
    number = number_of(first.source, first.source_type, region)
    if number is None:
        raise ValueError("the sender has no number that could be answered")
    text = _text(delivers, default)
    wish = subscription(text or "")
    if wish is not None:
        return Subscription(
            channel=Channel.SMS, event_id=event.event_id, address=number, is_on=wish, at_ms=at_ms
        )
    return Inbound(
        channel=Channel.SMS,
        event_id=event.event_id,
        address=number,
        text=_BINARY if text is None else text,
        at_ms=at_ms,
        kind="binary" if text is None else "text",
        notes=() if _is_whole(delivers) else (INCOMPLETE,),
        account=first.destination,
    )


def _is_whole(delivers: list[Deliver]) -> bool:
    place = delivers[0].place
    return place is None or len({each.place.number for each in delivers if each.place}) == place.total


def _text(delivers: list[Deliver], default: str) -> str | None:
    """Join the parts, with a mark where some are missing; None if they are not text."""
    runs: list[bytes] = []
    expected, total = 1, 1
    for each in delivers:
        number, total = (each.place.number, each.place.total) if each.place else (1, 1)
        if runs and number == expected:
            runs[-1] += each.octets
        else:
            runs += ([b""] if number > expected and not runs else []) + [each.octets]
        expected = number + 1
    texts = [alphabet.read(delivers[0].coding, run, default=default) for run in runs]
    if any(text is None for text in texts):
        return None
    return _GAP.join(text or "" for text in texts) + (_GAP if expected <= total else "")
