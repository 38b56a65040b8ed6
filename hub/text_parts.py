"""The parts that take messages in and send answers, made and wired."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from acd.errors import SettingsError
from acd.policy import RoutingSettings
from gateways.account import Surroundings
from gateways.errors import AccountsWrong
from gateways.inbox import Inbox, InboxWorker
from gateways.outbox import Outbox
from gateways.protocol import Gateway, Service, Sign
from hub import peers
from hub.account_links import AccountLinks
from hub.attachments.attachments import Attachments
from hub.audit import AuditLog
from hub.board import Board
from hub.call_codes import CallCodes
from hub.crm import Crm
from hub.invitations import Invitations, Links, LinkSettings
from hub.journal import Journal
from hub.settings import Settings
from hub.short_links import ShortLinks
from hub.signs import Signs
from hub.single import Singles
from hub.submit import Report, Submit
from hub.text import TextDesk, TextSettings, hours_of
from hub.texting.bot_conf import read_bots
from hub.texting.code_words import CodeWords
from hub.texting.templates import read_templates
from hub.triage import TriageRules
from hub.voice_settings import default_queue


@dataclass(frozen=True, slots=True, kw_only=True)
class TextParts:
    """The desk is what most others know of them. `run` is the service of all."""

    gateways: Mapping[Channel, Gateway]
    inbox: Inbox
    worker: InboxWorker
    outbox: Outbox
    desk: TextDesk
    signs: Signs
    codes: CallCodes
    invitations: Invitations
    links: Links
    short_links: ShortLinks
    singles: Singles
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for service in (self.inbox.run(), self.worker.run(), self.outbox.run(), self._fetch()):
                tasks.create_task(service)
            tasks.create_task(self.singles.run("bot-idle", self.desk.idle.run))

    def reread(self) -> Callable[[], None]:
        """Read the gateways' own files as they are now; returns what goes over to them.

        Raises `SettingsError` with the problems of all: nothing has changed then.
        """
        taken, problems = [], []
        for gateway in self.gateways.values():
            try:
                taken.append(gateway.reread())
            except AccountsWrong as error:
                problems += error.problems
        if problems:
            raise SettingsError(problems)

        def take_over() -> None:
            for each in taken:
                each()
            self.changed.set()

        return take_over

    async def _fetch(self) -> None:
        """Run what fetches events; what is another after a reload is ended, and begun anew."""
        running: dict[Service, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                self.changed.clear()
                wanted = self._fetching()
                ended = [running.pop(each) for each in list(running) if each not in wanted]
                for task in ended:
                    task.cancel()
                await asyncio.gather(*ended, return_exceptions=True)
                for each in wanted:
                    if each not in running:
                        work = self.singles.run(each.name, each.run) if each.is_single else each.run()
                        running[each] = tasks.create_task(work)
                await self.changed.wait()

    def _fetching(self) -> list[Service]:
        """Return what gateways do to fetch events that no webhook brings."""
        return [each for gateway in self.gateways.values() for each in gateway.services(self.inbox.store)]

    async def close(self) -> None:
        for gateway in self.gateways.values():
            await gateway.close()


def text_parts(
    settings: Settings,
    engine: AsyncEngine,
    routing: RoutingSettings,
    *,
    crm: Crm,
    board: Board,
    journal: Journal,
    submit: Submit,
    report: Report,
    triage: Callable[[], TriageRules],
    singles: Singles,
    audit: AuditLog,
    files: Attachments,
) -> TextParts:
    """Make the parts; the desk's `view` is still to be told."""
    shorts = ShortLinks(engine, settings.public_url)
    around = _surroundings(settings, engine, files, shorts, lambda sign: signs.heard(sign))
    gateways, owner = peers.gateways(around), peers.owner(settings)
    signs = Signs(board, gateways)
    desk = TextDesk(
        _desk_settings(settings, routing),
        crm=crm,
        board=board,
        journal=journal,
        submit=submit,
        report=report,
        gateways=gateways,
        audit=audit,
        shelf=files,
    )
    inbox = Inbox(engine, owner=owner, backlog_max=settings.inbox_events_max)
    desk.erase = inbox.erase
    desk.outbox = Outbox(engine, gateways, desk.delivered, owner=owner, paces=peers.paces(settings))
    codes = CallCodes(crm, board, journal, _secret(settings), desk.tell_owner)
    number = settings.call_number or settings.callback_caller_id
    desk.calls.codes = CodeWords(codes, number, settings.region)
    desk.links = _account_links(settings, desk, crm, gateways)
    links = LinkSettings(
        public_url=settings.public_url,
        line_url=settings.line_add_friend_url,
        mail_address=settings.mail_address,
    )
    invitations = Invitations(
        links, crm=crm, journal=journal, gateways=gateways, outbox=lambda: desk.outbox, rules=triage
    )
    desk.instead = invitations.instead
    return TextParts(
        gateways=gateways,
        inbox=inbox,
        worker=InboxWorker(inbox, gateways, desk.handle),
        outbox=desk.outbox,
        desk=desk,
        signs=signs,
        codes=codes,
        invitations=invitations,
        links=Links(links, crm),
        short_links=shorts,
        singles=singles,
    )


def _surroundings(
    settings: Settings,
    engine: AsyncEngine,
    files: Attachments,
    shorts: ShortLinks,
    signed: Callable[[Sign], None],
) -> Surroundings:
    return Surroundings(
        engine=engine,
        files=files,
        public_url=settings.public_url,
        config_dir=settings.config_dir,
        secret=_secret(settings),
        signed=signed,
        shorten=shorts.shorten,
    )


def _desk_settings(settings: Settings, routing: RoutingSettings) -> TextSettings:
    return TextSettings(
        queues=routing.entries,
        default_queue=default_queue(routing.queues),
        hours=hours_of(routing),
        templates=read_templates(settings.config_dir, routing.queues),
        per_minute=settings.text_messages_per_minute,
        bots=read_bots(settings.config_dir, routing.queues),
        region=settings.region,
    )


def _account_links(
    settings: Settings, desk: TextDesk, crm: Crm, gateways: Mapping[Channel, Gateway]
) -> AccountLinks:
    return AccountLinks(
        settings.public_url,
        _secret(settings),
        settings.region,
        crm=crm,
        gateways=gateways,
        outbox=lambda: desk.outbox,
        joined=desk.tell_owner,
    )


def _secret(settings: Settings) -> bytes:
    return settings.secret_key.get_secret_value().encode()
