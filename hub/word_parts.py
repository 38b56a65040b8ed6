"""The parts that work with what is said and asked, made and wired: transcripts, summaries, answers."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from acd.ids import QueueName
from acd.policy import QueueSettings
from crm_bridge.knowledge import Knowledge
from hub.chronicle import Chronicle
from hub.crm import Crm
from hub.desktop.registry import Desktops
from hub.journal import Journal
from hub.live_transcripts import LiveTranscripts
from hub.recordings.live import LiveRecordings
from hub.retention import Retention
from hub.summaries import Extract, Summariser
from hub.transcripts import Transcripts


@dataclass(slots=True, kw_only=True)
class WordParts:
    """`knowledge` is replaced when faq.conf is read anew. `run` is the service of all."""

    knowledge: Knowledge
    transcripts: Transcripts
    chronicle: Chronicle
    retention: Retention

    def use(self, desktops: Desktops, recordings: LiveRecordings, heard: LiveTranscripts | None) -> None:
        """Tell them of what was made later."""
        self.transcripts.send = self.chronicle.send = desktops.send
        self.transcripts.silence = recordings.silence
        if heard is not None:
            heard.heard, self.chronicle.listened = self.transcripts.heard, heard.listened

    async def run(self) -> None:
        try:
            await self.retention.run()
        finally:
            await asyncio.shield(self.chronicle.close())


def word_parts(
    knowledge: Knowledge,
    queues: Callable[[], Mapping[QueueName, QueueSettings]],
    *,
    crm: Crm,
    journal: Journal,
    deflection_days: int,
    summariser: Summariser | None = None,
) -> WordParts:
    """Make the parts; `use` completes them. Without a `summariser` summaries are extracts."""

    def is_silenced(name: QueueName) -> bool:
        queue = queues().get(name)
        return queue is not None and queue.recording.mask

    transcripts = Transcripts(crm=crm, journal=journal, is_silenced=is_silenced)
    return WordParts(
        knowledge=knowledge,
        transcripts=transcripts,
        chronicle=Chronicle(transcripts, summariser or Extract(), crm=crm, journal=journal),
        retention=Retention(crm, queues, deflection_days=deflection_days),
    )
