"""What the hub writes by itself: an administrator's template, or words of its own."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from acd.hours import Hours
from hub.board import LiveContact
from hub.texting.templates import Templates
from hub.texts import text

_DAYS = "月火水木金土日"


class Words:
    """`templates` returns those that hold now."""

    def __init__(self, templates: Callable[[], Templates]) -> None:
        self._templates = templates

    def of(self, use: str, contact: LiveContact, language: str, *, opens: str = "") -> str:
        """Return what is written on an occasion, a `use` of templates.conf."""
        own = self._templates().own(use, contact.queue, contact.channel)
        if own is not None:
            return own.filled(language, values_of(contact, opens=opens))
        if use == "closed":
            use = "closed_kept_until" if opens else "closed_kept"
        return text(use, language, case=contact.case or "", opens=opens)


def values_of(contact: LiveContact, *, agent: str = "", opens: str = "") -> dict[str, str]:
    """Return what the variables of templates stand for in a contact."""
    return {
        "customer": contact.name,
        "agent": agent,
        "case": contact.case or "",
        "queue": contact.queue,
        "opens": opens,
    }


def opening(hours: Hours, at_ms: int, language: str) -> str:
    """Return when it opens next, to be read; empty if it does not in sight."""
    opens_ms = hours.next_opening_ms(at_ms)
    if opens_ms is None:
        return ""
    at = datetime.fromtimestamp(opens_ms // 1000, ZoneInfo(hours.zone))
    if language == "en":
        return f"{at:%A} {at.day} {at:%B}, {at.hour}:{at:%M}"
    return f"{at.month}月{at.day}日({_DAYS[at.weekday()]}){at.hour}:{at:%M}"
