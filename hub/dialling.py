"""Numbers as agents type them."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

from crm_bridge.identifiers import IdentifierKind, normalise

_PREFIXED = re.compile(r"(184|186)(?=[0+*#1-9])")
_CODE = re.compile(r"\*[0-9*#]{1,7}")
"""What means something to the carrier only: *21."""
_SHORT = re.compile(r"[0-9]{3,6}")
_SERVICES = {"JP": re.compile(r"1[0-9]{2}")}
"""Services of a region's plan that phonenumbers does not list: 117, 171, 177... are all of 1XY."""


class Identity(StrEnum):
    """What is to be seen of us: what the trunk is set to, nothing (184), or our number (186)."""

    AS_USUAL = "as_usual"
    WITHHELD = "withheld"
    SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class Dialled:
    """A number as somebody dialled it. `number` is E.164, or a short one of the network as it is."""

    number: str
    identity: Identity = Identity.AS_USUAL


def dialled(typed: str, region: str) -> Dialled | None:
    """Read a typed number; None if it cannot be called.

    In Japan 184 and 186 before it say what is to be seen of us. Emergency and short numbers of the region,
    and its free ones (110, 117, 0120...), stay as typed.
    """
    text, identity = re.sub(r"[\s().\-/]", "", unicodedata.normalize("NFKC", typed)), Identity.AS_USUAL
    if region == "JP" and (prefix := _PREFIXED.match(text)) is not None:
        identity = Identity.WITHHELD if prefix[1] == "184" else Identity.SHOWN
        text = text[3:]
    if (number := normalise(IdentifierKind.PHONE, text, region=region)) is not None:
        return Dialled(number, identity)
    is_known = _CODE.fullmatch(text) or (_SHORT.fullmatch(text) and _is_short(text, region))
    return Dialled(text, identity) if is_known else None


def _is_short(text: str, region: str) -> bool:
    service = _SERVICES.get(region)
    if phonenumbers.is_emergency_number(text, region) or (service and service.fullmatch(text)):
        return True
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_short_number_for_region(number, region)
