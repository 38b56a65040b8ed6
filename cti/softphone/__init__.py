"""Headless softphones on pjsua2, with an asyncio face: for tests, demonstrations and benches.

UDP on loopback only: the wheel carries an OpenSSL that is out of date.
"""

from cti.softphone.engine import SoftphoneEngine
from cti.softphone.errors import (
    CallEnded,
    EngineClosed,
    RegistrationFailed,
    SoftphoneError,
    TooManyCalls,
    TransferFailed,
)
from cti.softphone.events import CallState, MediaState
from cti.softphone.phone import Softphone
from cti.softphone.phone_call import PhoneCall
from cti.softphone.settings import AccountSettings

__all__ = [
    "AccountSettings",
    "CallEnded",
    "CallState",
    "EngineClosed",
    "MediaState",
    "PhoneCall",
    "RegistrationFailed",
    "Softphone",
    "SoftphoneEngine",
    "SoftphoneError",
    "TooManyCalls",
    "TransferFailed",
]
