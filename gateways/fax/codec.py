"""Faxes as stored events, and back to what the hub is told of them. Pure."""

from collections.abc import Mapping

import msgspec
import phonenumbers

from acd.contact import Channel
from gateways.fax.conf import FaxLine
from gateways.fax.report import Report
from gateways.protocol import Delivery, Inbound, Part, RawEvent, Receipt

PDF, TIFF = "application/pdf", "image/tiff"
_CUT = "(途中で切れました)"


class Received(msgspec.Struct, frozen=True, tag=True, tag_field="event"):
    """A fax that came. `node` is the Asterisk in whose spool it lies; `type` what it lies there as.

    `case` is a case number that was read on its pages.
    """

    node: str
    id: str
    report: Report
    type: str
    pages: int
    case: str | None = None


class Sent(msgspec.Struct, frozen=True, tag=True, tag_field="event"):
    """What became of a fax of ours, for good."""

    key: str
    delivery: Delivery
    at_ms: int
    reason: str = ""


def event_of_received(fax: Received, address: str) -> RawEvent:
    """Make the event of a fax that came."""
    body = msgspec.json.encode(fax)
    return RawEvent(channel=Channel.FAX, event_id=f"{fax.node}:{fax.id}", address=address, body=body)


def event_of_sent(sent: Sent, address: str) -> RawEvent:
    """Make the event by which the hub hears of a fax that it sent; told again, it is the same."""
    key = f"{sent.key}:{sent.delivery}"
    return RawEvent(channel=Channel.FAX, event_id=key, address=address, body=msgspec.json.encode(sent))


def read(body: bytes) -> Received | Sent:
    """Read an event's body; raises `ValueError`."""
    return msgspec.json.decode(body, type=Received | Sent)


def decode(event: RawEvent, lines: Mapping[str, FaxLine], region: str) -> Inbound | Receipt:
    """Say what a stored event tells; raises `ValueError`."""
    told = read(event.body)
    if isinstance(told, Sent):
        return Receipt(
            channel=Channel.FAX,
            event_id=event.event_id,
            address="",
            sent_as=told.key,
            delivery=told.delivery,
            at_ms=told.at_ms,
            reason=told.reason,
        )
    report, line = told.report, lines.get(told.report.line)
    is_cut = not report.is_whole
    at_ms = (report.began or report.ended) * 1000
    return Inbound(
        channel=Channel.FAX,
        event_id=event.event_id,
        address=event.address,
        text=f"FAX {told.pages}枚{_CUT if is_cut else ''}",
        at_ms=at_ms,
        kind="fax",
        account=report.line,
        queue=line.queue if line is not None and line.queue else None,
        parts=(_part(told),),
        case=told.case,
        fields=_fields(report, told.pages, region),
        notes=("fax_cut_off",) if is_cut else (),
    )


def sender(report: Report, id_: str, region: str) -> str:
    """Return the address that a fax came from: the caller's number, else what its machine calls itself.

    A sender of whom nothing is known is one by himself, of that id.
    """
    return e164(report.number, region) or e164(report.station, region) or f"unknown:{id_}"


def e164(text: str, region: str) -> str | None:
    """Return a number in the form of E.164; None if it is none."""
    digits = "".join(each for each in text if each.isascii() and (each.isdigit() or each == "+"))
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _part(fax: Received) -> Part:
    ending = "pdf" if fax.type == PDF else "tif"
    return Part(name=f"fax-{fax.id.partition('-')[0]}.{ending}", type=fax.type, source=fax.id)


def _fields(report: Report, pages: int, region: str) -> dict[str, str]:
    """Return what is noted at the contact. `fax_station_number`: nobody has proved that it is his."""
    fields = {
        "fax_pages": str(pages),
        "fax_rate": str(report.rate),
        "fax_result": report.result if report.error != "LOST" else "cut_off",
        "fax_mode": report.mode,
        "fax_station": report.station,
        "fax_station_number": e164(report.station, region) or "",
    }
    return {name: value for name, value in fields.items() if value}
