"""The hub's parts, made and wired: who knows whom is said here and nowhere else."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from acd.leases import Leases
from acd.policy import RoutingSettings
from acd.router import Acd
from cti.ami import AmiLink, AmiSettings
from cti.ari import AriLink, websocket
from cti.calls import CallControl
from cti.way_out import WayOut
from gateways.inbox import Inbox, InboxWorker
from gateways.outbox import Outbox
from gateways.protocol import Gateway
from gateways.registry import LineAccount, SmsAccount, build_gateways
from hub.accounts import Accounts
from hub.acquaintance import Acquaintance
from hub.board import Board
from hub.crm import Crm
from hub.desk import Desk
from hub.desktop.registry import Desktops
from hub.desktop.socket import DesktopSocket
from hub.fallback import Fallback
from hub.http.parts import HttpParts
from hub.journal import Journal
from hub.node import NodeTurn
from hub.passwords import Passwords
from hub.perform import Performer
from hub.phones import Phones
from hub.readers import DeadLetterOffice, RoutingView
from hub.readiness import Readiness
from hub.reception import Reception
from hub.reconcile import Reconciler
from hub.seats import Seats
from hub.services.agents_conf import FILE_NAME
from hub.sessions import Sessions
from hub.settings import Settings
from hub.sign_in import SignIn
from hub.submit import Reports
from hub.text import TextDesk, TextSettings
from hub.truth import Truth
from hub.voice import VoiceDesk
from hub.voice_settings import VoiceSettings, default_queue
from hub.watch import PARTS, Watch
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
    gateways: Mapping[Channel, Gateway]
    inbox: Inbox
    inbox_worker: InboxWorker
    outbox: Outbox
    control: CallControl
    ami: AmiLink
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

    acd = Acd(settings.redis_url, on_rebuild=rebuild)
    base = _Base(
        settings=settings,
        routing=routing,
        engine=engine,
        acd=acd,
        board=Board(),
        journal=Journal(),
        crm=Crm.on(engine),
        gateways=_gateways(settings),
        reports=Reports(acd.submit, mend),
        mend=mend,
    )
    acquaintance = Acquaintance(base.crm)
    speech = SpeechProcess()
    prompts = Prompts(settings.data_dir / "prompts", speech, settings.data_dir / "recorded-prompts")
    text = _text_desk(base)
    voice = _voice_desk(base, text, acquaintance, prompts, flow)
    leases = Leases(settings.redis_url)
    turn = _turn(settings, leases)
    turn.lost, turn.resumed = voice.stand_by, mend
    control = CallControl(AriLink(turn.connect, node=settings.node, app=settings.ari_app), voice)
    desk = _desk(base, acquaintance, text, voice)
    desktops = Desktops(desk)
    inbox = Inbox(engine, owner=_owner(settings))
    outbox = Outbox(engine, base.gateways, text.delivered, owner=_owner(settings))
    # Each of these knows the other: what was made first is told of what was made later.
    text.view, text.outbox, voice.control, desk.desktops = desk, outbox, control, desktops
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
    performer: Performer = _performer(base, truth, desk, voice, text, turn)
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
    ami = AmiLink(_ami(settings))
    fallback = Fallback(ami, voice, has_router=lambda: base.acd.is_ready, mend=base.mend, show=desk.show_anew)
    voice.fallback = fallback
    return Hub(
        engine=engine,
        acd=base.acd,
        leases=leases,
        turn=turn,
        seats=seats,
        journal=base.journal,
        gateways=base.gateways,
        inbox=inbox,
        inbox_worker=InboxWorker(inbox, base.gateways, text.handle),
        outbox=outbox,
        control=control,
        ami=ami,
        way_out=WayOut(control, ami),
        fallback=fallback,
        phones=Phones(accounts, ami, settings.data_dir / FILE_NAME),
        speech=speech,
        prompts=prompts,
        desktops=desktops,
        performer=performer,
        watch=watch,
        truth=truth,
        http=_http(base, accounts, inbox, outbox, DesktopSocket(desktops, desk), readiness),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """What most parts stand on."""

    settings: Settings
    routing: RoutingSettings
    engine: AsyncEngine
    acd: Acd
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
        gateways=base.gateways,
    )


def _voice_desk(
    base: _Base, text: TextDesk, acquaintance: Acquaintance, prompts: Prompts, flow: Flow
) -> VoiceDesk:
    return VoiceDesk(
        VoiceSettings(region=base.settings.region, queues=base.routing.queues),
        flow,
        reception=Reception(
            crm=base.crm,
            journal=base.journal,
            sounds=prompts,
            invite=text.invite_to_line,
            acquaint=acquaintance.begin,
        ),
        crm=base.crm,
        board=base.board,
        journal=base.journal,
        submit=base.acd.submit,
        report=base.reports,
        mend=base.mend,
        forget=acquaintance.forget,
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
    base: _Base, truth: Truth, desk: Desk, voice: VoiceDesk, text: TextDesk, turn: NodeTurn
) -> Performer:
    reconciler = Reconciler(
        base.acd, board=base.board, crm=base.crm, truth=truth, desk=desk, text=text, voice=voice
    )
    return Performer(
        base.acd,
        board=base.board,
        view=desk,
        voice=voice,
        text=text,
        crm=base.crm,
        journal=base.journal,
        report=base.reports,
        agree=reconciler.agree,
        has_node=lambda: turn.is_ours,
    )


def _http(
    base: _Base,
    accounts: Accounts,
    inbox: Inbox,
    outbox: Outbox,
    desktop: DesktopSocket,
    readiness: Readiness,
) -> HttpParts:
    passwords, web_dir = Passwords(), base.settings.web_dir
    return HttpParts(
        public_url=base.settings.public_url,
        accounts=accounts,
        sign_in=SignIn(accounts, Sessions(base.engine), passwords),
        journeys=base.crm.journey,
        routing=RoutingView(base.acd),
        dead_letters=DeadLetterOffice(inbox, outbox),
        gateways=base.gateways,
        inbox=inbox,
        desktop=desktop,
        readiness=readiness,
        registry=CollectorRegistry(),
        web_dir=web_dir if web_dir.is_dir() else None,
    )


def _owner(settings: Settings) -> str:
    """Return this hub's name among those that share the database."""
    return f"{socket.gethostname()}:{settings.http_port}"


def _gateways(settings: Settings) -> dict[Channel, Gateway]:
    line = sms = None
    if settings.line_channel_secret and settings.line_channel_access_token:
        line = LineAccount(
            secret=settings.line_channel_secret.get_secret_value(),
            access_token=settings.line_channel_access_token.get_secret_value(),
            api_url=settings.line_api_base,
        )
    if settings.sms_provider_url and settings.sms_provider_token:
        sms = SmsAccount(
            url=settings.sms_provider_url,
            token=settings.sms_provider_token.get_secret_value(),
            sender=settings.sms_from,
        )
    return build_gateways(line=line, sms=sms)


def _turn(settings: Settings, leases: Leases) -> NodeTurn:
    connect = websocket(
        settings.ari_url, settings.ari_user, settings.ari_password.get_secret_value(), settings.ari_app
    )
    return NodeTurn(leases, settings.node, connect)


def _ami(settings: Settings) -> AmiSettings:
    return AmiSettings(
        node=settings.node,
        host=settings.ami_host,
        port=settings.ami_port,
        user=settings.ami_user,
        password=settings.ami_password.get_secret_value(),
    )
