"""What the router makes of what it was asked for about a contact: whoever asked waits for it here."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from acd.ids import ContactId

Verdict = asyncio.Future[str]
"""Resolves to the reason of a refusal, "" when it was done."""


class Verdicts:
    """Verdicts by contact. One is asked for at a time; who asks again takes the place of who did."""

    def __init__(self) -> None:
        self._open: dict[ContactId, Verdict] = {}

    @contextmanager
    def expected(self, contact: ContactId) -> Iterator[Verdict]:
        """Begin to listen before the router is asked."""
        verdict: Verdict = asyncio.get_running_loop().create_future()
        self._open[contact] = verdict
        try:
            yield verdict
        finally:
            if self._open.get(contact) is verdict:
                del self._open[contact]

    def settle(self, contact: ContactId, refusal: str = "") -> None:
        """Say what became of it; nobody may be waiting."""
        verdict = self._open.get(contact)
        if verdict is not None and not verdict.done():
            verdict.set_result(refusal)
