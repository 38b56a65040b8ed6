"""The parts that serve callers, made and wired."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from acd.ids import AgentId
from acd.router import Snapshot
from crm_bridge.knowledge import Knowledge
from cti.calls import CallControl
from hub.accounts import Account
from hub.acquaintance import Acquaintance
from hub.announcer import Announcer, Recordings
from hub.audit import AuditLog
from hub.board import Board
from hub.call_codes import CallCodes
from hub.callback import CallbackDesk
from hub.comings_back import ComingsBack
from hub.connections import Connections
from hub.crm import Crm
from hub.departures import Departures
from hub.diversions import Diversions
from hub.found_calls import FoundCalls
from hub.found_talks import FoundTalks
from hub.interrupted_talks import InterruptedTalks
from hub.ivr_world import Worlds
from hub.journal import Journal
from hub.learning import Learning
from hub.leaving import Leaving
from hub.lines import Lines
from hub.live_transcripts import LiveTranscripts
from hub.lost_phones import LostPhones
from hub.menu_exits import MenuExits
from hub.offers import Offers, Ways
from hub.outbound import Outbound
from hub.people import People
from hub.proposals import Proposals
from hub.reception import Invite, Reception
from hub.recordings.live import LiveRecordings
from hub.recordings.parts import MakeRecordings
from hub.speech_parts import SpeechParts
from hub.stated_identity import stated
from hub.submit import Report, Submit
from hub.supervision import Supervisors
from hub.talk_commands import TalkCommands
from hub.talks import Talks
from hub.triage import TriageRules
from hub.verdicts import Verdicts
from hub.voice import VoiceDesk
from hub.voice_settings import VoiceSettings
from hub.waiting_calls import WaitingCalls
from ivr.caller import Sounds
from ivr.flow import Flow


class Voice(Sounds, Recordings, Protocol):
    """Where all that callers hear comes from, but for music."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceParts:
    """The desk is what most others know of them."""

    lines: Lines
    waiting: WaitingCalls
    departures: Departures
    proposals: Proposals
    offers: Offers
    callbacks: CallbackDesk
    connections: Connections
    diversions: Diversions
    announcer: Announcer
    lost_phones: LostPhones
    recordings: LiveRecordings
    supervisors: Supervisors
    talks: Talks
    found_talks: FoundTalks
    leaving: Leaving
    verdicts: Verdicts
    commands: TalkCommands
    desk: VoiceDesk
    transcripts: LiveTranscripts | None

    def use(self, control: CallControl) -> None:
        """Tell all of the call control, which is made after the desk that listens to it."""
        self.waiting.control = self.callbacks.control = self.diversions.control = control
        self.connections.control = self.desk.control = self.recordings.control = control
        control.hear_keys(self.recordings.key_pressed)
        self.connections.control = self.desk.control = self.talks.control = control
        self.lost_phones.control = self.leaving.control = control
        self.supervisors.control = self.offers.control = control
        if self.transcripts is not None:
            self.transcripts.control = control


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """What most parts stand on. `desk` is made after them, and asked for once they run."""

    desk: Callable[[], VoiceDesk]
    sounds: Voice
    snapshot: Callable[[], Awaitable[Snapshot]]
    invite: Invite
    codes: CallCodes
    triage: Callable[[], TriageRules]
    knowledge: Callable[[], Knowledge]
    crm: Crm
    board: Board
    journal: Journal
    submit: Submit
    report: Report
    lines: Lines
    verdicts: Verdicts
    waiting: WaitingCalls
    departures: Departures

    def settings(self) -> VoiceSettings:
        """Return those that hold now."""
        return self.desk().settings


def voice_parts(
    settings: VoiceSettings,
    flow: Flow,
    *,
    sounds: Voice,
    snapshot: Callable[[], Awaitable[Snapshot]],
    acquaintance: Acquaintance,
    invite: Invite,
    ways: Ways,
    codes: CallCodes,
    triage: Callable[[], TriageRules],
    knowledge: Callable[[], Knowledge],
    people: People,
    crm: Crm,
    board: Board,
    journal: Journal,
    submit: Submit,
    report: Report,
    audit: AuditLog,
    account: Callable[[AgentId], Awaitable[Account | None]],
    mend: Callable[[], None],
    recordings: MakeRecordings,
    recognition: SpeechParts | None,
) -> VoiceParts:
    """Make the parts; `use` completes them."""
    lines = Lines()
    waiting = WaitingCalls(sounds, lambda queue: desk.settings.queue(queue).music_class)
    departures = Departures(
        lines, waiting, board=board, crm=crm, journal=journal, report=report, forget=acquaintance.forget
    )
    base = _Base(
        desk=lambda: desk,
        sounds=sounds,
        snapshot=snapshot,
        invite=invite,
        codes=codes,
        triage=triage,
        knowledge=knowledge,
        crm=crm,
        board=board,
        journal=journal,
        submit=submit,
        report=report,
        lines=lines,
        verdicts=Verdicts(),
        waiting=waiting,
        departures=departures,
    )
    reception = _reception(base, acquaintance, recognition)
    proposals = _proposals(base)
    offers = _offers(base, proposals, ways)
    live = recordings(lines, waiting, base.settings)
    transcripts = _transcripts(recognition, live, base.settings)
    callbacks = CallbackDesk(base.settings, lines, crm=crm, report=report)
    desk: VoiceDesk = _desk(base, settings, flow, reception, proposals, callbacks, live, mend)
    diversions = _diversions(base, live)
    _complete(base, diversions, proposals, offers, callbacks, live, audit, account)
    commands = _commands(base, reception, people)
    return _gathered(base, proposals, offers, callbacks, diversions, live, commands, transcripts)


def _reception(base: _Base, acquaintance: Acquaintance, recognition: SpeechParts | None) -> Reception:
    desk, crm, journal = base.desk, base.crm, base.journal
    return Reception(
        crm=crm,
        journal=journal,
        sounds=base.sounds,
        invite=base.invite,
        acquaint=acquaintance.begin,
        worlds=Worlds(base.settings, base.snapshot, crm, codes=base.codes, knowledge=base.knowledge),
        send_out=lambda call, number: desk().exits.send_out(call, number),
        listening=recognition.listening if recognition is not None else None,
        understanding=lambda: recognition.comprehension.understanding if recognition is not None else None,
        comings_back=ComingsBack(crm, journal, rules=base.triage, queues=lambda: desk().settings.queues),
        learning=Learning(crm, journal),
        codes=base.codes,
        stated=lambda call: stated(call, desk().trunks.stated_by(call.incoming.trunk), desk().control),
    )


def _proposals(base: _Base) -> Proposals:
    return Proposals(
        base.lines,
        base.waiting,
        base.departures,
        crm=base.crm,
        journal=base.journal,
        submit=base.submit,
        report=base.report,
        invite=base.invite,
        rules=base.triage,
    )


def _offers(base: _Base, proposals: Proposals, ways: Ways) -> Offers:
    return Offers(
        base.lines,
        base.waiting,
        base.departures,
        proposals,
        crm=base.crm,
        journal=base.journal,
        rules=base.triage,
        knowledge=base.knowledge,
        snapshot=base.snapshot,
        invite=base.invite,
        ways=ways,
    )


def _diversions(base: _Base, live: LiveRecordings) -> Diversions:
    return Diversions(
        base.lines,
        base.waiting,
        base.departures,
        board=base.board,
        crm=base.crm,
        journal=base.journal,
        sounds=base.sounds,
        recordings=live,
        lead=lambda call, start: base.desk().lead(call, start),
        flow=lambda: base.desk().flow,
    )


def _desk(
    base: _Base,
    settings: VoiceSettings,
    flow: Flow,
    reception: Reception,
    proposals: Proposals,
    callbacks: CallbackDesk,
    live: LiveRecordings,
    mend: Callable[[], None],
) -> VoiceDesk:
    return VoiceDesk(
        settings,
        flow,
        lines=base.lines,
        reception=reception,
        waiting=base.waiting,
        departures=base.departures,
        proposals=proposals,
        callbacks=callbacks,
        recordings=live,
        crm=base.crm,
        board=base.board,
        journal=base.journal,
        submit=base.submit,
        report=base.report,
        mend=mend,
    )


def _complete(
    base: _Base,
    diversions: Diversions,
    proposals: Proposals,
    offers: Offers,
    callbacks: CallbackDesk,
    live: LiveRecordings,
    audit: AuditLog,
    account: Callable[[AgentId], Awaitable[Account | None]],
) -> None:
    """Give the desk the parts that need it themselves."""
    desk, lines, board, report = base.desk(), base.lines, base.board, base.report
    desk.exits = MenuExits(
        desk, proposals, offers, diversions, base.departures, board=board, crm=base.crm, journal=base.journal
    )
    desk.talks = Talks(
        base.settings,
        lines,
        board=board,
        crm=base.crm,
        journal=base.journal,
        report=report,
        wait_again=desk.wait_again,
        let_wait=desk.let_wait,
    )
    desk.talks.talk_began = live.talk_began
    desk.connections = Connections(
        base.settings,
        lines,
        base.waiting,
        callbacks,
        desk.talks,
        board=board,
        report=report,
        recordings=live,
        wait_again=desk.wait_again,
    )
    desk.found = FoundCalls(
        desk,
        FoundTalks(lines, board, desk.talks),
        base.settings,
        lines,
        recordings=live,
        crm=base.crm,
        journal=base.journal,
        report=report,
    )
    desk.leaving = Leaving(base.settings, lines, base.waiting, base.departures)
    desk.lost_phones = LostPhones(base.settings, lines, InterruptedTalks(desk.talks), board, report)
    desk.supervisors = Supervisors(
        base.settings,
        lines,
        desk.talks,
        base.verdicts,
        board=board,
        submit=base.submit,
        audit=audit,
        account=account,
    )


def _commands(base: _Base, reception: Reception, people: People) -> TalkCommands:
    return TalkCommands(
        board=base.board,
        voice=base.desk(),
        verdicts=base.verdicts,
        outbound=Outbound(reception, board=base.board, crm=base.crm, journal=base.journal),
        people=people,
        submit=base.submit,
    )


def _gathered(
    base: _Base,
    proposals: Proposals,
    offers: Offers,
    callbacks: CallbackDesk,
    diversions: Diversions,
    live: LiveRecordings,
    commands: TalkCommands,
    transcripts: LiveTranscripts | None,
) -> VoiceParts:
    desk = base.desk()
    return VoiceParts(
        lines=base.lines,
        waiting=base.waiting,
        departures=base.departures,
        proposals=proposals,
        offers=offers,
        callbacks=callbacks,
        connections=desk.connections,
        diversions=diversions,
        announcer=Announcer(base.lines, base.waiting, base.settings, base.snapshot, base.sounds),
        lost_phones=desk.lost_phones,
        recordings=live,
        supervisors=desk.supervisors,
        talks=desk.talks,
        found_talks=desk.found.talks,
        leaving=desk.leaving,
        verdicts=base.verdicts,
        commands=commands,
        desk=desk,
        transcripts=transcripts,
    )


def _transcripts(
    recognition: SpeechParts | None, live: LiveRecordings, settings: Callable[[], VoiceSettings]
) -> LiveTranscripts | None:
    """Make who writes calls down, told of all of them; None if nobody can listen."""
    if recognition is None:
        return None
    listening = recognition.listening
    transcripts = LiveTranscripts(
        listening.recogniser,
        listening.connect,
        lambda queue: settings().queue(queue).transcribe,
        live.is_paused,
    )
    live.talks, live.is_over = transcripts.talk_began, transcripts.ended
    live.listened = transcripts.listened
    return transcripts
