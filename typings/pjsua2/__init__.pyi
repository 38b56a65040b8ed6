# What cti/softphone uses of pjsua2 2.15.1, typed from the wheel's own generated Python module.

from collections.abc import Sequence
from typing import Protocol, TypeVar

_T_contra = TypeVar("_T_contra", contravariant=True)

PJSUA_INVALID_ID: int
PJSIP_TRANSPORT_UDP: int
PJSIP_INV_STATE_CALLING: int
PJSIP_INV_STATE_INCOMING: int
PJSIP_INV_STATE_EARLY: int
PJSIP_INV_STATE_CONNECTING: int
PJSIP_INV_STATE_CONFIRMED: int
PJSIP_INV_STATE_DISCONNECTED: int
PJMEDIA_TYPE_AUDIO: int
PJMEDIA_FILE_NO_LOOP: int
PJSUA_CALL_MEDIA_NONE: int
PJSUA_CALL_MEDIA_ACTIVE: int
PJSUA_CALL_MEDIA_LOCAL_HOLD: int
PJSUA_CALL_MEDIA_REMOTE_HOLD: int
PJSUA_CALL_UNHOLD: int
PJSUA_DESTROY_NO_RX_MSG: int
PJSUA_SIP_TIMER_INACTIVE: int

class Error(Exception):
    status: int
    title: str
    reason: str

class _Vector(Protocol[_T_contra]):
    def append(self, x: _T_contra, /) -> None: ...

class UaConfig:
    threadCnt: int
    mainThreadOnly: bool
    maxCalls: int
    userAgent: str

class LogConfig:
    level: int
    consoleLevel: int

class MediaConfig:
    noVad: bool
    ecTailLen: int
    clockRate: int
    sndClockRate: int
    threadCnt: int
    hasIoqueue: bool
    quality: int
    sndAutoCloseTime: int

class EpConfig:
    uaConfig: UaConfig
    logConfig: LogConfig
    medConfig: MediaConfig

class TransportConfig:
    port: int
    boundAddress: str
    publicAddress: str
    portRange: int
    randomizePort: bool

class TransportInfo:
    localAddress: str

class CodecInfo:
    codecId: str

class AudDevManager:
    def setNullDev(self) -> int: ...

class Endpoint:
    def libCreate(self) -> None: ...
    def libInit(self, prmEpConfig: EpConfig, /) -> None: ...
    def libStart(self) -> None: ...
    def libHandleEvents(self, msec_timeout: int, /) -> int: ...
    def libDestroy(self, prmFlags: int = ..., /) -> None: ...
    def transportCreate(self, kind: int, cfg: TransportConfig, /) -> int: ...
    def transportGetInfo(self, transport: int, /) -> TransportInfo: ...
    def audDevManager(self) -> AudDevManager: ...
    def codecEnum2(self) -> Sequence[CodecInfo]: ...
    def codecSetPriority(self, codec_id: str, priority: int, /) -> None: ...
    def hangupAllCalls(self) -> None: ...

class AuthCredInfo:
    def __init__(self, scheme: str, realm: str, user_name: str, data_type: int, data: str, /) -> None: ...

class AccountRegConfig:
    registrarUri: str
    timeoutSec: int
    retryIntervalSec: int
    firstRetryIntervalSec: int
    randomRetryIntervalSec: int
    unregWaitMsec: int

class AccountSipConfig:
    authCreds: _Vector[AuthCredInfo]
    transportId: int
    contactForced: str

class AccountMediaConfig:
    transportConfig: TransportConfig

class AccountNatConfig:
    contactRewriteUse: int
    viaRewriteUse: int
    sdpNatRewriteUse: int
    udpKaIntervalSec: int

class AccountCallConfig:
    timerUse: int

class AccountConfig:
    idUri: str
    regConfig: AccountRegConfig
    sipConfig: AccountSipConfig
    mediaConfig: AccountMediaConfig
    natConfig: AccountNatConfig
    callConfig: AccountCallConfig

class SipRxData:
    wholeMsg: str

class OnIncomingCallParam:
    callId: int
    rdata: SipRxData

class OnRegStateParam:
    status: int
    code: int
    reason: str
    expiration: int

class Account:
    def __init__(self) -> None: ...
    def create(self, cfg: AccountConfig, make_default: bool = ..., /) -> None: ...
    def shutdown(self) -> None: ...
    def setRegistration(self, renew: bool, /) -> None: ...
    def onIncomingCall(self, prm: OnIncomingCallParam) -> None: ...
    def onRegState(self, prm: OnRegStateParam) -> None: ...

class SipHeader:
    hName: str
    hValue: str

class SipTxOption:
    headers: _Vector[SipHeader]

class CallSetting:
    flag: int
    audioCount: int
    videoCount: int

class CallOpParam:
    opt: CallSetting
    statusCode: int
    reason: str
    txOption: SipTxOption
    def __init__(self, useDefaultCallSetting: bool = ..., /) -> None: ...

class CallMediaInfo:
    type: int
    status: int

class CallInfo:
    remoteUri: str
    state: int
    lastStatusCode: int
    lastReason: str
    media: Sequence[CallMediaInfo]

class OnCallStateParam: ...
class OnCallMediaStateParam: ...

class OnDtmfDigitParam:
    digit: str
    duration: int

class OnCallTransferRequestParam:
    statusCode: int

class OnCallTransferStatusParam:
    statusCode: int
    reason: str
    finalNotify: bool

class AudioMedia:
    def startTransmit(self, sink: AudioMedia, /) -> None: ...
    def stopTransmit(self, sink: AudioMedia, /) -> None: ...

class AudioMediaPlayer(AudioMedia):
    def createPlayer(self, file_name: str, options: int = ..., /) -> None: ...

class AudioMediaRecorder(AudioMedia):
    def createRecorder(self, file_name: str, /) -> None: ...

class Call:
    def __init__(self, acc: Account, call_id: int = ..., /) -> None: ...
    def getInfo(self) -> CallInfo: ...
    def isActive(self) -> bool: ...
    def getAudioMedia(self, med_idx: int, /) -> AudioMedia: ...
    def makeCall(self, dst_uri: str, prm: CallOpParam, /) -> None: ...
    def answer(self, prm: CallOpParam, /) -> None: ...
    def hangup(self, prm: CallOpParam, /) -> None: ...
    def setHold(self, prm: CallOpParam, /) -> None: ...
    def reinvite(self, prm: CallOpParam, /) -> None: ...
    def xfer(self, dest: str, prm: CallOpParam, /) -> None: ...
    def xferReplaces(self, dest_call: Call, prm: CallOpParam, /) -> None: ...
    def dialDtmf(self, digits: str, /) -> None: ...
    def onCallState(self, prm: OnCallStateParam) -> None: ...
    def onCallMediaState(self, prm: OnCallMediaStateParam) -> None: ...
    def onDtmfDigit(self, prm: OnDtmfDigitParam) -> None: ...
    def onCallTransferRequest(self, prm: OnCallTransferRequestParam) -> None: ...
    def onCallTransferStatus(self, prm: OnCallTransferStatusParam) -> None: ...
