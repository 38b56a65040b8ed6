"""What agents do with text contacts."""

import asyncio
import itertools
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.story.desktop import CommandRefused, Desktop, Event

WAIT_S = 20.0
_numbers = itertools.count(1)
_run = secrets.token_hex(4)


@dataclass(slots=True)
class Agent:
    """An agent with one desktop."""

    desktop: Desktop

    @property
    def seen(self) -> int:
        """How much this desktop was shown so far."""
        return len(self.desktop.events)

    async def available(self) -> None:
        await self._is("available")

    async def away(self) -> None:
        await self._is("not_ready")

    async def _is(self, presence: str) -> None:
        """Set the presence, if it is another: commands are counted."""
        told = [event for _, event in self.desktop.events if event["type"] in ("welcome", "presence")]
        if told[-1]["presence"] == presence:
            return
        seen = self.seen
        await self.orders("set_presence", presence=presence)
        await self.desktop.wait("presence", lambda each: each["presence"] == presence, after=seen)

    async def takes(self, address: str, after: int = 0) -> tuple[Event, Event]:
        """Take what is offered of an address; returns the screen pop and the contact, connected."""
        pop = await self.desktop.wait(
            "screen_pop", lambda each: each["address"] == address, after=after, timeout_s=WAIT_S
        )
        offer = await self.desktop.wait(
            "offer", lambda each: each["contact"] == pop["contact"], after=after, timeout_s=WAIT_S
        )
        await self.orders("accept", offer=offer["offer"])
        return pop, await self.shown(offer["contact"], "connected", after)

    async def shown(self, contact: str, state: str, after: int = 0) -> Event:
        return await self.desktop.wait(
            "contact",
            lambda each: each["id"] == contact and each["state"] == state,
            after=after,
            timeout_s=WAIT_S,
        )

    async def orders(self, kind: str, **fields: object) -> None:
        """Send a command; one hand does not send as many as a folder of tests, which waits then."""
        while True:
            try:
                return await self.desktop.command(kind, **fields)
            except CommandRefused as refused:
                if refused.code != "too_many":
                    raise
            await asyncio.sleep(0.1)

    async def says(self, contact: str, text: str, **more: object) -> str:
        """Send a message; returns its id."""
        message = f"{_run}-{next(_numbers)}"
        await self.orders("send", contact=contact, message=message, text=text, **more)
        return message

    async def hears(self, contact: str, text: str, after: int = 0) -> dict[str, Any]:
        """Wait until a message of the customer is shown."""
        event = await self.desktop.wait(
            "message",
            lambda each: (
                each["contact"] == contact
                and each["message"]["direction"] == "in"
                and text in each["message"]["text"]
            ),
            after=after,
            timeout_s=WAIT_S,
        )
        message: dict[str, Any] = event["message"]
        return message

    async def sees(self, message: str, delivery: str, after: int = 0) -> None:
        """Wait until a message of ours is shown to have come so far."""
        await self.desktop.wait(
            "delivery",
            lambda each: each["message"] == message and each["delivery"] == delivery,
            after=after,
            timeout_s=WAIT_S,
        )

    def deliveries(self, message: str) -> list[str]:
        """Return how far a message came, as it was shown, oldest first."""
        events = [event for _, event in self.desktop.events if event["type"] == "delivery"]
        return [event["delivery"] for event in events if event["message"] == message]

    async def consents(self, customer: str, word: str) -> None:
        """Wait until a customer's wish (`on`, `off`) stands in his journey."""
        async with asyncio.timeout(WAIT_S):
            while True:
                items = (await self.desktop.get(f"/customers/{customer}/journey"))["items"]
                if [each["text"] for each in items if each["kind"] == "consent"][-1:] == [word]:
                    return
                await asyncio.sleep(0.02)

    def offers(self, after: int = 0) -> list[Event]:
        return [event for _, event in self.desktop.events[after:] if event["type"] == "offer"]

    async def closes(self, contact: str) -> None:
        """Close a contact and wrap it up."""
        seen = self.seen
        await self.orders("hang_up", contact=contact)
        await self.shown(contact, "wrap_up", seen)
        await self.orders("wrap_up", contact=contact, disposition="other")
        await self.shown(contact, "ended", seen)

    async def tidies_up(self) -> list[str]:
        """Take what is offered and close what is there still; returns the addresses."""
        events = [event for _, event in self.desktop.events]
        gone = {each["offer"] for each in events if each["type"] == "offer_withdrawn"}
        states = {each["id"]: each for each in events if each["type"] == "contact"}
        for offer in self.offers():
            if offer["offer"] not in gone and offer["contact"] not in states:
                with suppress(CommandRefused):
                    await self.orders("accept", offer=offer["offer"])
                    states[offer["contact"]] = await self.shown(offer["contact"], "connected")
        left = [each for each in states.values() if each["state"] != "ended"]
        for each in left:
            seen = self.seen
            if each["state"] == "connected":
                await self.orders("hang_up", contact=each["id"])
                await self.shown(each["id"], "wrap_up", seen)
            await self.orders("wrap_up", contact=each["id"], disposition="other")
            await self.shown(each["id"], "ended", seen)
        return [str(each["address"]) for each in left]


@dataclass(slots=True)
class Supervisor:
    """Who looks after dead letters."""

    desktop: Desktop

    async def letters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.desktop.get("/dead-letters"))["dead_letters"]
        return found

    async def letter(self, key: str) -> dict[str, Any] | None:
        """Return the dead letter of a message; None if there is none."""
        return next((each for each in await self.letters() if each["key"] == key), None)

    async def resends(self, letter: dict[str, Any]) -> None:
        body = {name: letter[name] for name in ("kind", "channel", "key")}
        assert await self.desktop.send("POST", "/dead-letters/resend", body) == 202
