"""Numbers that agents type."""

import re
import unicodedata

import phonenumbers

from crm_bridge.identifiers import IdentifierKind, normalise

_SHORT = re.compile(r"[0-9]{3,6}")
_SERVICES = {"JP": re.compile(r"1[0-9]{2}")}
"""Services of a region's plan that phonenumbers does not list: 117, 171, 177... are all of 1XY."""


def dialled(typed: str, region: str) -> str | None:
    """Return a typed number as E.164; None if it cannot be called.

    Emergency and short numbers of the region, and its free ones (110, 117, 0120...), stay as typed.
    """
    text = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", typed))
    if (number := normalise(IdentifierKind.PHONE, text, region=region)) is not None:
        return number
    return text if _SHORT.fullmatch(text) and _is_short(text, region) else None


def _is_short(text: str, region: str) -> bool:
    service = _SERVICES.get(region)
    if phonenumbers.is_emergency_number(text, region) or (service and service.fullmatch(text)):
        return True
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_short_number_for_region(number, region)
