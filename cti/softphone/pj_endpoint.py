"""All of pjsua2 in one process. Every method runs in the thread that called `start`."""

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping

import pjsua2 as pj

from cti.softphone.errors import CallEnded, SoftphoneError, TooManyCalls
from cti.softphone.events import AccountHandle, CallHandle
from cti.softphone.pj_account import PjAccount
from cti.softphone.pj_call import Emit, PjCall
from cti.softphone.settings import AccountSettings

LEGS_MAX = 4
"""Calls at a time that the wheel is built for (PJSUA_MAX_CALLS)."""

_POLL_MS = 10
_CLOCK_HZ = 8000
_FAREWELL_S = 1.0
_RETRY_S = 2
_RTP_PORTS = 6000, 3998
"""First and number of the ports for speech: clear of Asterisk's own on the same machine (5060, 10000 and up).

Which one a call has is chance: Asterisk may still talk to the one that a phone before this one had, and
pjsua2 answers to where speech comes from.
"""
_CODEC_PRIORITIES = {"PCMU/8000": 255, "PCMA/8000": 254}


class PjEndpoint:
    """The library, its transports, accounts and calls."""

    def __init__(self, emit: Emit, next_call: Callable[[], CallHandle]) -> None:
        self._emit = emit
        self._next_call = next_call
        self._library = pj.Endpoint()
        self._transports: dict[tuple[str, int], int] = {}
        self._accounts: dict[AccountHandle, PjAccount] = {}
        self._calls: dict[CallHandle, PjCall] = {}

    def start(self) -> None:
        """Bring the library up, without threads or a sound device of its own."""
        with _silenced_output():
            self._library.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.maxCalls = LEGS_MAX
        config.uaConfig.userAgent = "Toritsugi softphone"
        config.logConfig.level = config.logConfig.consoleLevel = 0
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        config.medConfig.clockRate = config.medConfig.sndClockRate = _CLOCK_HZ
        config.medConfig.quality = 3
        config.medConfig.sndAutoCloseTime = -1  # the null device is the clock of all calls' speech and keys
        self._library.libInit(config)
        self._library.libStart()
        self._library.audDevManager().setNullDev()
        for codec in self._library.codecEnum2():
            name = codec.codecId.rpartition("/")[0]
            self._library.codecSetPriority(codec.codecId, _CODEC_PRIORITIES.get(name, 0))

    def pump(self) -> None:
        """Handle what is due, waiting at most 10 ms, then let go of calls that ended."""
        self._library.libHandleEvents(_POLL_MS)
        for handle in [handle for handle, call in self._calls.items() if call.over]:
            del self._calls[handle]  # here, since pjsua2 must be outside of the call's callbacks

    def stop(self) -> None:
        """Say BYE and unregister, then take everything down. pjsua2 aborts if an object outlives it."""
        with contextlib.suppress(pj.Error):
            self._library.hangupAllCalls()
        for account in self._accounts.values():
            with contextlib.suppress(pj.Error):  # it was not registered
                account.setRegistration(False)
        deadline = time.monotonic() + _FAREWELL_S
        while self._calls or any(account.registered for account in self._accounts.values()):
            if time.monotonic() > deadline:
                break
            self.pump()
        self._calls.clear()
        for account in self._accounts.values():
            account.shutdown()
        self._accounts.clear()
        self._library.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)  # all was said above: wait no second more
        del self._library  # making a second one while the first exists aborts

    def open_account(self, handle: AccountHandle, settings: AccountSettings) -> str:
        """Make an account, register it if it has a registrar; return its local `host:port`."""
        address = settings.bound_address
        transport = self._transport(address, settings.bound_port)
        config = pj.AccountConfig()
        config.idUri = settings.identity
        config.sipConfig.transportId = transport
        media = config.mediaConfig.transportConfig
        media.boundAddress = media.publicAddress = address
        media.port, media.portRange = _RTP_PORTS
        media.randomizePort = True
        config.natConfig.contactRewriteUse = config.natConfig.viaRewriteUse = 0
        config.natConfig.sdpNatRewriteUse = config.natConfig.udpKaIntervalSec = 0
        config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
        if settings.password is not None:
            credentials = pj.AuthCredInfo("digest", settings.realm, settings.user, 0, settings.password)
            config.sipConfig.authCreds.append(credentials)
        if settings.registrar is not None:
            config.regConfig.registrarUri = settings.registrar
            config.regConfig.timeoutSec = settings.expires_s
            config.regConfig.retryIntervalSec = config.regConfig.firstRetryIntervalSec = _RETRY_S
            config.regConfig.randomRetryIntervalSec = 0
        account = PjAccount(handle, self._emit, self._adopt)
        account.create(config)
        self._accounts[handle] = account
        return self._library.transportGetInfo(transport).localAddress

    def close_account(self, handle: AccountHandle) -> None:
        """Unregister and forget an account; nothing if there is none. Its calls must have ended."""
        if (account := self._accounts.pop(handle, None)) is not None:
            account.shutdown()

    def register(self, handle: AccountHandle) -> None:
        """Register again now."""
        self._accounts[handle].setRegistration(True)

    def dial(self, account: AccountHandle, handle: CallHandle, uri: str, headers: Mapping[str, str]) -> None:
        """Start an outgoing call under a handle of the caller's choice."""
        if len(self._calls) >= LEGS_MAX:
            raise TooManyCalls(f"this process carries {LEGS_MAX} call legs already; start another for more")
        if account not in self._accounts:
            raise SoftphoneError("the account is closed")
        call = PjCall(self._accounts[account], account, handle, self._emit)
        call.dial(uri, headers)
        self._calls[handle] = call

    def call(self, handle: CallHandle) -> PjCall:
        """Return a call that is still there; raises `CallEnded`."""
        if (call := self._calls.get(handle)) is None:
            raise CallEnded(0, "over before that")
        return call

    def end(self, handle: CallHandle, code: int) -> None:
        """End a call; nothing if it is over."""
        if (call := self._calls.get(handle)) is not None:
            call.end(code)

    def _adopt(self, account: PjAccount, call_id: int) -> PjCall:
        call = PjCall(account, account.handle, self._next_call(), self._emit, call_id)
        self._calls[call.handle] = call
        return call

    def _transport(self, address: str, port: int) -> int:
        if (address, port) not in self._transports:
            config = pj.TransportConfig()
            config.boundAddress, config.port = address, port
            self._transports[address, port] = self._library.transportCreate(pj.PJSIP_TRANSPORT_UDP, config)
        return self._transports[address, port]


@contextlib.contextmanager
def _silenced_output() -> Iterator[None]:
    """Keep off standard output what pjlib prints before its log can be set: a program may read there."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        ctypes.CDLL(None).fflush(None)  # what C has buffered must go there too
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
