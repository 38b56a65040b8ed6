"""The hub's parts round the real routing core and a real SQLite, with fakes for Asterisk and providers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.agent import Presence
from acd.contact import Channel
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.ids import AgentId, ContactId, QueueName
from acd.policy import Disposition, Member, QueueSettings, RoutingSettings
from acd.router import Acd
from crm_bridge.knowledge import Knowledge
from crm_bridge.tables import Base as CrmBase
from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.incoming import IncomingCall
from cti.listener import FoundCall, FoundLeg, GoneCause, NodeSnapshot
from gateways.outbox import Outbox
from gateways.protocol import Gateway, Inbound
from hub.accounts import Account, Role
from hub.acquaintance import Acquaintance
from hub.audit import AuditLog
from hub.board import Board, LiveContact
from hub.call_codes import CallCodes
from hub.clock import now_ms
from hub.crm import Crm
from hub.database import create_engine
from hub.desk import Desk
from hub.desktop import protocol as shown
from hub.desktop.commands import DomainCommand, Ping, parse
from hub.desktop.registry import Desktops
from hub.fallback import Fallback
from hub.invitations import Invitations, LinkSettings
from hub.journal import Journal
from hub.lines import Lines
from hub.people import People
from hub.perform import Performer
from hub.reconcile import Reconciler
from hub.recordings.announcements import RecordAnnouncements
from hub.recordings.draft import Drafts
from hub.recordings.live import LiveRecordings
from hub.recordings.parts import MakeRecordings
from hub.signs import Signs
from hub.submit import Reports
from hub.tables import Base as HubBase
from hub.text import TextDesk, TextSettings
from hub.texting.code_words import CodeWords
from hub.triage import TriageRules, Triaging
from hub.trunks import Trunks
from hub.trunks_conf import Trunk
from hub.truth import Truth
from hub.voice import VoiceDesk
from hub.voice_parts import VoiceParts, voice_parts
from hub.voice_settings import VoiceSettings
from hub.waiting_calls import WaitingCalls
from hub.word_parts import WordParts, word_parts
from ivr.flow import Flow
from ivr.load import load
from tests.hub.doubles import (
    BOSS,
    SATO,
    SUZUKI,
    TANAKA,
    Control,
    Names,
    Post,
    Queue,
    Router,
    Screens,
    Shelf,
    Sounds,
    Trunkless,
)
from tests.hub.fakes import until
from tests.ivr.flows import write

SUPPORT, SALES = QueueName("support"), QueueName("sales")
CUSTOMER, NUMBER = "U1", "+819012345678"
NODE = "pbx1"

MENUS = """
    [numbers]
    _. => main

    [main]
    prompt[ja] => メニュー
    prompt[en] => Menu
    key => 1,queue,support
    key => 2,queue,sales
    key => 3,deflect,line,queue=support,sent=sent,failed=failed
    key => 7,hangup
    on_timeout => queue,support

    [sent]
    type = message
    prompt[ja] => 送信済み
    prompt[en] => Sent
    then => hangup

    [failed]
    type = message
    prompt[ja] => 失敗
    prompt[en] => Failed
    then => queue,support
"""

ROUTING = RoutingSettings(
    queues={
        SUPPORT: QueueSettings(
            name=SUPPORT,
            wrapup_voice_s=15,
            wrapup_text_s=None,
            retry_s=1,
            members=(Member(agent=SATO), Member(agent=TANAKA)),
            dispositions=(Disposition(code="resolved", ja="解決", en="Resolved"),),
        ),
        SALES: QueueSettings(name=SALES, max_waiting=1, members=(Member(agent=TANAKA),)),
    },
    entries={Channel.LINE: SUPPORT},
)


@dataclass(slots=True)
class Stage:
    """All parts, wired as `hub.assembly` does."""

    router: Router
    control: Control
    queue: Queue
    screens: Screens
    post: Post
    crm: Crm
    board: Board
    journal: Journal
    acquaintance: Acquaintance
    text: TextDesk
    calls: VoiceParts
    voice: VoiceDesk
    desk: Desk
    truth: Truth
    performer: Performer
    audit: AuditLog
    triage: Triaging
    words: WordParts
    shelf: Shelf
    names: dict[Channel, Names]
    agreements: int = 0
    _calls: int = 0
    _messages: int = 0

    # --- callers ---------------------------------------------------------------------------------

    def incoming(self, number: str | None = NUMBER, *, id_: str = "") -> IncomingCall:
        """Return a call that has just arrived at Asterisk."""
        self._calls += 1
        key = ChannelKey(NODE, id_ or f"{NODE}-{self._calls}")
        self.control.calls.add(key.id)
        return IncomingCall(key, number, "", "0312345678", "carrier", now_ms())

    async def arrives(self, number: str | None = NUMBER, keys: str = "1") -> ContactId:
        """Let a caller press keys and get where they lead."""
        for key in keys:
            self.control.keys.put_nowait(key)
        call = self.incoming(number)
        await self.voice.call_arrived(call)
        return ContactId(call.key.id)

    async def hangs_up(self, contact: ContactId) -> None:
        self.control.calls.discard(contact)
        await self.voice.call_gone(ChannelKey(NODE, contact), GoneCause.HUNG_UP)

    async def is_offered(self, contact: ContactId, agent: AgentId = SATO) -> str:
        """Wait until an agent's phone rings for a call; returns the offer."""
        phone = f"PJSIP/{agent}"
        await until(lambda: any(order[::2] == (contact, phone) for order in self.control.orders("ring")))
        (offer,) = (each.offer for each in self.board.offers_to(agent) if each.contact == contact)
        return offer

    async def answers(self, offer: str) -> None:
        """Let the agent whose phone rings take the call."""
        self.control.legs.add(offer)
        await self.voice.leg_answered(offer)

    async def talks(self, contact: ContactId, agent: AgentId = SATO) -> str:
        """Bring a call that is queued to an agent; returns the offer that was won."""
        offer = await self.is_offered(contact, agent)
        await self.answers(offer)
        await self.sees(agent, contact, shown.ShownState.CONNECTED)
        return offer

    # --- customers who write -----------------------------------------------------------------------

    def inbound(self, text: str = "もしもし", *, event: str = "", user: str = CUSTOMER) -> Inbound:
        self._messages += 1
        return Inbound(
            channel=Channel.LINE,
            event_id=event or f"event-{self._messages}",
            address=user,
            text=text,
            at_ms=now_ms(),
            reply_token=f"token-{self._messages}",
        )

    async def takes(self, agent: AgentId = SATO) -> LiveContact:
        """Let an agent accept the text offer that comes; returns the contact."""
        await until(lambda: bool(self.board.offers_to(agent)))
        (offer,) = self.board.offers_to(agent)
        await self.desk.command(agent, command("accept", offer=offer.offer))
        await self.sees(agent, offer.contact, shown.ShownState.CONNECTED)
        return self.live(offer.contact)

    # --- what is seen ------------------------------------------------------------------------------

    async def presence(self, agent: AgentId, presence: Presence = Presence.AVAILABLE) -> None:
        """Sign an agent in, or change what he says."""
        if agent not in self.screens.events:
            await self.desk.agent_joined(Account(agent, agent.title(), Role.AGENT, 0))
        await self.desk.command(agent, command("set_presence", presence=presence))
        await until(lambda: self.board.presence(agent)[0] is presence)

    async def sees(self, agent: AgentId, contact: ContactId, state: shown.ShownState) -> None:
        """Wait until an agent's desktop shows a contact in a state."""

        def is_shown() -> bool:
            contacts = self.screens.of(agent, shown.ContactShown)
            return any(each.id == contact and each.state is state for each in contacts)

        await until(is_shown)

    def live(self, contact: ContactId) -> LiveContact:
        """Return a contact as it is on the board."""
        found = self.board.get(contact)
        assert found is not None
        return found

    def record(self, contact: ContactId) -> ContactRecord | None:
        """Return a contact as the router has it."""
        return self.router.state.contacts.get(contact)

    async def gone(self, contact: ContactId) -> None:
        """Wait until neither router nor board has a contact."""
        await until(lambda: self.record(contact) is None and self.board.get(contact) is None)

    async def agrees(self) -> None:
        """Wait until all parts were brought to agree once more."""
        before = self.agreements
        self.performer.agree_soon()
        await until(lambda: self.agreements > before)

    # --- Asterisk ----------------------------------------------------------------------------------

    async def link_up(self, *found: FoundCall, known: Sequence[ContactId] = ()) -> None:
        """Let the link to Asterisk stand, with these calls."""
        self.control.is_up = True
        keys = tuple(ChannelKey(NODE, each) for each in known)
        await self.voice.node_up(NodeSnapshot(NODE, keys, found))

    async def link_down(self) -> None:
        self.control.is_up = False
        await self.voice.node_down()

    def found(self, contact: ContactId, leg: str = "", agent: AgentId = SATO) -> FoundCall:
        """Return a call as it is found by a new hub: waiting, or talking to an agent by a leg."""
        call = self.incoming(id_=contact)
        return FoundCall(call, FoundLeg(leg, f"PJSIP/{agent}") if leg else None)


def command(kind: str, **fields: object) -> DomainCommand:
    """Return a desktop's command, read from its JSON as the socket does."""
    found = parse(msgspec.json.encode({"type": kind, "ref": "1", **fields}).decode())
    assert not isinstance(found, Ping)
    return found


def no_recordings(
    lines: Lines, waiting: WaitingCalls, settings: Callable[[], VoiceSettings]
) -> LiveRecordings:
    """Nothing can be recorded here."""
    announcements = RecordAnnouncements(waiting, settings)
    return LiveRecordings(settings, lines, Drafts(Path("/nowhere")), announcements, why_not="no store")


async def _accounts() -> list[Account]:
    return [Account(each, each.title(), Role.AGENT, 0) for each in (SATO, TANAKA, SUZUKI)]


async def _account(agent: AgentId) -> Account | None:
    """Return BOSS as a supervisor, everybody else as an agent."""
    return Account(agent, agent, Role.SUPERVISOR if agent == BOSS else Role.AGENT, created_ms=0)


def build(
    engine: AsyncEngine,
    flow: Flow,
    router: Router,
    control: Control,
    *,
    has_node: bool = True,
    recordings: MakeRecordings = no_recordings,
    routing: RoutingSettings = ROUTING,
) -> Stage:
    """Make the parts; nothing runs yet. `has_node`: no other hub serves the node."""

    def mend() -> None:
        stage.performer.agree_soon()

    acd = cast(Acd, router)
    board, journal, crm = Board(), Journal(), Crm.on(engine)
    screens, post, queue, acquaintance = Screens(), Post(), Queue(), Acquaintance(crm)
    reports, audit = Reports(router.submit, mend), AuditLog(engine)
    names = {each: Names(each) for each in (Channel.LINE, Channel.SMS, Channel.EMAIL, Channel.TICKET)}
    gateways = {each: cast(Gateway, name) for each, name in names.items()}
    shelf = Shelf()
    text = TextDesk(
        TextSettings(queues=ROUTING.entries, default_queue=SUPPORT),
        crm=crm,
        board=board,
        journal=journal,
        submit=router.submit,
        report=reports,
        gateways=gateways,
        audit=audit,
        shelf=shelf,
    )
    text.erase = post.erase
    triage = Triaging(TriageRules())
    invitations = Invitations(
        LinkSettings(public_url="https://hub.example.jp", mail_address="help@example.jp"),
        crm=crm,
        journal=journal,
        gateways=gateways,
        outbox=lambda: text.outbox,
        rules=triage,
    )
    codes = CallCodes(crm, board, journal, b"secret", text.tell_owner)
    text.calls.codes = CodeWords(codes, "+81312345678", "JP")
    calls = voice_parts(
        VoiceSettings(region="JP", routing=routing),
        flow,
        sounds=Sounds(),
        snapshot=router.snapshot,
        acquaintance=acquaintance,
        invite=invitations,
        ways=invitations,
        codes=codes,
        triage=triage,
        knowledge=lambda: words.knowledge,
        people=People(_accounts),
        crm=crm,
        board=board,
        journal=journal,
        submit=router.submit,
        report=reports,
        audit=audit,
        account=_account,
        mend=mend,
        recordings=recordings,
        recognition=None,
    )
    voice = calls.desk
    calls.use(cast(CallControl, control))
    calls.callbacks.trunks = Trunks([Trunk(name="carrier")], Trunkless(), region="JP")
    signs = Signs(board, gateways)
    desk = Desk(
        board=board,
        crm=crm,
        journal=journal,
        acquaintance=acquaintance,
        submit=router.submit,
        text=text,
        voice=voice,
        recordings=calls.recordings,
        talks=calls.commands,
        settings=routing,
        signs=signs,
    )
    text.view, text.outbox = desk, cast(Outbox, post)
    text.knowledge, text.calls.caller = lambda: words.knowledge, calls.commands
    voice.fallback = cast(Fallback, queue)
    desk.desktops = cast(Desktops, screens)
    calls.supervisors.show = screens.send
    truth = Truth(
        acd,
        routing=routing,
        board=board,
        desktops=desk.desktops,
        desk=desk,
        text=text,
        voice=voice,
        mend=mend,
    )
    reconciler = Reconciler(
        acd, board=board, crm=crm, truth=truth, desk=desk, text=text, voice=voice, node="pbx1"
    )

    async def agree(state: RoutingState) -> None:
        await reconciler.agree(state)
        stage.agreements += 1

    words = word_parts(
        Knowledge(),
        lambda: routing.queues,
        crm=crm,
        journal=journal,
        deflection_days=400,
    )
    words.use(desk.desktops, calls.recordings, None)
    desk.said, desk.ways = words.transcripts.lines, invitations.channels
    performer = Performer(
        acd,
        board=board,
        view=desk,
        calls=calls,
        text=text,
        crm=crm,
        journal=journal,
        report=reports,
        agree=agree,
        has_node=lambda: has_node,
        over=words.chronicle.over,
    )
    stage = Stage(
        router=router,
        control=control,
        queue=queue,
        screens=screens,
        names=names,
        post=post,
        crm=crm,
        board=board,
        journal=journal,
        acquaintance=acquaintance,
        text=text,
        calls=calls,
        voice=voice,
        desk=desk,
        truth=truth,
        performer=performer,
        audit=audit,
        triage=triage,
        words=words,
        shelf=shelf,
    )
    return stage


@asynccontextmanager
async def running(stage: Stage, *, linked: bool = True) -> AsyncIterator[Stage]:
    """Run performer and journal; `linked`: Asterisk is there and has no calls."""
    tasks = [asyncio.create_task(stage.performer.run()), asyncio.create_task(stage.journal.run())]
    try:
        await stage.board.loaded.wait()
        if linked:
            await stage.link_up()
            await stage.agrees()
        yield stage
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def flow_in(folder: Path) -> Flow:
    """Return the menus of `MENUS`."""
    write(folder, MENUS)
    return load(folder, list(ROUTING.queues))


async def crm_engine(folder: Path) -> AsyncEngine:
    """Return an empty customer record on SQLite."""
    engine = create_engine(f"sqlite+aiosqlite:///{folder / 'crm.db'}")
    async with engine.begin() as connection:
        await connection.run_sync(CrmBase.metadata.create_all)
        await connection.run_sync(HubBase.metadata.create_all)
    return engine


def account(agent: AgentId) -> Account:
    return Account(agent, agent.title(), Role.AGENT, 0)


async def staff(stage: Stage) -> None:
    """Have screens for three agents; sato is available."""
    for agent in (SATO, TANAKA, SUZUKI):
        stage.screens.present.add(agent)
    await stage.presence(SATO)


async def sato_talks(stage: Stage) -> ContactId:
    """Let a caller talk to sato; tanaka is not ready, suzuki is a member of nothing."""
    contact = await stage.arrives()
    await stage.talks(contact)
    for agent in (TANAKA, SUZUKI):
        await stage.desk.agent_joined(account(agent))
    await until(lambda: len([each for each in stage.router.state.agents.values() if each.is_signed_in]) == 3)
    return contact
