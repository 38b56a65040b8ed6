"""Telling callers that they may be recorded, before they are."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from acd.ids import ContactId
from acd.policy import QueueSettings
from hub.call import Call
from hub.voice_settings import VoiceSettings
from hub.waiting_calls import WaitingCalls
from ivr.flow import Language, Prompt

_PATIENCE_S = 60.0


@dataclass(slots=True)
class _Telling:
    over: asyncio.Event = field(default_factory=asyncio.Event)
    is_heard: bool = False


class RecordAnnouncements:
    """Says what `record_announce` says, once to each caller.

    It begins with the wait, so that it costs nobody time who waits anyway; an agent who is there sooner
    waits for its end.
    """

    def __init__(self, waiting: WaitingCalls, settings: Callable[[], VoiceSettings]) -> None:
        self._waiting, self._settings = waiting, settings
        self._told: dict[ContactId, _Telling] = {}

    def tell(self, call: Call) -> None:
        """Begin to say it, if there is something to say that was not heard."""
        prompt, told = self._prompt(call), self._told.get(call.contact.id)
        if prompt is None or (told is not None and (told.is_heard or not told.over.is_set())):
            return
        telling = self._told[call.contact.id] = _Telling()
        self._waiting.tell_whole(call, prompt, lambda is_heard: _over(telling, is_heard=is_heard))

    async def heard(self, call: Call) -> None:
        """Have it said, if it was not, and wait for its end or the caller's."""
        self.tell(call)
        telling = self._told.get(call.contact.id)
        if telling is None or telling.over.is_set():
            return
        works = [asyncio.create_task(each.wait()) for each in (telling.over, call.gone)]
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_S):
                    await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for work in works:
                work.cancel()

    def is_done(self, call: Call) -> bool:
        """Whether there is nothing to say, or it was heard to its end."""
        told = self._told.get(call.contact.id)
        return self._prompt(call) is None or (told is not None and told.is_heard)

    def was_heard(self, call: Call) -> None:
        """It was said by another hub."""
        _over(self._told.setdefault(call.contact.id, _Telling()), is_heard=True)

    def forget(self, contact: ContactId) -> None:
        self._told.pop(contact, None)

    def _prompt(self, call: Call) -> Prompt | None:
        return _prompt(self._settings().queue(call.contact.queue), call.language)


def prompts_of_queues(queues: Iterable[QueueSettings]) -> list[Prompt]:
    """Return all that may be said, so that it can be made ready."""
    found = (_prompt(queue, language) for queue in queues for language in ("ja", "en"))
    return [prompt for prompt in found if prompt is not None]


def _prompt(queue: QueueSettings, language: str) -> Prompt | None:
    rules = queue.recording
    text = rules.announce_ja if language == "ja" else rules.announce_en
    return Prompt(f"{queue.name}-record", Language(language), text) if text else None


def _over(telling: _Telling, *, is_heard: bool) -> None:
    telling.is_heard = is_heard
    telling.over.set()
