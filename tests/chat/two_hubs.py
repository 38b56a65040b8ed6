"""Two whole hubs on one Redis and database: the visitor's socket at one, the agent's desktop at the other."""

import signal

from tests.chat.widget import Widget
from tests.gateways.support import until
from tests.story.desktop import Desktop
from tests.support.hub import RunningHub

TURNS = 12


async def over_two_hubs_of_which_one_dies(first: RunningHub, second: RunningHub) -> None:
    """Let them talk over both, over the one that is left, and over both again."""
    async with (
        Widget(first.url) as widget,
        Desktop(second.url, "sato", first.passwords["sato"][0]) as desktop,
    ):
        await desktop.command("set_presence", presence="available")
        widget.say("v0")
        contact = await _accept(desktop)
        await widget.send({"type": "typing"})
        await desktop.wait("sign", lambda event: event["contact"] == contact)
        for turn in range(1, TURNS):
            widget.say(f"v{turn}")
            await desktop.command("send", contact=contact, message=f"two-{turn}", text=f"a{turn}")
        await _all_there(widget, desktop, contact, TURNS)

        first.signal(signal.SIGKILL)
        widget.say(f"v{TURNS}")
        await desktop.command("send", contact=contact, message=f"two-{TURNS}", text=f"a{TURNS}")
        seen = len(widget.frames)
        widget.go_to(second.url)
        await widget.wait("welcome", after=seen, timeout_s=30)
        widget.say(f"v{TURNS + 1}")
        await desktop.command("send", contact=contact, message=f"two-{TURNS + 1}", text=f"a{TURNS + 1}")
        await _all_there(widget, desktop, contact, TURNS + 2)
        await _with_the_first_again(first, widget, desktop, contact)


async def _accept(desktop: Desktop) -> str:
    offer = await desktop.wait("offer", timeout_s=30)
    await desktop.command("accept", offer=offer["offer"])
    return str(offer["contact"])


async def _with_the_first_again(first: RunningHub, widget: Widget, desktop: Desktop, contact: str) -> None:
    """The visitor goes back to where he was: the hub there knows of the talk meanwhile."""
    await until(lambda: first.service.daemon.pid is None)
    await first.start()
    seen = len(widget.frames)
    widget.go_to(first.url)
    await widget.wait("welcome", after=seen, timeout_s=30)
    widget.say(f"v{TURNS + 2}")
    await desktop.command("send", contact=contact, message=f"two-{TURNS + 2}", text=f"a{TURNS + 2}")
    await _all_there(widget, desktop, contact, TURNS + 3)


async def _all_there(widget: Widget, desktop: Desktop, contact: str, count: int) -> None:
    """Wait until both have so many messages of each side, each once and in order; the agent his as sent."""
    visitor, agent = [f"v{turn}" for turn in range(count)], [f"a{turn}" for turn in range(1, count)]
    await widget.until(lambda: not widget.pending and len(widget.said(mine=False)) >= len(agent), 60)
    assert widget.said(mine=False) == agent
    await until(lambda: len(_shown(desktop, contact, "in")) >= count and _sent(desktop) >= len(agent), 60)
    assert _shown(desktop, contact, "in") == visitor
    assert _shown(desktop, contact, "out") == agent


def _shown(desktop: Desktop, contact: str, direction: str) -> list[str]:
    """Return what the agent was shown, as his page does: by its id, in the order in which it came."""
    shown: dict[str, str] = {}
    for _, event in desktop.events:
        messages = []
        if event["type"] == "contact" and event["id"] == contact:
            messages = event["messages"]
        elif event["type"] == "message" and event["contact"] == contact:
            messages = [event["message"]]
            is_again = event["message"]["id"] in shown
            assert not is_again, f"shown twice: {event['message']['text']}"
        shown |= {each["id"]: each["text"] for each in messages if each["direction"] == direction}
    return list(shown.values())


def _sent(desktop: Desktop) -> int:
    told = [event for _, event in desktop.events if event["type"] == "delivery"]
    return len({event["message"] for event in told if event["delivery"] == "sent"})
