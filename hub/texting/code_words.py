"""What a customer is sent who may call with a code."""

from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat

from acd.contact import Channel
from gateways.protocol import Choice
from hub.board import LiveContact
from hub.call_codes import LIFE_MIN, CallCodes
from hub.texting.bot import Said
from hub.texts import text

_TAPPED: Final = (Channel.LINE, Channel.CHAT)
"""Channels where a button can open the phone; elsewhere a number in the text is tapped."""
_CALL: Final = {"ja": "電話をかける", "en": "Call us"}


class CodeWords:
    """`number` (E.164, or as it is dialled) is ours that customers call; empty: nobody is sent a code."""

    def __init__(self, codes: CallCodes, number: str, region: str) -> None:
        self._codes, self._number, self._shown = codes, number, _shown(number, region)

    @property
    def can_be_sent(self) -> bool:
        return bool(self._number)

    async def of(self, contact: LiveContact, language: str) -> Said:
        """Return words with a new code for a contact. Raises `CrmUnavailable`."""
        code = await self._codes.issue(contact.id)
        words = text("call_code", language, number=self._shown, code=code, minutes=str(LIFE_MIN))
        choices = (Choice(label=_CALL[language], url=f"tel:{self._number}"),)
        return Said(words, choices if contact.channel in _TAPPED else ())


def _shown(number: str, region: str) -> str:
    """Return a number as it is written: at home without its country code."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return number
    is_ours = phonenumbers.region_code_for_number(parsed) == region
    form = PhoneNumberFormat.NATIONAL if is_ours else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)
