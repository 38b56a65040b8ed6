"""What to say of a part that the hub misses: which address was tried, and what to do."""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

_REMEDIES = {
    "redis": "Start that Redis, or take TORITSUGI_REDIS_URL out of the settings and ./run up starts its own.",
    "database": "Start that database, or put its right address and password into TORITSUGI_DATABASE_URL.",
    "asterisk": (
        "Start that Asterisk, with TORITSUGI_ARI_USER, …_PASSWORD in its ari.conf; "
        "or take TORITSUGI_ARI_URL out of the settings and ./run up starts its own."
    ),
}
_ADDRESSES = {
    "redis": "TORITSUGI_REDIS_URL",
    "database": "TORITSUGI_DATABASE_URL",
    "asterisk": "TORITSUGI_ARI_URL",
}


def absent(part: str, environment: Mapping[str, str], why: str) -> str:
    """Return one line about a part of `/readyz` that is not there."""
    tried = _without_password(environment.get(_ADDRESSES.get(part, ""), ""))
    where = f" at {tried}" if tried else ""
    return " ".join(filter(None, (f"{part}{where} is not there: {why}.", _REMEDIES.get(part))))


def absent_parts(environment: Mapping[str, str], readyz: bytes) -> str:
    """Return a line for each part that is not there by an answer of `/readyz`; raises `ValueError`."""
    parts: dict[str, dict[str, object]] = json.loads(readyz)["parts"]
    away = {name: part["why"] for name, part in parts.items() if not part["ready"]}
    return "\n  ".join(absent(name, environment, str(why)) for name, why in away.items())


def _without_password(url: str) -> str:
    address = urlsplit(url)
    return address._replace(netloc=address.netloc.rpartition("@")[2], query="").geturl()
