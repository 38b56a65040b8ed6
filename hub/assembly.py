"""The hub's parts, made and wired: who knows whom is said here and in the parts' own files."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from acd.core.state import RoutingState
from acd.ids import AgentId, QueueName
from acd.policy import RoutingSettings
from acd.router import Acd
from gateways.chat.gateway import ChatGateway
from hub import peers
from hub.agent_parts import AgentParts, agent_parts
from hub.attachments.parts import FileParts
from hub.audit import AuditLog
from hub.base_parts import BaseParts, base_parts
from hub.blocked_store import BlockedStore
from hub.chat.parts import ChatParts
from hub.customer_parts import CustomerParts, customer_parts
from hub.desktop.protocol import PhoneKind
from hub.desktop.registry import Desktops
from hub.desktop.socket import DesktopSocket
from hub.dialled import DialledCalls
from hub.doctor import Doctor
from hub.doctor.eyes import Eyes
from hub.doctor.hands import Hands
from hub.fax.parts import FaxParts, fax_parts
from hub.http.parts import HttpParts
from hub.journal import Journal
from hub.members import Members, MemberStore
from hub.metrics import observe
from hub.node_parts import NodeParts, node_parts
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
from hub.recordings.parts import RecordingParts
from hub.relay import Relay
from hub.routing_view import RoutingView
from hub.seats import Seats
from hub.services.agents_conf import FILE_NAME
from hub.sessions import Sessions
from hub.settings import Settings
from hub.sign_in import SignIn
from hub.sip_metrics import SipCollector
from hub.sip_view import SipView, TrunkStatus, trunk_statuses
from hub.speech_parts import SpeechParts
from hub.text_parts import TextParts
from hub.triage import Triaging
from hub.trunks_conf import read_trunks
from hub.truth import Truth
from hub.voice_parts import VoiceParts
from hub.watch import PARTS, Watch
from hub.webrtc.parts import WebParts, web_parts
from hub.witnesses import Witnesses
from hub.word_parts import WordParts
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


def assemble(settings: Settings, engine: AsyncEngine, routing: RoutingSettings, flow: Flow) -> Hub:
    """Make all parts; nothing connects or runs before it is told to."""
    base = base_parts(settings, engine, routing, lambda: performer.agree_soon())
    customers = customer_parts(
        base, flow, queues=lambda: truth.files.queues, is_ours=lambda: node.turn.is_ours
    )
    agents = agent_parts(base, customers)
    store, blocked = MemberStore(engine), BlockedStore(engine)
    node = _node(base, customers, agents, store, blocked, truth=lambda: truth)
    truth: Truth = _truth(base, customers, agents)
    web = _web(base, customers, agents, node, truth=lambda: truth)
    phones = Phones(base.accounts, node.ami, settings.data_dir / FILE_NAME)
    witnesses = Witnesses.of(base.acd, base.history, base.registry, settings, lambda: truth.routing)
    performer: Performer = _performer(base, customers, agents, node, truth)
    readiness = Readiness(PARTS)
    http = _http(
        base,
        customers,
        agents,
        web,
        readiness,
        members=Members(store, base.accounts, base.audit, lambda: truth.files, node.roll.stir),
        overview=Overview(base.board, base.accounts.all, lambda: truth.routing),
        doctor=_doctor(base, customers, agents, node, phones, truth),
        refresh_metrics=_metrics(base, customers, witnesses, performer, node),
        sip=SipView(base.accounts, node.statuses, node.trunks, blocked),
    )
    return Hub(
        engine=engine,
        acd=base.acd,
        audit=base.audit,
        journal=base.journal,
        triage=base.triage,
        witnesses=witnesses,
        orders=_orders(base, customers, agents, node),
        texts=customers.texts,
        chat=customers.chat,
        fax=_fax(base, customers, node),
        words=customers.words,
        calls=customers.calls,
        recordings=customers.recordings,
        files=customers.files,
        web=web,
        node=node,
        seats=agents.seats,
        relay=agents.relay,
        phones=phones,
        speech=customers.speech,
        recognition=customers.recognition,
        prompts=customers.prompts,
        desktops=agents.desktops,
        performer=performer,
        watch=_watch(base, readiness, customers, node),
        truth=truth,
        http=http,
    )


def _node(
    base: BaseParts,
    customers: CustomerParts,
    agents: AgentParts,
    store: MemberStore,
    blocked: BlockedStore,
    *,
    truth: Callable[[], Truth],
) -> NodeParts:
    node = node_parts(
        base.settings,
        customers.calls,
        base.acd,
        store,
        base.board,
        blocked,
        base.crm,
        base.journal,
        base.leases,
        trunks=read_trunks(base.settings.config_dir, base.routing.queues),
        truth=truth,
        show=agents.desk.show_anew,
        mend=base.mend,
    )
    base.acd.noters.append(node.devices.note)
    return node


def _fax(base: BaseParts, customers: CustomerParts, node: NodeParts) -> FaxParts | None:
    return fax_parts(
        customers.texts.gateways,
        base.engine,
        node,
        inbox=customers.texts.inbox,
        crm=base.crm,
        journal=base.journal,
        registry=base.registry,
        owner=peers.owner(base.settings),
    )


def _truth(base: BaseParts, customers: CustomerParts, agents: AgentParts) -> Truth:
    return Truth(
        base.acd,
        routing=base.routing,
        board=base.board,
        desktops=agents.desktops,
        desk=agents.desk,
        text=customers.texts.desk,
        voice=customers.calls.desk,
        mend=base.mend,
    )


def _web(
    base: BaseParts,
    customers: CustomerParts,
    agents: AgentParts,
    node: NodeParts,
    *,
    truth: Callable[[], Truth],
) -> WebParts:
    calls, texts, desk = customers.calls, customers.texts, agents.desk

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
        acquaint=base.acquaintance.begin,
        call_back=calls.commands.call_back,
        changed=changed,
    )
    calls.desk.web, calls.lines.phone_of = web.arrivals, web.phones.endpoint
    desk.phone_of = lambda agent: PhoneKind.BROWSER if web.phones.user_of(agent) else PhoneKind.SIP
    desk.link_calls(web.links.for_contact)
    node.listeners.append(web.phones)
    return web


def _performer(
    base: BaseParts, customers: CustomerParts, agents: AgentParts, node: NodeParts, truth: Truth
) -> Performer:
    text, calls = customers.texts.desk, customers.calls
    reconciler = Reconciler(
        base.acd,
        board=base.board,
        crm=base.crm,
        truth=truth,
        desk=agents.desk,
        text=text,
        voice=calls.desk,
        node=base.settings.node,
    )

    async def agree(state: RoutingState) -> None:
        await reconciler.agree(state)
        node.devices.agree(state)

    return Performer(
        base.acd,
        board=base.board,
        view=agents.desk,
        calls=calls,
        text=text,
        crm=base.crm,
        journal=base.journal,
        report=base.reports,
        agree=agree,
        has_node=lambda: node.turn.is_ours,
        over=customers.words.chronicle.over,
    )


def _orders(base: BaseParts, customers: CustomerParts, agents: AgentParts, node: NodeParts) -> PhoneOrders:
    calls, prompts, command = customers.calls, customers.prompts, agents.desk.command
    numbers = Numbers(base.accounts, lambda: calls.desk.settings.queues)
    people = People(base.accounts.all)

    async def speaks(agent: AgentId) -> Language:
        return Language(await people.language(agent) or calls.desk.flow.languages[0])

    dialled = DialledCalls(base.board, numbers, prompts, command, speaks=speaks)
    dialled.control, dialled.explain = node.control, node.devices.explain
    calls.connections.dialled = dialled
    orders = PhoneOrders(
        calls.lines,
        base.board,
        numbers,
        prompts,
        command,
        dialled,
        records=calls.recordings.policy,
        speaks=speaks,
    )
    orders.control, node.control.phones.listener = node.control, orders
    return orders


def _watch(base: BaseParts, readiness: Readiness, customers: CustomerParts, node: NodeParts) -> Watch:
    return Watch(
        readiness,
        engine=base.engine,
        has_router=lambda: base.acd.is_ready,
        has_asterisk=lambda: node.control.is_up or node.turn.is_another_s,
        fall_back=customers.calls.leaving.let_all_waiting_go,
        mend=base.mend,
    )


def _doctor(
    base: BaseParts,
    customers: CustomerParts,
    agents: AgentParts,
    node: NodeParts,
    phones: Phones,
    truth: Truth,
) -> Doctor:
    eyes = Eyes(
        node_name=base.settings.node,
        acd=base.acd,
        board=base.board,
        voice=customers.calls.desk,
        text=customers.texts.desk,
        crm=base.crm,
        accounts=base.accounts,
        node=node,
        desktops=agents.desktops,
        seats=agents.seats,
        truth=truth,
    )
    return Doctor(eyes, Hands(eyes=eyes, phones=phones, mend=base.mend), base.audit)


def _metrics(
    base: BaseParts,
    customers: CustomerParts,
    witnesses: Witnesses,
    performer: Performer,
    node: NodeParts,
) -> Callable[[], Awaitable[None]]:
    def trunks() -> list[TrunkStatus]:
        return trunk_statuses(node.trunks.names, node.statuses)

    base.registry.register(SipCollector(node.statuses, trunks, node.blocked, node.records))
    return observe(
        base.registry,
        acd=base.acd,
        inbox=customers.texts.inbox,
        worker=customers.texts.worker,
        journal=base.journal,
        recorder=witnesses.recorder,
        performer=performer,
        deflections=base.crm.deflections,
        gateways=customers.texts.gateways,
    )


def _http(
    base: BaseParts,
    customers: CustomerParts,
    agents: AgentParts,
    web: WebParts,
    readiness: Readiness,
    *,
    members: Members,
    overview: Overview,
    doctor: Doctor,
    refresh_metrics: Callable[[], Awaitable[None]],
    sip: SipView,
) -> HttpParts:
    settings, accounts, texts = base.settings, base.accounts, customers.texts
    sessions = Sessions(base.engine)
    return HttpParts(
        public_url=settings.public_url,
        accounts=accounts,
        sign_in=SignIn(accounts, sessions, Passwords()),
        journeys=base.crm.journey,
        routing=RoutingView(base.acd, base.history, base.crm.contacts),
        members=members,
        recordings=customers.recordings.shelf(
            agents_hear_own=settings.agents_hear_recordings, has_message=customers.messages.is_for
        ),
        files=customers.files.shelf,
        messages=base.crm.messages,
        doctor=doctor,
        workforce=Workforce(accounts, sessions, base.audit, base.acd, agents.desktops.sign_out),
        overview=overview,
        flow=lambda: customers.calls.desk.flow,
        audit=base.audit,
        dead_letters=DeadLetterOffice(texts.inbox, texts.outbox),
        deflections=base.crm.deflections,
        links=texts.links,
        short_links=texts.short_links,
        account_links=texts.desk.links,
        knowledge=lambda: customers.words.knowledge,
        templates=texts.desk.replies,
        transcripts=base.crm.transcripts,
        sip=sip,
        gateways=texts.gateways,
        inbox=texts.inbox,
        desktop=DesktopSocket(agents.desktops, agents.desk),
        commands=agents.desk.command,
        readiness=readiness,
        registry=base.registry,
        refresh_metrics=refresh_metrics,
        web_dir=settings.web_dir if settings.web_dir.is_dir() else None,
        chat=customers.chat,
        web=web,
    )
