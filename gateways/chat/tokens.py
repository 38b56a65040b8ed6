"""Tokens of chat sessions: who has one goes on in that session."""

import hashlib
import secrets

from itsdangerous import BadSignature, TimestampSigner

_LIFE_S = 90 * 24 * 3600
_ID_BYTES = 16


class Tokens:
    """Signs ids of sessions. A token lives 90 days; each `hello` gives out a new one."""

    def __init__(self, secret: bytes) -> None:
        self._signer = TimestampSigner(secret, salt="toritsugi.chat", digest_method=hashlib.sha256)

    def new_session(self) -> str:
        """Return an id that nobody can guess."""
        return secrets.token_urlsafe(_ID_BYTES)

    def issue(self, session: str) -> str:
        return self._signer.sign(session).decode()

    def read(self, token: str) -> str | None:
        """Return the session of a token; None if it is not ours, or too old."""
        try:
            return self._signer.unsign(token, max_age=_LIFE_S).decode()
        except (BadSignature, UnicodeError):
            return None
