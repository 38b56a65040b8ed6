"""The hub's parts, made and wired: who knows whom is said here and nowhere else."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from acd.core.state import RoutingState
from acd.leases import Leases
from acd.policy import RoutingSettings
from acd.router import Acd
from cti.ami import AmiLink, AmiListener
from cti.ari import AriLink
from cti.calls import CallControl
from cti.way_out import WayOut
from gateways.inbox import Inbox, InboxWorker
from gateways.outbox import Outbox
from gateways.protocol import Gateway
from hub import peers
from hub.accounts import Accounts
from hub.acquaintance import Acquaintance
from hub.ami_listeners import AmiListeners
from hub.board import Board
from hub.crm import Crm
from hub.desk import Desk
from hub.desktop.registry import Desktops
from hub.desktop.socket import DesktopSocket
from hub.devices import Devices
from hub.fallback import Fallback
from hub.history import RoutingHistory
from hub.http.parts import HttpParts
from hub.journal import Journal
from hub.member_roll import MemberRoll
from hub.members import Members, MemberStore
from hub.metrics import observe
from hub.node import NodeTurn
from hub.noted import NotedAcd
from hub.passwords import Passwords
from hub.perform import Performer
from hub.phones import Phones
from hub.readers import DeadLetterOffice
from hub.readiness import Readiness
from hub.reconcile import Reconciler
from hub.routing_view import RoutingView
from hub.seats import Seats
from hub.services.agents_conf import FILE_NAME
from hub.sessions import Sessions
from hub.settings import Settings
from hub.sign_in import SignIn
from hub.submit import Reports
from hub.text import TextDesk, TextSettings
from hub.truth import Truth
from hub.voice import VoiceDesk
from hub.voice_parts import VoiceParts, voice_parts
from hub.voice_settings import VoiceSettings, default_queue
from hub.watch import PARTS, Watch
from hub.witnesses import Witnesses
from ivr.flow import Flow
from ivr.prompts import Prompts
from ivr.tts.process import SpeechProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """The parts that are run, asked or closed from outside."""

    engine: AsyncEngine
    acd: Acd
    leases: Leases
    turn: NodeTurn
    seats: Seats
    journal: Journal
    witnesses: Witnesses
    gateways: Mapping[Channel, Gateway]
    inbox: Inbox
    inbox_worker: InboxWorker
    outbox: Outbox
    control: CallControl
    calls: VoiceParts
    ami: AmiLink
    ami_listener: AmiListener
    roll: MemberRoll
    devices: Devices
    way_out: WayOut
    fallback: Fallback
    phones: Phones
    speech: SpeechProcess
    prompts: Prompts
    desktops: Desktops
    performer: Performer
    watch: Watch
    truth: Truth
    http: HttpParts


def assemble(settings: Settings, engine: AsyncEngine, routing: RoutingSettings, flow: Flow) -> Hub:
    """Make all parts; nothing connects or runs before it is told to."""

    def mend() -> None:
        performer.agree_soon()

    async def rebuild() -> None:
        mend()

    acd = NotedAcd(settings.redis_url, on_rebuild=rebuild)
    history = RoutingHistory(engine)
    base = _Base(
        settings=settings,
        routing=routing,
        engine=engine,
        acd=acd,
        history=history,
        registry=CollectorRegistry(),
        board=Board(),
        journal=Journal(),
        crm=Crm.on(engine),
        gateways=peers.gateways(settings),
        reports=Reports(acd.submit, mend),
        mend=mend,
    )
    acquaintance = Acquaintance(base.crm)
    speech = SpeechProcess()
    prompts = Prompts(settings.data_dir / "prompts", speech, settings.data_dir / "recorded-prompts")
    text = _text_desk(base)
    calls = _voice(base, text, acquaintance, prompts, flow)
    voice = calls.desk
    leases = Leases(settings.redis_url)
    turn = NodeTurn(leases, settings.node, peers.ari_connect(settings))
    turn.lost, turn.resumed = voice.stand_by, mend
    control = CallControl(AriLink(turn.connect, node=settings.node, app=settings.ari_app), voice)
    calls.use(control)
    desk = _desk(base, acquaintance, text, voice)
    desktops = Desktops(desk)
    inbox = Inbox(engine, owner=peers.owner(settings), backlog_max=settings.inbox_events_max)
    outbox = Outbox(engine, base.gateways, text.delivered, owner=peers.owner(settings))
    # Each of these knows the other: what was made first is told of what was made later.
    text.view, text.outbox, desk.desktops = desk, outbox, desktops
    seats = desk.seats = Seats(leases, desktops.connected)
    truth = Truth(
        base.acd,
        routing=routing,
        board=base.board,
        desktops=desktops,
        desk=desk,
        text=text,
        voice=voice,
        mend=base.mend,
    )
    witnesses = Witnesses.of(acd, history, base.registry, settings, lambda: truth.routing)
    devices = Devices(acd.submit)
    acd.noters.append(devices.note)
    inbox_worker = InboxWorker(inbox, base.gateways, text.handle)
    performer: Performer = _performer(base, truth, devices, desk, calls, text, turn)
    refresh_metrics = observe(
        base.registry,
        acd=acd,
        inbox=inbox,
        worker=inbox_worker,
        journal=base.journal,
        recorder=witnesses.recorder,
        performer=performer,
    )
    readiness = Readiness(PARTS)
    watch = Watch(
        readiness,
        engine=engine,
        has_router=lambda: base.acd.is_ready,
        has_asterisk=lambda: control.is_up or turn.is_another_s,
        fall_back=voice.let_all_waiting_go,
        mend=base.mend,
    )
    accounts = Accounts(engine, Passwords())
    ami = AmiLink(peers.ami_settings(settings))
    store = MemberStore(engine)
    roll = MemberRoll(store, ami, lambda: truth.files, truth.go_by_members)
    members = Members(store, accounts, lambda: truth.files, roll.stir)
    fallback = Fallback(ami, voice, has_router=lambda: base.acd.is_ready, mend=base.mend, show=desk.show_anew)
    voice.fallback = fallback
    return Hub(
        engine=engine,
        acd=base.acd,
        leases=leases,
        turn=turn,
        seats=seats,
        journal=base.journal,
        witnesses=witnesses,
        gateways=base.gateways,
        inbox=inbox,
        inbox_worker=inbox_worker,
        outbox=outbox,
        control=control,
        calls=calls,
        ami=ami,
        ami_listener=AmiListeners(fallback, devices, roll),
        roll=roll,
        devices=devices,
        way_out=WayOut(control, ami),
        fallback=fallback,
        phones=Phones(accounts, ami, settings.data_dir / FILE_NAME),
        speech=speech,
        prompts=prompts,
        desktops=desktops,
        performer=performer,
        watch=watch,
        truth=truth,
        http=_http(
            base, accounts, members, inbox, outbox, DesktopSocket(desktops, desk), readiness, refresh_metrics
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """What most parts stand on."""

    settings: Settings
    routing: RoutingSettings
    engine: AsyncEngine
    acd: Acd
    history: RoutingHistory
    registry: CollectorRegistry
    board: Board
    journal: Journal
    crm: Crm
    gateways: Mapping[Channel, Gateway]
    reports: Reports
    mend: Callable[[], None]


def _text_desk(base: _Base) -> TextDesk:
    text_settings = TextSettings(
        queues=base.routing.entries,
        default_queue=default_queue(base.routing.queues),
        link_url=base.settings.line_add_friend_url,
    )
    return TextDesk(
        text_settings,
        crm=base.crm,
        board=base.board,
        journal=base.journal,
        submit=base.acd.submit,
        report=base.reports,
        gateways=base.gateways,
    )


def _voice(
    base: _Base, text: TextDesk, acquaintance: Acquaintance, prompts: Prompts, flow: Flow
) -> VoiceParts:
    settings = VoiceSettings(
        region=base.settings.region,
        routing=base.routing,
        callback_endpoint=base.settings.callback_endpoint,
        callback_caller_id=base.settings.callback_caller_id,
    )
    return voice_parts(
        settings,
        flow,
        sounds=prompts,
        snapshot=base.acd.snapshot,
        acquaintance=acquaintance,
        invite=text.invite_to_line,
        crm=base.crm,
        board=base.board,
        journal=base.journal,
        submit=base.acd.submit,
        report=base.reports,
        mend=base.mend,
    )


def _desk(base: _Base, acquaintance: Acquaintance, text: TextDesk, voice: VoiceDesk) -> Desk:
    return Desk(
        board=base.board,
        crm=base.crm,
        journal=base.journal,
        acquaintance=acquaintance,
        submit=base.acd.submit,
        text=text,
        voice=voice,
        settings=base.routing,
    )


def _performer(
    base: _Base,
    truth: Truth,
    devices: Devices,
    desk: Desk,
    calls: VoiceParts,
    text: TextDesk,
    turn: NodeTurn,
) -> Performer:
    reconciler = Reconciler(
        base.acd, board=base.board, crm=base.crm, truth=truth, desk=desk, text=text, voice=calls.desk
    )

    async def agree(state: RoutingState) -> None:
        await reconciler.agree(state)
        devices.agree(state)

    return Performer(
        base.acd,
        board=base.board,
        view=desk,
        calls=calls,
        text=text,
        crm=base.crm,
        journal=base.journal,
        report=base.reports,
        agree=agree,
        has_node=lambda: turn.is_ours,
    )


def _http(
    base: _Base,
    accounts: Accounts,
    members: Members,
    inbox: Inbox,
    outbox: Outbox,
    desktop: DesktopSocket,
    readiness: Readiness,
    refresh_metrics: Callable[[], Awaitable[None]],
) -> HttpParts:
    passwords, web_dir = Passwords(), base.settings.web_dir
    return HttpParts(
        public_url=base.settings.public_url,
        accounts=accounts,
        sign_in=SignIn(accounts, Sessions(base.engine), passwords),
        journeys=base.crm.journey,
        routing=RoutingView(base.acd, base.history, base.crm.contacts),
        members=members,
        dead_letters=DeadLetterOffice(inbox, outbox),
        gateways=base.gateways,
        inbox=inbox,
        desktop=desktop,
        readiness=readiness,
        registry=base.registry,
        refresh_metrics=refresh_metrics,
        web_dir=web_dir if web_dir.is_dir() else None,
    )
