"""Asterisk's REST interface for asyncio: typed events and resources over one WebSocket.

Stands by itself: nothing here knows the rest of this project.
"""

from cti.ari.errors import AnswerUnreadable, AriError, AriFailure, AriUnavailable, NotFound
from cti.ari.keys import ChannelKey
from cti.ari.link import AriLink, AriListener, LinkTimes, Snapshot
from cti.ari.resources import Ari
from cti.ari.watch import Watch
from cti.ari.wire import Connect, Wire, websocket

__all__ = [
    "AnswerUnreadable",
    "Ari",
    "AriError",
    "AriFailure",
    "AriLink",
    "AriListener",
    "AriUnavailable",
    "ChannelKey",
    "Connect",
    "LinkTimes",
    "NotFound",
    "Snapshot",
    "Watch",
    "Wire",
    "websocket",
]
