"""In which language somebody writes."""

import unicodedata

from acd.ids import ContactId
from crm_bridge.messages import Messages
from crm_bridge.model import Direction


def language_of(text: str) -> str:
    """Return `ja` or `en`: English if there are letters, and fewer than one sign in ten is Japanese."""
    folded = unicodedata.normalize("NFKC", text)
    japanese = sum("\u3040" <= sign <= "\u9fff" for sign in folded)
    latin = sum(sign.isascii() and sign.isalpha() for sign in folded)
    return "en" if latin >= 2 and japanese * 10 < latin else "ja"


async def language_in(messages: Messages, contact: ContactId) -> str:
    """Return in which language the customer of a contact wrote. Raises `CrmUnavailable`."""
    written = await messages.of(contact)
    return language_of(" ".join(each.text for each in written if each.direction is Direction.IN))
