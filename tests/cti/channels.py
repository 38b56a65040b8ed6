"""Channels, bridges and events as Asterisk would describe them, for tests without one."""

from datetime import UTC, datetime, timedelta

from cti.ari.models import (
    Bridge,
    CallerID,
    Channel,
    ChannelDestroyed,
    ChannelHangupRequest,
    DialplanCEP,
    StasisEnd,
    StasisStart,
)

APP = "hub"
NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def channel(
    id_: str, arguments: str | None = None, *, number: str = "0312345678", state: str = "Up", app: str = APP
) -> Channel:
    """Return a channel; with `arguments` it is in the application, otherwise elsewhere in the dialplan."""
    inside = arguments is not None
    return Channel(
        id=id_,
        protocol_id="",
        name=f"PJSIP/sato-{id_}",
        state=state,
        caller=CallerID(name="", number=number),
        connected=CallerID(name="", number=""),
        accountcode="",
        dialplan=DialplanCEP(
            context="from-trunk",
            exten="0398765432",
            priority=1,
            app_name="Stasis" if inside else "AppDial2",
            app_data=f"{app},{arguments}" if inside else "(Outgoing Line)",
        ),
        creationtime=NOW,
        language="ja",
    )


def bridge(id_: str, *channels: str, at_s: int = 0) -> Bridge:
    return Bridge(
        id=id_,
        technology="simple_bridge",
        bridge_type="mixing",
        bridge_class="stasis",
        creator="Stasis",
        name="",
        channels=[*channels],
        creationtime=NOW + timedelta(seconds=at_s),
    )


def started(id_: str, *arguments: str, number: str = "0312345678") -> StasisStart:
    here = channel(id_, ",".join(arguments), number=number)
    return StasisStart(application=APP, timestamp=NOW, args=[*arguments], channel=here)


def ended(id_: str) -> StasisEnd:
    return StasisEnd(application=APP, timestamp=NOW, channel=channel(id_, "in,t,1"))


def hanging_up(id_: str) -> ChannelHangupRequest:
    return ChannelHangupRequest(application=APP, timestamp=NOW, channel=channel(id_, "in,t,1"))


def destroyed(id_: str, cause: int = 16, *, state: str = "Ringing") -> ChannelDestroyed:
    gone = channel(id_, state=state)
    return ChannelDestroyed(application=APP, timestamp=NOW, cause=cause, cause_txt="", channel=gone)
