"""The hub's parts, made and wired: who knows whom is said here and nowhere else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from acd.core.state import RoutingState
from acd.ids import AgentId, QueueName
from acd.leases import Leases
from acd.policy import RoutingSettings
from acd.router import Acd
from gateways.chat.gateway import ChatGateway
from hub import peers
from hub.accounts import Accounts
from hub.acquaintance import Acquaintance
from hub.attachments.parts import FileParts, file_parts
from hub.audit import AuditLog
from hub.blocked_store import BlockedStore
from hub.board import Board
from hub.chat.parts import ChatParts, chat_parts
from hub.configuration import read_knowledge
from hub.crm import Crm
from hub.database import together
from hub.desk import Desk
from hub.desktop.protocol import PhoneKind
from hub.desktop.registry import Desktops
from hub.desktop.socket import DesktopSocket
from hub.dialled import DialledCalls
from hub.doctor import Doctor
from hub.doctor.eyes import Eyes
from hub.doctor.hands import Hands
from hub.fax.parts import FaxParts, fax_parts
from hub.history import RoutingHistory
from hub.http.parts import Command, HttpParts
from hub.journal import Journal
from hub.members import Members, MemberStore
from hub.metrics import observe
from hub.node_parts import NodeParts, node_parts
from hub.noted import NotedAcd
from hub.numbers import Numbers
from hub.overview import Overview
from hub.passwords import Passwords
from hub.people import People
from hub.perform import Performer
from hub.phone_orders import PhoneOrders
from hub.phones import Phones
from hub.readers import DeadLetterOffice
from hub.readiness import Readiness
from hub.reconcile import Reconciler
from hub.recordings.metrics import RecordingMetrics
from hub.recordings.parts import RecordingParts, recording_parts
from hub.relay import Relay
from hub.routing_view import RoutingView
from hub.seats import Seats
from hub.services.agents_conf import FILE_NAME
from hub.sessions import Sessions
from hub.settings import Settings
from hub.sign_in import SignIn
from hub.single import Singles
from hub.sip_metrics import SipCollector
from hub.sip_view import SipView, TrunkStatus, trunk_statuses
from hub.speech_parts import SpeechParts, speech_parts
from hub.submit import Reports
from hub.text_parts import TextParts, text_parts
from hub.triage import Triaging, read_triage
from hub.trunks_conf import read_trunks
from hub.truth import Truth
from hub.voice_parts import VoiceParts, voice_parts
from hub.voice_settings import CALLBACK_ENDPOINT, VoiceSettings
from hub.voicemail_text import VoicemailText
from hub.watch import PARTS, Watch
from hub.webrtc.parts import WebParts, web_parts
from hub.witnesses import Witnesses
from hub.word_parts import WordParts, word_parts
from hub.workforce import Workforce
from ivr.flow import Flow, Language
from ivr.prompts import Prompts
from ivr.tts.process import SpeechProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """The parts that are run, asked or closed from outside."""

    engine: AsyncEngine
    acd: Acd
    audit: AuditLog
    journal: Journal
    triage: Triaging
    witnesses: Witnesses
    orders: PhoneOrders
    texts: TextParts
    chat: ChatParts | None
    fax: FaxParts | None
    words: WordParts
    calls: VoiceParts
    recordings: RecordingParts
    files: FileParts
    web: WebParts
    node: NodeParts
    seats: Seats
    relay: Relay
    phones: Phones
    speech: SpeechProcess
    recognition: SpeechParts | None
    prompts: Prompts
    desktops: Desktops
    performer: Performer
    watch: Watch
    truth: Truth
    http: HttpParts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """What most parts stand on."""

    settings: Settings
    routing: RoutingSettings
    engine: AsyncEngine
    acd: NotedAcd
    history: RoutingHistory
    audit: AuditLog
    registry: CollectorRegistry
    board: Board
    journal: Journal
    crm: Crm
    reports: Reports
    mend: Callable[[], None]
    triage: Triaging
    leases: Leases


def assemble(settings: Settings, engine: AsyncEngine, routing: RoutingSettings, flow: Flow) -> Hub:
    """Make all parts; nothing connects or runs before it is told to."""
    base = _base(settings, engine, routing, lambda: performer.agree_soon())
    accounts, store, blocked = Accounts(engine, Passwords()), MemberStore(engine), BlockedStore(engine)
    acquaintance, speech = Acquaintance(base.crm), SpeechProcess()
    prompts = Prompts(settings.data_dir / "prompts", speech, settings.data_dir / "recorded-prompts")
    files = file_parts(
        settings,
        engine,
        board=base.board,
        contacts=base.crm.contacts,
        queues=lambda: truth.files.queues,
        is_ours=lambda: node.turn.is_ours,
    )
    texts = _texts(base, files)
    chat = chat_parts(
        texts.gateways,
        settings.redis_url,
        engine,
        inbox=texts.inbox,
        board=base.board,
        snapshot=base.acd.snapshot,
        registry=base.registry,
    )
    words = word_parts(
        read_knowledge(settings.config_dir),
        lambda: truth.files.queues,
        board=base.board,
        crm=base.crm,
        journal=base.journal,
        deflection_days=settings.deflection_days,
    )
    recordings = recording_parts(
        settings,
        engine,
        base.crm.journey.record,
        lambda: truth.files.queues,
        is_ours=lambda: node.turn.is_ours,
    )
    base.registry.register(RecordingMetrics(recordings.archivist))
    recognition = speech_parts(settings, prompts)
    if recognition is not None:
        base.registry.register(recognition.metrics)
        reader = VoicemailText(
            recognition.recognisers.transcribe, base.crm.transcripts, words.transcripts.is_silenced
        )
        recordings.archivist.words_of = reader.of
    calls = _voice(base, texts, words, acquaintance, prompts, flow, accounts, recordings, recognition)
    texts.desk.knowledge, texts.desk.calls.caller = lambda: words.knowledge, calls.commands
    acquaintance.pop_url = lambda queue: calls.desk.settings.queue(queue).pop_url
    desk = _desk(base, acquaintance, texts, calls)
    node = node_parts(
        settings,
        calls,
        base.acd,
        store,
        base.board,
        blocked,
        base.crm,
        base.journal,
        base.leases,
        trunks=read_trunks(settings.config_dir, routing.queues),
        truth=lambda: truth,
        show=desk.show_anew,
        mend=base.mend,
    )
    base.acd.noters.append(node.devices.note)
    fax = fax_parts(
        texts.gateways,
        engine,
        node,
        inbox=texts.inbox,
        crm=base.crm,
        journal=base.journal,
        registry=base.registry,
        owner=peers.owner(settings),
    )
    desktops = Desktops(desk)
    # Each of these knows the other: what was made first is told of what was made later.
    texts.desk.view, desk.desktops = desk, desktops
    calls.supervisors.show = desktops.send
    words.use(desktops, calls.recordings, calls.transcripts)
    desk.said = words.transcripts.lines
    desk.seats = seats = Seats(base.leases, desktops.connected)
    relay = Relay(settings.redis_url)
    relay.show, relay.show_all, desk.tell_others = desk.heard, desk.show_all, relay.tell
    truth: Truth = _truth(base, desktops, desk, texts, calls)
    web = _web(base, calls, texts, node, acquaintance, desk, truth=lambda: truth)
    phones = Phones(accounts, node.ami, settings.data_dir / FILE_NAME)
    eyes = Eyes(
        node_name=settings.node,
        acd=base.acd,
        board=base.board,
        voice=calls.desk,
        text=texts.desk,
        crm=base.crm,
        accounts=accounts,
        node=node,
        desktops=desktops,
        seats=seats,
        truth=truth,
    )
    witnesses = Witnesses.of(base.acd, base.history, base.registry, settings, lambda: truth.routing)
    performer: Performer = _performer(base, truth, desk, calls, texts, node, words)
    readiness = Readiness(PARTS)
    http = _http(
        base,
        accounts,
        Members(store, accounts, base.audit, lambda: truth.files, node.roll.stir),
        Overview(base.board, accounts.all, lambda: truth.routing),
        lambda: calls.desk.flow,
        recordings,
        files,
        Doctor(eyes, Hands(eyes=eyes, phones=phones, mend=base.mend), base.audit),
        texts,
        chat,
        words,
        DesktopSocket(desktops, desk),
        desk.command,
        readiness,
        _metrics(base, texts, witnesses, performer, node),
        SipView(accounts, node.statuses, node.trunks, blocked),
        web,
    )
    return Hub(
        engine=engine,
        acd=base.acd,
        audit=base.audit,
        journal=base.journal,
        triage=base.triage,
        witnesses=witnesses,
        orders=_orders(base, accounts, calls, node, prompts, desk),
        texts=texts,
        chat=chat,
        fax=fax,
        words=words,
        calls=calls,
        recordings=recordings,
        files=files,
        web=web,
        node=node,
        seats=seats,
        relay=relay,
        phones=phones,
        speech=speech,
        recognition=recognition,
        prompts=prompts,
        desktops=desktops,
        performer=performer,
        watch=_watch(base, readiness, calls, node),
        truth=truth,
        http=http,
    )


def _base(
    settings: Settings, engine: AsyncEngine, routing: RoutingSettings, mend: Callable[[], None]
) -> _Base:
    async def rebuild() -> None:
        mend()

    acd = NotedAcd(settings.redis_url, on_rebuild=rebuild)
    return _Base(
        settings=settings,
        routing=routing,
        engine=engine,
        acd=acd,
        history=RoutingHistory(engine),
        audit=AuditLog(engine),
        registry=CollectorRegistry(),
        board=Board(),
        journal=Journal(together=lambda: together(engine)),
        crm=Crm.on(engine),
        reports=Reports(acd.submit, mend),
        mend=mend,
        triage=Triaging(read_triage(settings.config_dir, routing.queues)),
        leases=Leases(settings.redis_url),
    )


def _texts(base: _Base, files: FileParts) -> TextParts:
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


def _voice(
    base: _Base,
    texts: TextParts,
    words: WordParts,
    acquaintance: Acquaintance,
    prompts: Prompts,
    flow: Flow,
    accounts: Accounts,
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
        acquaintance=acquaintance,
        invite=texts.invitations,
        ways=texts.invitations,
        codes=texts.codes,
        triage=base.triage,
        knowledge=lambda: words.knowledge,
        people=People(accounts.all),
        crm=base.crm,
        board=base.board,
        journal=base.journal,
        submit=base.acd.submit,
        report=base.reports,
        audit=base.audit,
        account=accounts.get,
        mend=base.mend,
        recordings=recordings.live,
        recognition=recognition,
    )


def _desk(base: _Base, acquaintance: Acquaintance, texts: TextParts, calls: VoiceParts) -> Desk:
    return Desk(
        board=base.board,
        crm=base.crm,
        journal=base.journal,
        acquaintance=acquaintance,
        submit=base.acd.submit,
        text=texts.desk,
        voice=calls.desk,
        recordings=calls.recordings,
        talks=calls.commands,
        settings=base.routing,
        signs=texts.signs,
    )


def _web(
    base: _Base,
    calls: VoiceParts,
    texts: TextParts,
    node: NodeParts,
    acquaintance: Acquaintance,
    desk: Desk,
    *,
    truth: Callable[[], Truth],
) -> WebParts:
    def changed(agent: AgentId, is_browser: bool) -> None:
        desk.phone(agent, PhoneKind.BROWSER if is_browser else PhoneKind.SIP)

    def entry(channel: Channel) -> QueueName:
        return truth().files.entries.get(channel, calls.desk.settings.default_queue)

    chat = texts.gateways.get(Channel.CHAT)
    web = web_parts(
        base.settings,
        base.engine,
        queues=base.routing.queues,
        entry=entry,
        chat_origins=chat.rules.origins if isinstance(chat, ChatGateway) else frozenset(),
        statuses=node.statuses,
        short_links=texts.short_links,
        board=base.board,
        crm=base.crm,
        journal=base.journal,
        acquaint=acquaintance.begin,
        call_back=calls.commands.call_back,
        changed=changed,
    )
    calls.desk.web, calls.lines.phone_of = web.arrivals, web.phones.endpoint
    desk.phone_of = lambda agent: PhoneKind.BROWSER if web.phones.user_of(agent) else PhoneKind.SIP
    desk.link_calls(web.links.for_contact)
    node.listeners.append(web.phones)
    return web


def _truth(base: _Base, desktops: Desktops, desk: Desk, texts: TextParts, calls: VoiceParts) -> Truth:
    return Truth(
        base.acd,
        routing=base.routing,
        board=base.board,
        desktops=desktops,
        desk=desk,
        text=texts.desk,
        voice=calls.desk,
        mend=base.mend,
    )


def _performer(
    base: _Base,
    truth: Truth,
    desk: Desk,
    calls: VoiceParts,
    texts: TextParts,
    node: NodeParts,
    words: WordParts,
) -> Performer:
    reconciler = Reconciler(
        base.acd,
        board=base.board,
        crm=base.crm,
        truth=truth,
        desk=desk,
        text=texts.desk,
        voice=calls.desk,
        node=base.settings.node,
    )

    async def agree(state: RoutingState) -> None:
        await reconciler.agree(state)
        node.devices.agree(state)

    return Performer(
        base.acd,
        board=base.board,
        view=desk,
        calls=calls,
        text=texts.desk,
        crm=base.crm,
        journal=base.journal,
        report=base.reports,
        agree=agree,
        has_node=lambda: node.turn.is_ours,
        over=words.chronicle.over,
    )


def _orders(
    base: _Base, accounts: Accounts, calls: VoiceParts, node: NodeParts, prompts: Prompts, desk: Desk
) -> PhoneOrders:
    numbers = Numbers(accounts, lambda: calls.desk.settings.queues)
    people = People(accounts.all)

    async def speaks(agent: AgentId) -> Language:
        return Language(await people.language(agent) or calls.desk.flow.languages[0])

    dialled = DialledCalls(base.board, numbers, prompts, desk.command, speaks=speaks)
    dialled.control, dialled.explain = node.control, node.devices.explain
    calls.connections.dialled = dialled
    orders = PhoneOrders(calls.lines, base.board, numbers, prompts, desk.command, dialled, speaks=speaks)
    orders.control, node.control.phones.listener = node.control, orders
    return orders


def _watch(base: _Base, readiness: Readiness, calls: VoiceParts, node: NodeParts) -> Watch:
    return Watch(
        readiness,
        engine=base.engine,
        has_router=lambda: base.acd.is_ready,
        has_asterisk=lambda: node.control.is_up or node.turn.is_another_s,
        fall_back=calls.desk.let_all_waiting_go,
        mend=base.mend,
    )


def _metrics(
    base: _Base, texts: TextParts, witnesses: Witnesses, performer: Performer, node: NodeParts
) -> Callable[[], Awaitable[None]]:
    def trunks() -> list[TrunkStatus]:
        return trunk_statuses(node.trunks.names, node.statuses)

    base.registry.register(SipCollector(node.statuses, trunks, node.blocked, node.records))
    return observe(
        base.registry,
        acd=base.acd,
        inbox=texts.inbox,
        worker=texts.worker,
        journal=base.journal,
        recorder=witnesses.recorder,
        performer=performer,
        deflections=base.crm.deflections,
        gateways=texts.gateways,
    )


def _http(
    base: _Base,
    accounts: Accounts,
    members: Members,
    overview: Overview,
    flow: Callable[[], Flow],
    recordings: RecordingParts,
    files: FileParts,
    doctor: Doctor,
    texts: TextParts,
    chat: ChatParts | None,
    words: WordParts,
    desktop: DesktopSocket,
    commands: Command,
    readiness: Readiness,
    refresh_metrics: Callable[[], Awaitable[None]],
    sip: SipView,
    web: WebParts,
) -> HttpParts:
    passwords, sessions, web_dir = Passwords(), Sessions(base.engine), base.settings.web_dir
    return HttpParts(
        public_url=base.settings.public_url,
        accounts=accounts,
        sign_in=SignIn(accounts, sessions, passwords),
        journeys=base.crm.journey,
        routing=RoutingView(base.acd, base.history, base.crm.contacts),
        members=members,
        recordings=recordings.shelf(agents_hear_own=base.settings.agents_hear_recordings),
        files=files.shelf,
        messages=base.crm.messages,
        doctor=doctor,
        workforce=Workforce(accounts, sessions, base.audit, base.acd, desktop.desktops.sign_out),
        overview=overview,
        flow=flow,
        audit=base.audit,
        dead_letters=DeadLetterOffice(texts.inbox, texts.outbox),
        deflections=base.crm.deflections,
        links=texts.links,
        short_links=texts.short_links,
        account_links=texts.desk.links,
        knowledge=lambda: words.knowledge,
        templates=texts.desk.replies,
        transcripts=base.crm.transcripts,
        sip=sip,
        gateways=texts.gateways,
        inbox=texts.inbox,
        desktop=desktop,
        commands=commands,
        readiness=readiness,
        registry=base.registry,
        refresh_metrics=refresh_metrics,
        web_dir=web_dir if web_dir.is_dir() else None,
        chat=chat,
        web=web,
    )
