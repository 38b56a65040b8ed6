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
from hub.callback import CallbackDesk
from hub.comings_back import ComingsBack
from hub.connections import Connections
from hub.crm import Crm
from hub.departures import Departures
from hub.desktop.protocol import RecordingState
from hub.diversions import Diversions
from hub.ivr_world import Worlds
from hub.journal import Journal
from hub.learning import Learning
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
        self.lost_phones.control = control
        self.supervisors.control = self.offers.control = control
        if self.transcripts is not None:
            self.transcripts.control = control


def voice_parts(
    settings: VoiceSettings,
    flow: Flow,
    *,
    sounds: Voice,
    snapshot: Callable[[], Awaitable[Snapshot]],
    acquaintance: Acquaintance,
    invite: Invite,
    ways: Ways,
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
    lines, verdicts = Lines(), Verdicts()
    reception = Reception(
        crm=crm,
        journal=journal,
        sounds=sounds,
        invite=invite,
        acquaint=acquaintance.begin,
        worlds=Worlds(lambda: desk.settings, snapshot, crm),
        send_out=lambda call, number: desk.exits.send_out(call, number),
        listening=recognition.listening if recognition is not None else None,
        understanding=lambda: recognition.comprehension.understanding if recognition is not None else None,
        comings_back=ComingsBack(crm, journal, rules=triage, queues=lambda: desk.settings.queues),
        learning=Learning(crm, journal),
        stated=lambda call: stated(call, desk.trunks.stated_by(call.incoming.trunk), desk.control),
    )
    waiting = WaitingCalls(sounds, lambda queue: desk.settings.queue(queue).music_class)
    departures = Departures(
        lines, waiting, board=board, crm=crm, journal=journal, report=report, forget=acquaintance.forget
    )
    proposals = Proposals(
        lines,
        waiting,
        departures,
        crm=crm,
        journal=journal,
        submit=submit,
        report=report,
        invite=invite,
        rules=triage,
    )
    offers = Offers(
        lines,
        waiting,
        departures,
        proposals,
        crm=crm,
        journal=journal,
        rules=triage,
        knowledge=knowledge,
        snapshot=snapshot,
        invite=invite,
        ways=ways,
    )
    live = recordings(lines, waiting, lambda: desk.settings)
    transcripts = _transcripts(recognition, live, lambda: desk.settings)
    callbacks = CallbackDesk(lambda: desk.settings, lines, crm=crm, report=report)
    diversions = Diversions(
        lines,
        waiting,
        departures,
        board=board,
        crm=crm,
        journal=journal,
        sounds=sounds,
        recordings=live,
        lead=lambda call, start: desk.lead(call, start),
        flow=lambda: desk.flow,
    )
    announcer = Announcer(lines, waiting, lambda: desk.settings, snapshot, sounds)
    desk: VoiceDesk = VoiceDesk(
        settings,
        flow,
        lines=lines,
        reception=reception,
        waiting=waiting,
        departures=departures,
        proposals=proposals,
        offers=offers,
        callbacks=callbacks,
        recordings=live,
        crm=crm,
        board=board,
        journal=journal,
        submit=submit,
        report=report,
        mend=mend,
    )
    desk.exits = MenuExits(desk, proposals, diversions, departures, crm=crm, journal=journal)
    desk.talks = Talks(
        lambda: desk.settings,
        lines,
        board=board,
        crm=crm,
        journal=journal,
        report=report,
        wait_again=desk.wait_again,
        let_wait=desk.let_wait,
    )
    desk.connections = Connections(
        lambda: desk.settings,
        lines,
        waiting,
        callbacks,
        desk.talks,
        board=board,
        report=report,
        recordings=live,
        wait_again=desk.wait_again,
    )
    desk.lost_phones = LostPhones(lines, waiting, board, report)
    desk.supervisors = Supervisors(
        lambda: desk.settings,
        lines,
        desk.talks,
        verdicts,
        board=board,
        submit=submit,
        audit=audit,
        account=account,
    )
    desk.talks.talk_began = live.talk_began
    return VoiceParts(
        lines=lines,
        waiting=waiting,
        departures=departures,
        proposals=proposals,
        offers=offers,
        callbacks=callbacks,
        connections=desk.connections,
        diversions=diversions,
        announcer=announcer,
        lost_phones=desk.lost_phones,
        recordings=live,
        supervisors=desk.supervisors,
        talks=desk.talks,
        verdicts=verdicts,
        commands=TalkCommands(
            board=board,
            voice=desk,
            verdicts=verdicts,
            outbound=Outbound(reception, board=board, crm=crm, journal=journal),
            people=people,
            submit=submit,
        ),
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
        lambda contact: live.state(contact) is RecordingState.PAUSED,
    )
    live.talks, live.is_over = transcripts.talk_began, transcripts.ended
    return transcripts
