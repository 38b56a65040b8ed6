"""What a customer is recognised by, brought into one form so that equal means the same."""

import re
import unicodedata
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum

import phonenumbers

from acd.contact import Channel
from crm_bridge.identifier_kinds import IdentifierKind

__all__ = ["KIND_OF_CHANNEL", "IdentifierKind", "LinkedBy", "identifier_of", "national", "normalise"]


class LinkedBy(StrEnum):
    """What the link between a customer and an identifier rests on."""

    FIRST_CONTACT = "first_contact"
    CALLER_ID = "caller_id"
    SIGNED_LINK = "signed_link"
    ACCOUNT_LINK = "account_link"
    CALL_CODE = "call_code"
    AGENT = "agent"

    @property
    def is_proof(self) -> bool:
        """Whether it shows that one person holds both: a caller id can be forged.

        A code that he called with (`CALL_CODE`) does, unless something better says otherwise.
        """
        return self not in (LinkedBy.FIRST_CONTACT, LinkedBy.CALLER_ID)


KIND_OF_CHANNEL = {
    Channel.VOICE: IdentifierKind.PHONE,
    Channel.VIDEO: IdentifierKind.PHONE,
    Channel.SMS: IdentifierKind.PHONE,
    Channel.FAX: IdentifierKind.PHONE,
    Channel.VOICEMAIL: IdentifierKind.PHONE,
    Channel.LINE: IdentifierKind.LINE,
    Channel.EMAIL: IdentifierKind.EMAIL,
    Channel.CHAT: IdentifierKind.CHAT,
    Channel.SOCIAL: IdentifierKind.SOCIAL,
}
"""Kind of the address that a contact of each channel comes by; a ticket's may be a mailbox or a number."""

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−ーｰ─━〜~"), "-")
_PHONE = re.compile(r"\+?\(?[0-9][0-9 ().\-/]*")
_URI = re.compile(r"(?:sips?|tel):([^@;>?]+)", re.IGNORECASE)
_OPAQUE = re.compile(r"[!-~]{1,128}")
_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class _DiallingPlan:
    """How a region's numbers are written without `+`.

    `service` stands before a number and is no part of it; `abroad` is how a number with country code
    may begin instead of `+`; `whole` are the digits of a number that is meant for the whole network, and
    not a house extension.
    """

    service: re.Pattern[str]
    abroad: re.Pattern[str]
    whole: re.Pattern[str]


_DIALLING_PLANS = {
    "JP": _DiallingPlan(
        service=re.compile(r"^18[46][- ]?(?=[0(+8])"),  # withhold or show the caller's number
        # 00 only before our own country code: 0033 and the like choose a carrier; and with one chosen, 010
        abroad=re.compile(r"^(?:00[- ]?(?=81)|00(?:1|2|9|[0-9]{2}|91[0-9]{2})[- ]?010[- ]?)"),
        whole=re.compile(r"0[0-9]{9,}|81[1-9][0-9]{8,9}"),
    )
}


def normalise(kind: IdentifierKind, raw: str | None, *, region: str = "JP") -> str | None:
    """Return the one form of an address, or None if it names nobody: None matches no customer.

    Phones become E.164 (ITU-T E.164), e-mail addresses lower case, other ids stay as they
    are. `region` (ISO 3166) is where numbers without a country code are at home. Withheld numbers, house
    extensions, short numbers and what cannot be parsed give None. Normalising twice changes nothing.
    """
    if raw is None:
        return None
    match kind:
        case IdentifierKind.PHONE:
            return _phone(raw, region)
        case IdentifierKind.EMAIL:
            return _email(raw)
        case IdentifierKind.LINE | IdentifierKind.CHAT | IdentifierKind.SOCIAL:
            value = raw.strip()
            return value if _OPAQUE.fullmatch(value) else None


def identifier_of(channel: Channel, address: str | None) -> tuple[IdentifierKind, str] | None:
    """Return by what the customer of a contact is known; None if his address says nothing of him.

    The address is in its one form already, but for a ticket's, which is what somebody typed.
    """
    if address is None:
        return None
    if channel is Channel.FAX and not address.startswith("+"):
        return None  # a machine that sent no number
    if (kind := KIND_OF_CHANNEL.get(channel)) is not None:
        return kind, address
    for kind in (IdentifierKind.EMAIL, IdentifierKind.PHONE):
        if (value := normalise(kind, address)) is not None:
            return kind, value
    return None


def _phone(raw: str, region: str) -> str | None:
    text = unicodedata.normalize("NFKC", raw).translate(_DASHES).strip()
    if uri := _URI.search(text):
        text = uri[1].strip()
    plan = _DIALLING_PLANS.get(region)
    if plan:
        text = plan.abroad.sub("+", plan.service.sub("", text))
    if not _PHONE.fullmatch(text):
        return None
    if plan and not text.startswith("+") and not plan.whole.fullmatch(re.sub(r"\D", "", text)):
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(number: str, region: str) -> str:
    """Return an E.164 number as it is dialled in a region, digits only: `09012345678`.

    One of another country stays as it is, but for the plus sign.
    """
    parsed = phonenumbers.parse(number)
    if phonenumbers.region_code_for_number(parsed) != region:
        return number.removeprefix("+")
    return re.sub(r"\D", "", phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))


def _email(raw: str) -> str | None:
    address = parseaddr(unicodedata.normalize("NFKC", raw).strip().removeprefix("mailto:"))[1]
    local, _, domain = address.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    value = f"{local}@{domain}".lower()
    return value if len(value) <= 254 and _EMAIL.fullmatch(value) else None
