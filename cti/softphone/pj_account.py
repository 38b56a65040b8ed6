"""One SIP identity as pjsua2 has it. Lives and dies in the pjsua2 thread."""

from collections.abc import Callable

import pjsua2 as pj

from cti.softphone.events import AccountHandle, CallReceived, RegistrationChanged
from cti.softphone.pj_call import Emit, PjCall, guarded

_RINGING = 180


class PjAccount(pj.Account):
    """A SIP identity of this process."""

    def __init__(
        self, handle: AccountHandle, emit: Emit, adopt: Callable[["PjAccount", int], PjCall]
    ) -> None:
        super().__init__()
        self.handle = handle
        self.registered = False
        self._emit = emit
        self._adopt = adopt

    @guarded
    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        """Called by pjsua2."""
        self.registered = prm.code // 100 == 2 and prm.expiration > 0
        self._emit(RegistrationChanged(self.handle, prm.code, prm.reason, prm.expiration))

    @guarded
    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        """Called by pjsua2."""
        call = self._adopt(self, prm.callId)
        self._emit(CallReceived(self.handle, call.handle, call.getInfo().remoteUri, prm.rdata.wholeMsg))
        call.respond(_RINGING)
