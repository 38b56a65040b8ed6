"""The words by which people have themselves left alone, and let themselves be written to again."""

import unicodedata

_STOP = frozenset(
    ("stop", "stopall", "stop all", "unsubscribe", "optout", "opt out", "停止", "配信停止", "ストップ")
)
_START = frozenset(("start", "unstop", "subscribe", "optin", "opt in", "再開", "配信再開", "スタート"))
_AROUND = " \t\r\n.!。!、\"'「」"


def subscription(text: str) -> bool | None:
    """Return False for a message that says stop and nothing else, True for start, None for any other."""
    word = " ".join(unicodedata.normalize("NFKC", text).strip(_AROUND).casefold().split())
    return False if word in _STOP else True if word in _START else None
