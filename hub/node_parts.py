"""The parts that join the hub to its Asterisk node, made and wired."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from acd.ids import AgentId, ContactId
from acd.leases import Leases
from acd.router import Acd
from crm_bridge.model import Line, LineEnd
from cti.ami import AmiLink, AmiListener
from cti.ari import AriLink
from cti.calls import CallControl
from cti.hush import write_hush
from cti.tracker import UNREAD
from cti.way_out import WayOut
from hub import peers
from hub.ami_listeners import AmiListeners
from hub.blocked_addresses import BlockedAddresses
from hub.blocked_store import BlockedStore
from hub.board import Board
from hub.call_records import CallRecords
from hub.clock import now_ms
from hub.contact_status import ContactStatuses
from hub.crm import Crm
from hub.devices import Devices
from hub.fallback import Fallback
from hub.journal import Journal
from hub.lost_phones import LostPhones
from hub.member_roll import MemberRoll
from hub.members import MemberStore
from hub.node import NodeTurn
from hub.services.blocked_conf import BLOCKED_FILE
from hub.settings import Settings
from hub.trunks import Trunks
from hub.trunks_conf import Trunk
from hub.truth import Truth
from hub.voice_parts import VoiceParts


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeParts:
    """The links to Asterisk, whose turn it is to serve it, and what is heard over AMI.

    `listeners` are told of it last.
    """

    leases: Leases
    turn: NodeTurn
    control: CallControl
    ami: AmiLink
    way_out: WayOut
    fallback: Fallback
    devices: Devices
    roll: MemberRoll
    lost_phones: LostPhones
    statuses: ContactStatuses
    trunks: Trunks
    blocked: BlockedAddresses
    records: CallRecords
    listeners: list[AmiListener] = field(default_factory=list)

    async def run(self) -> None:
        listeners = AmiListeners(
            self.control.keys,
            self.fallback,
            self.devices,
            self.roll,
            self.lost_phones,
            self.statuses,
            self.blocked,
            self.records,
            *self.listeners,
        )
        async with asyncio.TaskGroup() as tasks:
            for service in (
                self.control.run(),
                self.ami.run(listeners),
                self.devices.run(),
                self.roll.run(),
                self.statuses.run(),
                self.blocked.run(),
                self.records.run(),
                self.turn.run(),
                self.way_out.run(),
                self.fallback.run(),
            ):
                tasks.create_task(service)

    async def close(self) -> None:
        """Close the links; calls stay up in Asterisk."""
        await self.control.close()
        await self.turn.give_back()
        await self.ami.close()
        await self.leases.close()


def node_parts(
    settings: Settings,
    calls: VoiceParts,
    acd: Acd,
    store: MemberStore,
    board: Board,
    blocked: BlockedStore,
    crm: Crm,
    journal: Journal,
    leases: Leases,
    *,
    trunks: Sequence[Trunk],
    truth: Callable[[], Truth],
    show: Callable[[Iterable[AgentId]], Awaitable[None]],
    mend: Callable[[], None],
) -> NodeParts:
    """Make the parts and tell those that serve callers of them. `show` has desktops shown anew."""
    desk = calls.desk
    turn = NodeTurn(leases, settings.node, peers.ari_connect(settings))
    turn.lost, turn.resumed = desk.stand_by, mend
    link = AriLink(turn.connect, node=settings.node, app=settings.ari_app, unread=UNREAD)
    control = CallControl(link, desk, hush=write_hush(settings.data_dir / "prompts"))
    calls.use(control)
    ami = AmiLink(peers.ami_settings(settings))
    calls.lost_phones.qualify = lambda agent: _qualify(ami, agent)
    statuses = ContactStatuses(ami, lambda: known.names)
    known = calls.callbacks.trunks = Trunks(
        trunks,
        statuses,
        region=settings.region,
        template=settings.callback_endpoint,
        caller_id=settings.callback_caller_id,
    )
    desk.fallback = Fallback(
        ami,
        desk,
        has_router=lambda: acd.is_ready,
        mend=mend,
        show=show,
        abandoned=lambda contact: _note_abandoned(crm, journal, contact),
    )
    return NodeParts(
        leases=leases,
        turn=turn,
        control=control,
        ami=ami,
        way_out=WayOut(control),
        fallback=desk.fallback,
        devices=Devices(
            acd.submit, lambda agent: board.has_call(agent) or calls.connections.is_dialling(agent)
        ),
        roll=MemberRoll(store, ami, lambda: truth().files, lambda members: truth().go_by_members(members)),
        lost_phones=calls.lost_phones,
        statuses=statuses,
        trunks=known,
        blocked=BlockedAddresses(
            blocked, ami, settings.data_dir / BLOCKED_FILE, statuses, peers.blocking_rules(settings)
        ),
        records=CallRecords(crm.contacts, settings.ari_app, desk.absences),
    )


def _note_abandoned(crm: Crm, journal: Journal, contact: ContactId) -> None:
    """A caller hung up in `Queue()`: his contact, which was over here when he was let go there, ends now."""
    at_ms = now_ms()
    journal.put(lambda: crm.contacts.resumed(contact))
    line = Line(LineEnd.HUNG_UP, at_ms)
    journal.put(lambda: crm.contacts.ended(contact, at_ms, "abandoned", line=line))


async def _qualify(ami: AmiLink, agent: AgentId) -> None:
    await ami.request("PJSIPQualify", {"Endpoint": agent})
