"""What AMI's lists say of where phones and carriers are reached, and of registrations at carriers. Pure.

Asterisk: PJSIPShowContacts (`ContactList`, of what registered), PJSIPShowEndpoint (`ContactStatusDetail`, of
what stands in files, too), PJSIPShowRegistrationsOutbound (`OutboundRegistrationDetail`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cti.ami_connection import Headers
from cti.ami_events import ContactStatus, ContactStatusChanged

_REGISTERED = "Registered"


@dataclass(frozen=True, slots=True)
class SipContact:
    """Where a phone or a carrier is reached. `round_trip_us`: of the last OPTIONS that was answered.

    One whose section has `qualify_frequency = 0` is never asked: its status is `NonQualified`.
    """

    endpoint: str
    uri: str
    status: ContactStatus
    round_trip_us: int | None

    @property
    def is_reachable(self) -> bool | None:
        """Whether it answered when it was asked last; None if it is not asked, or not yet."""
        match self.status:
            case ContactStatus.REACHABLE:
                return True
            case ContactStatus.UNREACHABLE:
                return False
            case _:
                return None

    @property
    def address(self) -> str:
        """The host part of the URI: an IP address, or what the file says."""
        rest = self.uri.partition(":")[2].partition(";")[0]
        host = rest.rpartition("@")[2]
        return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration of ours at a carrier; `name` is that of its section in PJSIP's configuration."""

    name: str
    endpoint: str
    status: str

    @property
    def is_registered(self) -> bool:
        return self.status == _REGISTERED


def sip_contacts(answer: Iterable[Headers]) -> list[SipContact]:
    """Read the answer to `PJSIPShowContacts`."""
    return [
        SipContact(
            each.get("endpoint") or each["objectname"].partition(";")[0],
            each["uri"],
            ContactStatus(each["status"]),
            _round_trip(each),
        )
        for each in answer
        if each.get("event") == "ContactList"
    ]


def endpoint_contacts(answer: Iterable[Headers]) -> list[SipContact]:
    """Read the contacts in the answer to `PJSIPShowEndpoint`."""
    return [
        SipContact(each["endpointname"], each["uri"], ContactStatus(each["status"]), _round_trip(each))
        for each in answer
        if each.get("event") == "ContactStatusDetail"
    ]


def channels_of(answer: Iterable[Headers]) -> int:
    """Return how many channels an endpoint has, by the answer to `PJSIPShowEndpoint`."""
    active = "".join(
        each.get("activechannels", "") for each in answer if each.get("event") == "EndpointDetail"
    )
    return len([name for name in active.split(",") if name])


def matches_of(answer: Iterable[Headers]) -> list[str]:
    """Return the networks that an endpoint is known by, by the answer to `PJSIPShowEndpoint`."""
    found = [each.get("match", "") for each in answer if each.get("event") == "IdentifyDetail"]
    return [match.strip() for text in found for match in text.split(",") if match.strip()]


def registrations(answer: Iterable[Headers]) -> list[Registration]:
    """Read the answer to `PJSIPShowRegistrationsOutbound`."""
    return [
        Registration(each["objectname"], each.get("endpoint") or each["objectname"], each["status"])
        for each in answer
        if each.get("event") == "OutboundRegistrationDetail"
    ]


def changed(contact: SipContact | None, event: ContactStatusChanged) -> SipContact:
    """Return a contact as an event tells of it; the last round trip stays where the event has none."""
    measured = event.round_trip_us or None
    if contact is None:
        return SipContact(event.endpoint or event.aor, event.uri, event.status, measured)
    status = contact.status if event.status is ContactStatus.UPDATED else event.status
    return replace(contact, status=status, round_trip_us=measured or contact.round_trip_us)


def _round_trip(headers: Headers) -> int | None:
    """Read a time in microseconds; Asterisk says 0 (or nothing, or nan) of what was never measured."""
    text = headers.get("roundtripusec", "")
    return int(text) or None if text.isdecimal() else None
