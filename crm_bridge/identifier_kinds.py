"""The kinds of address that a customer is recognised by; apart, as Asterisk's image has no packages."""

from enum import StrEnum


class IdentifierKind(StrEnum):
    """Kind of address. A number that calls, sends SMS or faxes is one identifier: a phone.

    Social ones look like `messenger:PAGE:USER`.
    """

    PHONE = "phone"
    LINE = "line"
    EMAIL = "email"
    CHAT = "chat"
    SOCIAL = "social"
