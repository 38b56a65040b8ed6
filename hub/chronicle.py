"""What is written about a contact when it is over: its transcript's end, and a summary."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from acd.ids import AgentId, ContactId
from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import Direction, JourneyItem, JourneyKind
from crm_bridge.transcripts import TranscriptLine
from hub.board import LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.desktop.protocol import Event, SummaryShown
from hub.journal import Journal
from hub.summaries import EXTRACT, Matter, Said, Summariser, extract, language_of
from hub.transcripts import Side, Transcripts

log = structlog.get_logger()

_MODEL_S = 15.0
_DONE_MAX = 1_000


class Send(Protocol):
    """Tells an agent's desktops (`hub.desktop.registry.Desktops.send` serves)."""

    def __call__(self, agent: AgentId, event: Event) -> bool: ...


class Chronicle:
    """Sums each contact up once, when its talk is over and all of it was heard.

    `send` is told later, and `listened`, which waits for what was said last.
    """

    def __init__(
        self,
        transcripts: Transcripts,
        summariser: Summariser,
        *,
        crm: Crm,
        journal: Journal,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._transcripts, self._summariser = transcripts, summariser
        self._crm, self._journal, self._clock_ms = crm, journal, clock_ms
        self._done: dict[ContactId, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.send: Send = lambda agent, event: False
        self.listened: Callable[[ContactId], Awaitable[object]] = lambda contact: asyncio.sleep(0)

    def over(self, contact: LiveContact) -> None:
        """A contact's talk is over; told twice, it is done once. Never waits."""
        if contact.id in self._done or contact.about is not None:
            return
        self._done[contact.id] = None
        if len(self._done) > _DONE_MAX:
            del self._done[next(iter(self._done))]
        task = asyncio.create_task(self._sum_up(contact, contact.agent), name=f"sum up {contact.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let what is under way come to its end, for a moment."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2.0)
        for task in self._tasks:
            task.cancel()

    async def _sum_up(self, contact: LiveContact, agent: AgentId | None) -> None:
        await self.listened(contact.id)
        lines = self._transcripts.ended(contact.id)
        try:
            matter = await self._matter(contact, lines)
            text, by = await self._summary(matter)
        except CrmUnavailable:
            log.warning("summary.not_made", contact=contact.id)
            return
        except Exception:
            log.exception("summary.failed", contact=contact.id)
            return
        if not text:
            return
        item = JourneyItem(
            self._clock_ms(),
            JourneyKind.SUMMARY,
            contact=contact.id,
            agent=agent,
            text=text,
            detail={"by": by},
        )
        self._journal.put(lambda: self._crm.journey.record(f"{contact.id}:summary", item))
        if agent is not None:
            self.send(agent, SummaryShown(contact=contact.id, text=text))

    async def _matter(self, contact: LiveContact, lines: Sequence[TranscriptLine]) -> Matter:
        said = [Said(line.text, line.side == Side.CUSTOMER) for line in lines]
        if not contact.channel.is_live:
            messages = await self._crm.messages.of(contact.id)
            said = [
                Said(each.text, each.direction is Direction.IN)
                for each in messages
                if each.direction is Direction.IN or each.author is not None
            ]
        return Matter(
            language=language_of(said),
            intent=contact.intent,
            heard=tuple((item.name, item.value) for item in contact.heard),
            said=tuple(said),
        )

    async def _summary(self, matter: Matter) -> tuple[str, str]:
        """Return a summary and who made it; where a model fails there is an extract."""
        try:
            async with asyncio.timeout(_MODEL_S):
                return await self._summariser.summarise(matter), self._summariser.name
        except Exception as error:
            log.warning("summary.model_failed", model=self._summariser.name, error=type(error).__name__)
            return await asyncio.to_thread(extract, matter), EXTRACT
