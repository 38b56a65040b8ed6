"""Passwords: made up, hashed with Argon2id and checked, beside the event loop."""

import asyncio
import secrets
from collections.abc import Callable
from functools import cached_property
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import AccountInvalid, TooBusy

P = ParamSpec("P")
T = TypeVar("T")

LENGTH_MIN, LENGTH_MAX = 10, 128
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # nothing that is mistaken for another on a phone's display
_GENERATED = 16


def generate_password() -> str:
    """Return a password of 78 random bits that can be typed on a phone."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_GENERATED))


class Passwords:
    """Argon2id with OWASP's least costs (19 MiB, 2 passes, 1 lane): the processor belongs to the calls.

    `workers` checks run at a time, `waiting_max` wait; beyond that `TooBusy` is raised at once, so that
    a flood of sign-ins takes neither memory nor the machine. What is to be typed on a telephone may be short:
    `length_min`.
    """

    def __init__(
        self,
        *,
        hasher: PasswordHasher | None = None,
        workers: int = 2,
        waiting_max: int = 50,
        length_min: int = LENGTH_MIN,
    ) -> None:
        self._length_min = length_min
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._workers = asyncio.Semaphore(workers)
        self._room = workers + waiting_max

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(generate_password())

    async def hash(self, password: str) -> str:
        """Hash a new password; raises `AccountInvalid` if it is too short or too long."""
        if not self._length_min <= len(password) <= LENGTH_MAX:
            raise AccountInvalid(f"password: expected {self._length_min} to {LENGTH_MAX} characters")
        return await self._aside(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits. Without a hash it never does, and takes as long to say so."""
        return await self._aside(self._verify, password_hash, password)

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other costs than new ones are."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str | None, password: str) -> bool:
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    async def _aside(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._room <= 0:
            raise TooBusy("too many passwords wait to be checked")
        self._room -= 1
        try:
            async with self._workers:
                return await asyncio.to_thread(work, *args, **kwargs)
        finally:
            self._room += 1
