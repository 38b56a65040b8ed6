"""One agent's side of the stand-in hub: what is shown, and what commands do."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web
from floor import Floor, Json, Refused, now_ms
from talk import Talk

DISPOSITIONS = [
    {"code": "resolved", "ja": "解決", "en": "Resolved"},
    {"code": "callback", "ja": "折り返し", "en": "Call back"},
    {"code": "forwarded", "ja": "他部署へ転送", "en": "Passed to another department"},
    {"code": "other", "ja": "その他", "en": "Other"},
]
STICKERS = {"16581242": "了解です", "16581243": "ありがとうございます"}


class Desk(Talk):
    """The agent Sato. `pace` stretches how long others take to answer."""

    def __init__(self, role: str = "agent", pace: float = 1.0) -> None:
        super().__init__()
        self.floor, self.pace = Floor(), pace
        self.agent = {"id": "sato", "name": "佐藤 恵", "role": role, "queues": ["support"]}
        self.presence, self.reason = "not_ready", "signed_in"
        self.pops: dict[str, Json] = {}
        self.offers: dict[str, Json] = {}
        self.contacts: dict[str, Json] = {}
        self.files: dict[str, Json] = {}
        self.signs: list[Json] = []
        self.playing: asyncio.Task[None] | None = None
        self._sockets: set[web.WebSocketResponse] = set()
        self._changed = asyncio.Condition()

    # --- what the page sees ----------------------------------------------------------------------

    async def joined(self, socket: web.WebSocketResponse) -> None:
        self._sockets.add(socket)
        await socket.send_json(
            {
                "type": "welcome",
                "agent": self.agent,
                "presence": self.presence,
                "offers": list(self.offers.values()),
                "contacts": list(self.contacts.values()),
                "dispositions": DISPOSITIONS,
                "time_ms": now_ms(),
                "ways": ["line", "sms", "chat"],
            }
        )
        for contact in [*self.contacts, *(offer["contact"] for offer in self.offers.values())]:
            if contact in self.pops:
                await socket.send_json(self.pops[contact])
        if self.supervision is not None:
            await socket.send_json(self.supervision)

    def left(self, socket: web.WebSocketResponse) -> None:
        self._sockets.discard(socket)

    async def cut(self) -> None:
        for socket in list(self._sockets):
            await socket.close(code=1012)

    async def show(self, event: Json) -> None:
        for socket in list(self._sockets):
            if not socket.closed:
                await socket.send_json(event)
        async with self._changed:
            self._changed.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is true of this desk."""
        async with self._changed:
            await self._changed.wait_for(condition)

    # --- what the story does ---------------------------------------------------------------------

    async def offer(self, pop: Json, ring_s: float = 20) -> str:
        contact = pop["contact"]
        offer = {"type": "offer", "offer": f"{contact}.1", "contact": contact, "channel": pop["channel"]}
        offer |= {"queue": pop["queue"], "deadline_ms": now_ms() + int(ring_s * 1000), "callback": False}
        self.pops[contact] = {"type": "screen_pop", **pop}
        await self.show(self.pops[contact])
        self.offers[contact] = offer
        await self.show(offer)
        return str(contact)

    async def withdraw(self, contact: str, reason: str) -> None:
        if offer := self.offers.pop(contact, None):
            event = {"type": "offer_withdrawn", "offer": offer["offer"], "contact": contact, "reason": reason}
            await self.show(event)

    async def connect(self, contact: str, messages: list[Json], **more: Any) -> None:
        self.offers.pop(contact, None)
        pop: Json = self.pops.get(contact, {"channel": "voice", "queue": "support", "customer": None})
        customer = pop["customer"]
        of_calls = {"held": False, "muted": False, "recording": "off", "parties": [], "about": None}
        self.contacts[contact] = {
            "type": "contact",
            "id": contact,
            "channel": pop["channel"],
            "queue": pop["queue"],
            "state": "connected",
            "customer": customer and customer["id"],
            "address": pop.get("address"),
            "name": customer["name"] if customer else "",
            "since_ms": now_ms(),
            "suspended": False,
            "outbound": False,
            "messages": messages,
            "wrap_up_until_ms": 0,
            **of_calls,
            **more,
        }
        await self.show(self.contacts[contact])

    async def customer_writes(self, contact: str, text: str) -> None:
        message = {"id": f"in{now_ms()}", "direction": "in", "author": None, "text": text}
        await self._add(contact, message | {"at_ms": now_ms(), "delivery": "sent"})

    async def _add(self, contact: str, message: Json) -> None:
        self.contacts[contact]["messages"].append(message)
        await self.show({"type": "message", "contact": contact, "message": message})

    # --- what the agent does ---------------------------------------------------------------------

    async def command(self, command: Json) -> None:
        handler = getattr(self, f"_{command['type']}", None)
        if command["type"] == "ping":
            return
        if handler is None:
            raise Refused("bad_command", "コマンドの形式が正しくありません。", "The command is malformed.")
        await handler(command)

    async def _set_presence(self, command: Json) -> None:
        self.presence, self.reason = command["presence"], command.get("reason", "")
        self.floor.agents["sato"] |= {"presence": self.presence, "reason": self.reason}
        # The answer comes first, as from a hub whose router is asked.
        self.later(self._show_presence())

    async def _show_presence(self) -> None:
        event = {"type": "presence", "agent": "sato", "presence": self.presence, "reason": self.reason}
        await self.show(event)

    async def _accept(self, command: Json) -> None:
        contact = self._contact_offered(command)
        await self.connect(contact, self.pops[contact].pop("unread", []))

    async def _reject(self, command: Json) -> None:
        await self.withdraw(self._contact_offered(command), "rejected")

    def _contact_offered(self, command: Json) -> str:
        found = [key for key, offer in self.offers.items() if offer["offer"] == command["offer"]]
        if not found:
            raise Refused("offer_gone", "着信呼出は終了しました。", "The offer is over.")
        return found[0]

    async def _send(self, command: Json) -> None:
        contact, message = command["contact"], command["message"]
        if contact not in self.contacts:
            raise Refused("unknown_contact", "このコンタクトはありません。", "There is no such contact.")
        if any(each["id"] == message for each in self.contacts[contact]["messages"]):
            return
        files = [self.files[each] for each in command.get("files", ())]
        sent = {"id": message, "direction": "out", "author": "sato", "text": command["text"]}
        notes = [f"choice={each['label']}" for each in command.get("choices", ())]
        if place := command.get("place"):
            sent["text"] = "\n".join(filter(None, (place["title"], place["address"])))
            notes.append(f"place={place['latitude']},{place['longitude']}")
        if sticker := command.get("sticker"):
            sent |= {"kind": "sticker", "text": f"［スタンプ］{STICKERS[sticker['sticker']]}"}
        sent |= {"files": files, "notes": notes}
        await self._add(contact, sent | {"at_ms": now_ms(), "delivery": "queued"})
        is_lost = "fail" in command["text"] and not command["message"].endswith("-again")
        delivery = "failed" if is_lost else "sent"
        self.contacts[contact]["messages"][-1]["delivery"] = delivery
        event = {"type": "delivery", "contact": contact, "message": message, "delivery": delivery}
        await self.show(event)

    async def _hand_back(self, command: Json) -> None:
        await self.change(command["contact"], state="wrap_up", since_ms=now_ms())

    async def _call_me(self, command: Json) -> None:
        pop = self.pops[command["contact"]]
        if not any(each["kind"] == "phone" for each in pop["identifiers"]):
            raise Refused("no_number", "お客様の電話番号がありません。", "No number is known.")
        self.signs.append(command)

    async def _typing(self, command: Json) -> None:
        self.signs.append(command)

    async def _read(self, command: Json) -> None:
        self.signs.append(command)

    async def _hang_up(self, command: Json) -> None:
        contact = self.contacts[command["contact"]]
        if contact["about"] is not None:
            await self.end(contact["id"])
            return
        until_ms = now_ms() + 30_000 if contact["channel"] == "voice" else 0
        over: Json = {"state": "wrap_up", "held": False, "parties": []}
        await self.change(contact["id"], since_ms=now_ms(), wrap_up_until_ms=until_ms, **over)

    async def _wrap_up(self, command: Json) -> None:
        await self.end(command["contact"])
