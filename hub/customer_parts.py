"""The parts that serve customers, by voice and in text, made and wired."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from acd.ids import QueueName
from acd.policy import QueueSettings
from hub.attachments.parts import FileParts, file_parts
from hub.base_parts import BaseParts
from hub.chat.parts import ChatParts, chat_parts
from hub.configuration import read_knowledge
from hub.messages_left import MessagesLeft
from hub.people import People
from hub.recorded_words import RecordedWords
from hub.recordings.metrics import RecordingMetrics
from hub.recordings.parts import RecordingParts, recording_parts
from hub.single import Singles
from hub.speech_parts import SpeechParts, speech_parts
from hub.text_parts import TextParts, text_parts
from hub.voice_parts import VoiceParts, voice_parts
from hub.voice_settings import CALLBACK_ENDPOINT, VoiceSettings
from hub.word_parts import WordParts, word_parts
from ivr.flow import Flow
from ivr.prompts import Prompts
from ivr.tts.process import SpeechProcess

Queues = Callable[[], Mapping[QueueName, QueueSettings]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerParts:
    """`recognition` is None where nobody listens to what callers say, `chat` where no page has one."""

    speech: SpeechProcess
    prompts: Prompts
    recognition: SpeechParts | None
    files: FileParts
    texts: TextParts
    chat: ChatParts | None
    words: WordParts
    recordings: RecordingParts
    messages: MessagesLeft
    calls: VoiceParts


def customer_parts(
    base: BaseParts, flow: Flow, *, queues: Queues, is_ours: Callable[[], bool]
) -> CustomerParts:
    """Make the parts. `queues` are those that hold now, `is_ours`: whether this hub serves the node."""
    settings, speech = base.settings, SpeechProcess()
    prompts = Prompts(settings.data_dir / "prompts", speech, settings.data_dir / "recorded-prompts")
    files = file_parts(
        settings,
        base.engine,
        board=base.board,
        contacts=base.crm.contacts,
        queues=queues,
        is_ours=is_ours,
    )
    texts = _texts(base, files)
    words = word_parts(
        read_knowledge(settings.config_dir),
        queues,
        crm=base.crm,
        journal=base.journal,
        deflection_days=settings.deflection_days,
    )
    recordings = recording_parts(settings, base.engine, base.crm.journey.record, queues, is_ours=is_ours)
    base.registry.register(RecordingMetrics(recordings.archivist))
    messages = _messages(base, texts)
    recordings.archivist.queue_message = messages.queue
    recognition = _recognition(base, prompts, words, recordings)
    calls = _calls(base, texts, words, prompts, flow, recordings, recognition)
    texts.desk.knowledge, texts.desk.calls.caller = lambda: words.knowledge, calls.commands
    base.acquaintance.pop_url = lambda queue: calls.desk.settings.queue(queue).pop_url
    return CustomerParts(
        speech=speech,
        prompts=prompts,
        recognition=recognition,
        files=files,
        texts=texts,
        chat=_chat(base, texts),
        words=words,
        recordings=recordings,
        messages=messages,
        calls=calls,
    )


def _texts(base: BaseParts, files: FileParts) -> TextParts:
    return text_parts(
        base.settings,
        base.engine,
        base.routing,
        crm=base.crm,
        board=base.board,
        journal=base.journal,
        submit=base.acd.submit,
        report=base.reports,
        triage=base.triage,
        singles=Singles(base.leases),
        audit=base.audit,
        files=files.attachments,
    )


def _messages(base: BaseParts, texts: TextParts) -> MessagesLeft:
    return MessagesLeft(
        crm=base.crm, board=base.board, report=base.reports, mend=base.mend, routed=texts.desk.routed
    )


def _chat(base: BaseParts, texts: TextParts) -> ChatParts | None:
    return chat_parts(
        texts.gateways,
        base.settings.redis_url,
        base.engine,
        inbox=texts.inbox,
        board=base.board,
        snapshot=base.acd.snapshot,
        registry=base.registry,
    )


def _recognition(
    base: BaseParts, prompts: Prompts, words: WordParts, recordings: RecordingParts
) -> SpeechParts | None:
    recognition = speech_parts(base.settings, prompts)
    if recognition is not None:
        base.registry.register(recognition.metrics)
    transcribe = recognition.recognisers.transcribe if recognition is not None else None
    is_silenced = words.transcripts.is_silenced
    recordings.archivist.words_of = RecordedWords(transcribe, base.crm.transcripts, is_silenced).of
    return recognition


def _calls(
    base: BaseParts,
    texts: TextParts,
    words: WordParts,
    prompts: Prompts,
    flow: Flow,
    recordings: RecordingParts,
    recognition: SpeechParts | None,
) -> VoiceParts:
    settings = VoiceSettings(
        region=base.settings.region,
        routing=base.routing,
        callback_endpoint=base.settings.callback_endpoint or CALLBACK_ENDPOINT,
        callback_caller_id=base.settings.callback_caller_id,
    )
    return voice_parts(
        settings,
        flow,
        sounds=prompts,
        snapshot=base.acd.snapshot,
        acquaintance=base.acquaintance,
        invite=texts.invitations,
        ways=texts.invitations,
        codes=texts.codes,
        triage=base.triage,
        knowledge=lambda: words.knowledge,
        people=People(base.accounts.all),
        crm=base.crm,
        board=base.board,
        journal=base.journal,
        submit=base.acd.submit,
        report=base.reports,
        audit=base.audit,
        account=base.accounts.get,
        mend=base.mend,
        recordings=recordings.live,
        recognition=recognition,
    )
