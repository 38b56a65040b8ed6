"""Access tokens for mailboxes without a password (OAuth 2.0, RFC 6749), shown to servers by XOAUTH2."""

import json
import re
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit

from gateways import tls
from gateways.mail.errors import MailboxAway

PREFIX: Final = "TORITSUGI_MAIL_"
_WORDS: Final = ("token_url", "client_id", "client_secret", "refresh_token", "scope")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_ANSWER_S, _ANSWER_MAX = 10.0, 64 * 1024
_LIFE_S, _EARLY_S = 3600.0, 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """By what a token server gives out tokens: a refresh token (§6), else our own credentials (§4.4)."""

    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    scope: str = ""

    def form(self) -> dict[str, str]:
        """Return what is asked of the token server."""
        kind = "refresh_token" if self.refresh_token else "client_credentials"
        given = {name: getattr(self, name) for name in _WORDS[1:] if getattr(self, name)}
        return {"grant_type": kind} | given


def grant_of(mailbox: str, environment: Mapping[str, str]) -> tuple[Grant | None, str]:
    """Return a mailbox's grant, None if it has none, and what is wrong with it."""
    names = {word: f"{PREFIX}{word.upper()}_{mailbox.upper()}" for word in _WORDS}
    given = {word: environment.get(name, "") for word, name in names.items()}
    if not given["token_url"]:
        return None, ""
    url = urlsplit(given["token_url"])
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _LOOPBACK):
        return None, f"expected an https address: {names['token_url']}"
    if not given["client_id"]:
        return None, f"expected the name of the app at the token server: {names['client_id']}"
    if not given["refresh_token"] and not given["client_secret"]:
        return None, f"expected {names['refresh_token']} or {names['client_secret']}"
    return Grant(**given), ""


class Tokens:
    """The token of one mailbox, for all threads. What a new refresh token says is kept while the hub runs."""

    def __init__(self, grant: Grant, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._form, self._clock = grant.token_url, grant.form(), clock
        self._lock = threading.Lock()
        self._token, self._until_s = "", 0.0

    def get(self) -> str:
        """Return a token that is good for a while; asks for one, and waits for it. Raises `MailboxAway`."""
        with self._lock:
            if not self._token or self._clock() >= self._until_s:
                told = self._ask()
                life_s = told.get("expires_in")
                life_s = float(life_s) if isinstance(life_s, int | float) else _LIFE_S
                self._token = str(told["access_token"])
                self._until_s = self._clock() + max(0.0, life_s - _EARLY_S)
                if self._form["grant_type"] == "refresh_token" and told.get("refresh_token"):
                    self._form["refresh_token"] = str(told["refresh_token"])
            return self._token

    def forget(self, token: str) -> None:
        """A server did not take a token: the next one is a new one."""
        with self._lock:
            if token == self._token:
                self._token = ""

    def _ask(self) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
            self._url, urlencode(self._form).encode(), {"Accept": "application/json"}
        )
        try:
            with urllib.request.urlopen(  # noqa: S310
                request, timeout=_ANSWER_S, context=tls.context_of()
            ) as answer:
                told = _read(answer.read(_ANSWER_MAX))
        except HTTPError as error:
            with error:
                why = _read(error.read(_ANSWER_MAX)).get("error", "")
            word = re.sub("[^a-z_]", "", str(why))[:40]
            raise MailboxAway(f"the token server refused: {error.code} {word}".rstrip()) from None
        except (OSError, ValueError) as error:
            cause = getattr(error, "reason", error)
            failed = tls.trouble(cause) if isinstance(cause, BaseException) else None
            raise MailboxAway(f"no token: {failed or type(error).__name__}") from None
        if not told.get("access_token"):
            raise MailboxAway("the token server answered without a token")
        return told


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
