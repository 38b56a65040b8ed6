"""One call as pjsua2 has it. Lives and dies in the pjsua2 thread."""

import functools
from collections.abc import Callable, Mapping
from typing import Concatenate, ParamSpec, TypeVar

import pjsua2 as pj
import structlog

from cti.softphone.errors import CallEnded
from cti.softphone.events import (
    AccountHandle,
    CallHandle,
    CallProgressed,
    CallState,
    DigitReceived,
    MediaChanged,
    MediaState,
    SoftphoneEvent,
    TransferProgressed,
)

log = structlog.get_logger(__name__)

Emit = Callable[[SoftphoneEvent], None]
_P = ParamSpec("_P")
_Self = TypeVar("_Self")

_STATES = {
    pj.PJSIP_INV_STATE_CALLING: CallState.CALLING,
    pj.PJSIP_INV_STATE_INCOMING: CallState.RINGING,
    pj.PJSIP_INV_STATE_EARLY: CallState.RINGING,
    pj.PJSIP_INV_STATE_CONFIRMED: CallState.ANSWERED,
    pj.PJSIP_INV_STATE_DISCONNECTED: CallState.ENDED,
}
_MEDIA_STATES = {
    pj.PJSUA_CALL_MEDIA_ACTIVE: MediaState.ACTIVE,
    pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: MediaState.HELD,
    pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: MediaState.HELD_BY_PEER,
}
_DECLINED = 603


def guarded(
    callback: Callable[Concatenate[_Self, _P], None],
) -> Callable[Concatenate[_Self, _P], None]:
    """Keep an exception from leaving a callback: in pjsua2's C code it would abort the process."""

    @functools.wraps(callback)
    def guard(self: _Self, /, *arguments: _P.args, **named: _P.kwargs) -> None:
        try:
            callback(self, *arguments, **named)
        except Exception:
            log.exception("softphone callback failed", callback=callback.__name__)

    return guard


class PjCall(pj.Call):
    """A call leg with at most one file played into it and one recorded from it."""

    def __init__(
        self,
        owner: pj.Account,
        account: AccountHandle,
        handle: CallHandle,
        emit: Emit,
        call_id: int = pj.PJSUA_INVALID_ID,
    ) -> None:
        super().__init__(owner, call_id)
        self.account = account
        self.handle = handle
        self.over = False
        self._emit = emit
        self._player: pj.AudioMediaPlayer | None = None
        self._recorder: pj.AudioMediaRecorder | None = None

    def dial(self, uri: str, headers: Mapping[str, str]) -> None:
        """Send the INVITE."""
        parameters = pj.CallOpParam(True)
        for name, value in headers.items():
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            parameters.txOption.headers.append(header)
        self.makeCall(uri, parameters)

    def respond(self, code: int) -> None:
        """Answer a received INVITE with a SIP status."""
        self._demand_life()
        parameters = pj.CallOpParam(True)
        parameters.statusCode = code
        self.answer(parameters)

    def end(self, code: int) -> None:
        """Send BYE, CANCEL, or the final response `code` (0: pjsua2's choice); nothing if it is over."""
        if not self.over:
            parameters = pj.CallOpParam(True)
            parameters.statusCode = code
            self.hangup(parameters)

    def hold(self) -> None:
        """Ask the far end to stop sending (re-INVITE, RFC 3264 §8.4)."""
        self._demand_life()
        self.setHold(pj.CallOpParam(True))

    def unhold(self) -> None:
        """Let speech flow again."""
        self._demand_life()
        parameters = pj.CallOpParam(True)
        parameters.opt.flag |= pj.PJSUA_CALL_UNHOLD
        self.reinvite(parameters)

    def send_digits(self, digits: str) -> None:
        """Queue RFC 4733 events, one digit after the other."""
        self._demand_life()
        self.dialDtmf(digits)

    def play(self, path: str | None, *, loop: bool) -> None:
        """Speak what a WAV file says from now on, or from when speech flows; `None`: be silent."""
        self._demand_life()
        self._player = None
        if path is not None:
            player = pj.AudioMediaPlayer()
            player.createPlayer(path, 0 if loop else pj.PJMEDIA_FILE_NO_LOOP)
            self._player = player
            self._wire()

    def record(self, path: str | None) -> None:
        """Write what is heard to a WAV file until the call ends; `None`: finish the file now."""
        self._demand_life()
        self._recorder = None
        if path is not None:
            recorder = pj.AudioMediaRecorder()
            recorder.createRecorder(path)
            self._recorder = recorder
            self._wire()

    def refer(self, target: "str | PjCall") -> None:
        """Ask the far end to call a URI, or to take the place of this phone in another call (RFC 3891)."""
        self._demand_life()
        if isinstance(target, PjCall):
            self.xferReplaces(target, pj.CallOpParam(True))
        else:
            self.xfer(target, pj.CallOpParam(True))

    @guarded
    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        """Called by pjsua2."""
        info = self.getInfo()
        if (state := _STATES.get(info.state)) is None:
            return
        if state is CallState.ENDED:
            self.over = True
            self._player = self._recorder = None
        self._emit(CallProgressed(self.account, self.handle, state, info.lastStatusCode, info.lastReason))

    @guarded
    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        """Called by pjsua2."""
        self._wire()
        info = self.getInfo()  # must be kept: its media are freed with it
        for media in info.media:
            if media.type == pj.PJMEDIA_TYPE_AUDIO:
                self._emit(
                    MediaChanged(self.account, self.handle, _MEDIA_STATES.get(media.status, MediaState.NONE))
                )

    @guarded
    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:
        """Called by pjsua2."""
        self._emit(DigitReceived(self.account, self.handle, prm.digit))

    @guarded
    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:
        """Called by pjsua2. Nobody sends this phone elsewhere."""
        prm.statusCode = _DECLINED

    @guarded
    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        """Called by pjsua2. Once the far end is where it was sent, this leg is ours to end."""
        self._emit(TransferProgressed(self.account, self.handle, prm.statusCode, prm.reason, prm.finalNotify))
        if prm.finalNotify and prm.statusCode // 100 == 2:
            self.end(0)

    def _wire(self) -> None:
        """Connect player and recorder; each change of media makes new conference ports."""
        info = self.getInfo()  # must be kept: its media are freed with it
        for index, media in enumerate(info.media):
            flows = media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)
            if media.type != pj.PJMEDIA_TYPE_AUDIO or not flows:
                continue
            line = self.getAudioMedia(index)
            if self._player is not None:
                self._player.startTransmit(line)
            if self._recorder is not None:
                line.startTransmit(self._recorder)

    def _demand_life(self) -> None:
        """pjsua2 asserts where a call is over."""
        if self.over or not self.isActive():
            raise CallEnded(0, "over before that")
