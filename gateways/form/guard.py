"""Keeps machines from filling in forms. Pure: time is passed in."""

import hashlib
import hmac
from collections import OrderedDict

WINDOW_S = 600.0
_STAMP_LIFE_S = 24 * 3600
_ADDRESSES_MAX = 50_000


class Stamps:
    """Says when a form was asked for, in a way that nobody else can."""

    def __init__(self, secret: bytes) -> None:
        self._key = hashlib.sha256(b"form stamp" + secret).digest()

    def issue(self, form: str, now_s: float) -> str:
        """Return a stamp of now."""
        at = str(int(now_s))
        return f"{at}.{self._sign(form, at)}"

    def age_s(self, form: str, stamp: str, now_s: float) -> float | None:
        """Return how old a stamp is; None if it is none of ours, or older than a day."""
        at, _, signature = stamp.partition(".")
        if not hmac.compare_digest(signature.encode(errors="replace"), self._sign(form, at).encode()):
            return None
        age_s = now_s - int(at)
        return age_s if age_s <= _STAMP_LIFE_S else None

    def _sign(self, form: str, at: str) -> str:
        return hmac.digest(self._key, f"{form} {at}".encode(errors="replace"), hashlib.sha256).hex()[:32]


class Rates:
    """Counts what comes from an address, in windows of ten minutes."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def takes(self, form: str, address: str, rate: int, now_s: float) -> bool:
        """Count a request; whether it is within `rate` (0: whatever comes is)."""
        since_s, count = self._counts.pop((form, address), (now_s, 0))
        if now_s - since_s >= WINDOW_S:
            since_s, count = now_s, 0
        self._counts[form, address] = since_s, count + 1
        while len(self._counts) > _ADDRESSES_MAX:
            self._counts.popitem(last=False)
        return not rate or count < rate
