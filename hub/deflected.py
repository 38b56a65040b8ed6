"""What a call leaves behind for whoever goes on with it: by text, or by calling again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from acd.contact import Channel
from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.deflections import Deflection
from crm_bridge.model import HeardItem, PathItem
from hub.board import LiveContact
from hub.call import Call

IN_MENU, WHILE_WAITING, BY_AGENT = "menu", "waiting", "agent"
"""Why a caller was offered another way, where no rule said so."""


@dataclass(frozen=True, slots=True)
class Deflected:
    """A caller's place in the queue and all that he said so far; `call` is his contact.

    `channel` is the way he was offered, `reason` why: `menu`, `waiting`, `agent`, or a rule of triage.conf.
    `agent` is whom he was with before. A token of an older hub lacks what stands after `call`.
    """

    number: str
    queue: QueueName | None
    arrived_ms: int
    language: str
    call: ContactId
    channel: Channel = Channel.LINE
    path: tuple[PathItem, ...] = ()
    intent: str = ""
    heard: tuple[HeardItem, ...] = ()
    agent: AgentId | None = None
    priority: int = 0
    skills: dict[str, int] = field(default_factory=dict)
    reason: str = IN_MENU

    @property
    def id(self) -> str:
        """The id of its deflection, and the key of the message by which he is invited."""
        return f"{self.call}:{self.channel}"

    def payload(self) -> dict[str, Any]:
        """Return what a token is to bring back."""
        payload: dict[str, Any] = msgspec.to_builtins(self)
        return payload

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> "Deflected":
        """Read what a token brought back."""
        return msgspec.convert(payload, cls)

    @classmethod
    def of_call(
        cls,
        call: Call,
        channel: Channel,
        *,
        queue: QueueName | None,
        path: tuple[PathItem, ...],
        reason: str,
    ) -> "Deflected | None":
        """Return what a call leaves behind; None if it withholds its number."""
        contact = call.contact
        if contact.address is None:
            return None
        routed = call.routed()
        return cls(
            number=contact.address,
            queue=queue,
            arrived_ms=contact.arrived_ms,
            language=call.language,
            call=contact.id,
            channel=channel,
            path=path,
            intent=contact.intent,
            heard=contact.heard,
            agent=routed.preferred[0] if routed.preferred else None,
            priority=routed.priority,
            skills=dict(routed.skills),
            reason=reason,
        )

    @classmethod
    def of_deflection(cls, stored: Deflection) -> "Deflected":
        """Return it as the database has it; `way` is a text channel."""
        return cls(
            number=stored.number,
            queue=stored.queue,
            arrived_ms=stored.arrived_ms,
            language=stored.language,
            call=stored.call,
            channel=Channel(stored.way),
            path=stored.path,
            intent=stored.intent,
            heard=stored.heard,
            agent=stored.agent,
            priority=stored.priority,
            skills=stored.skills,
            reason=stored.reason,
        )

    def deflection(self, offered_ms: int, way: str | None = None) -> Deflection:
        """Return it as it is stored; `way` if it is none of the channels."""
        return Deflection(
            id=f"{self.call}:{way}" if way else self.id,
            call=self.call,
            way=way or self.channel,
            number=self.number,
            language=self.language,
            reason=self.reason,
            arrived_ms=self.arrived_ms,
            offered_ms=offered_ms,
            queue=self.queue,
            intent=self.intent,
            path=self.path,
            heard=self.heard,
            agent=self.agent,
            priority=self.priority,
            skills=self.skills,
        )


def take_over(contact: LiveContact, left: Deflected | Deflection) -> None:
    """Let a contact go on where another one was."""
    contact.arrived_ms = min(contact.arrived_ms, left.arrived_ms)
    contact.ivr = tuple((item.menu, item.digits) for item in left.path)
    contact.intent, contact.heard, contact.preferred = left.intent, left.heard, left.agent
    contact.priority, contact.skills = left.priority, dict(left.skills)
