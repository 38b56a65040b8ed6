"""Inviting callers to go on by text: in LINE, by SMS, in a chat, by e-mail.

The way in is sent by SMS; to LINE by LINE itself, where it writes to phone numbers, and by SMS if that fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import structlog

from acd.contact import Channel
from acd.ids import ContactId
from crm_bridge.deflections import Deflection
from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import JourneyItem, JourneyKind
from gateways.errors import OutboxUnavailable
from gateways.outbox import Outbox
from gateways.protocol import Choice, Gateway, Outbound
from hub.clock import now_ms
from hub.crm import Crm
from hub.deflected import Deflected
from hub.journal import Journal
from hub.texts import text
from hub.triage import TriageRules

log = structlog.get_logger()

WAYS = (Channel.LINE, Channel.SMS, Channel.CHAT, Channel.EMAIL)
"""The channels to which a caller can be invited."""
INSTEAD = ":sms"
"""Follows a deflection's id in the key of the SMS that goes instead of a message by LINE."""
LINK_PATH = "/go/"
"""Where the hub serves the links to chat and mail (`hub.http.links`)."""


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Where links lead.

    `line_url`: LINE's address of our account's chat (`https://line.me/R/oaMessage/<id>`), which takes the
    text to send after `/?`. `public_url`: where customers' browsers reach the hub. `mail_address`: ours.
    """

    public_url: str
    line_url: str | None = None
    mail_address: str | None = None
    token_ttl_s: float = 24 * 3600.0


class Invitations:
    """Sends callers the one-time way into a text channel by SMS, and notes what becomes of it.

    `rules` returns those that hold now.
    """

    def __init__(
        self,
        settings: LinkSettings,
        *,
        crm: Crm,
        journal: Journal,
        gateways: Mapping[Channel, Gateway],
        outbox: Callable[[], Outbox],
        rules: Callable[[], TriageRules],
    ) -> None:
        self._settings, self._crm, self._journal = settings, crm, journal
        self._gateways, self._outbox, self._rules = gateways, outbox, rules

    def channels(self) -> tuple[Channel, ...]:
        """Return the channels to which callers can be invited now."""
        return tuple(channel for channel in WAYS if not self.why_not(channel))

    def why_not(self, channel: Channel) -> str:
        """Return why nobody can be invited to a channel, a short code; empty if that can be."""
        gateway = self._gateways.get(channel)
        if gateway is None or channel not in WAYS:
            return "not_served"
        if not gateway.receives:
            return "one_way"
        if Channel.SMS not in self._gateways and not self._is_by_line(channel):
            return "no_sms"
        if channel is Channel.EMAIL and not self._settings.mail_address:
            return "no_mail_address"
        return ""

    async def __call__(self, deflected: Deflected) -> bool:
        """Invite a caller to `deflected.channel`; False if that cannot be done."""
        deflection = deflected.deflection(now_ms())
        failure = self.why_not(deflected.channel) or await self._send(deflected, deflection)
        if failure:
            log.warning("invitation.not_sent", contact=deflected.call, reason=failure)
            self._journal.put(lambda: self._crm.deflections.offered(deflection))
            self._journal.put(lambda: self._crm.deflections.failed(deflected.id, failure))
            return False
        self.note(deflected, deflected.channel, deflection.offered_ms)
        return True

    def note(self, deflected: Deflected, way: str, at_ms: int) -> None:
        """Write into the customer's journey that he goes on by another way."""
        item = JourneyItem(at_ms, JourneyKind.DEFLECTED, text=deflected.reason, detail={"to": way})
        self._journal.put(lambda: self._crm.contacts.talked(deflected.call, item))

    @property
    def can_send(self) -> bool:
        """Whether anything can be sent by SMS."""
        return Channel.SMS in self._gateways

    async def send(self, contact: ContactId, number: str, name: str, words: str) -> bool:
        """Send an SMS, once for each contact and name; False if that cannot be done."""
        message = Outbound(
            channel=Channel.SMS, key=f"{contact}:{name}", address=number, text=words, contact=contact
        )
        try:
            await self._outbox().put(message)
        except OutboxUnavailable as error:
            log.warning("invitation.not_sent", contact=contact, reason=str(error))
            return False
        return True

    async def instead(self, failed: Outbound) -> bool:
        """Send by SMS the way into LINE that LINE could not bring to a number; whether that was done.

        Raises `CrmUnavailable`.
        """
        if failed.channel is not Channel.LINE or not failed.address.startswith("+"):
            return False
        stored = await self._crm.deflections.get(failed.key) if Channel.SMS in self._gateways else None
        if stored is None or stored.opened_ms is not None:
            return False
        log.info("invitation.by_sms_instead", contact=stored.call)
        return not await self._send_by(Channel.SMS, Deflected.of_deflection(stored), failed.key + INSTEAD)

    def _is_by_line(self, channel: Channel) -> bool:
        gateway = self._gateways.get(Channel.LINE)
        return channel is Channel.LINE and gateway is not None and gateway.reaches_numbers

    async def _send(self, deflected: Deflected, deflection: Deflection) -> str:
        """Send the way in; returns why that cannot be, empty if it is on its way.

        It is stored as sent before: that it did not arrive may be told at once (`instead`).
        """
        at_ms = deflection.offered_ms
        try:
            await self._crm.deflections.offered(deflection)
            await self._crm.deflections.sent(deflected.id, at_ms, at_ms + self._rules().held_s * 1000)
        except CrmUnavailable:
            return "database_away"
        by = Channel.LINE if self._is_by_line(deflected.channel) else Channel.SMS
        return await self._send_by(by, deflected, deflected.id)

    async def _send_by(self, by: Channel, deflected: Deflected, key: str) -> str:
        try:
            is_line = by is Channel.LINE
            words, choices = await (self._notice(deflected) if is_line else self._words(deflected))
            message = Outbound(
                channel=by,
                key=key,
                address=deflected.number,
                text=words,
                contact=deflected.call,
                choices=choices,
            )
            await self._outbox().put(message)
        except CrmUnavailable:
            return "database_away"
        except OutboxUnavailable:
            return "outbox_away"
        return ""

    async def _notice(self, deflected: Deflected) -> tuple[str, tuple[Choice, ...]]:
        """Return what LINE brings to a number: the button proves that whoever taps it has that number."""
        token = await self._crm.tokens.issue(deflected.payload(), self._settings.token_ttl_s, now_ms())
        label = text("line_go_on", deflected.language)
        return text("line_notice", deflected.language), (Choice(label=label, data=token),)

    async def _words(self, deflected: Deflected) -> tuple[str, tuple[Choice, ...]]:
        return await self._sms(deflected), ()

    async def _sms(self, deflected: Deflected) -> str:
        language, settings = deflected.language, self._settings
        if deflected.channel is Channel.SMS:  # who answers is known by his number
            return text("sms_begin", language)
        token = await self._crm.tokens.issue(deflected.payload(), settings.token_ttl_s, now_ms())
        if deflected.channel is not Channel.LINE:
            url = f"{settings.public_url}{LINK_PATH}{token}"
            return text(f"{deflected.channel}_link", language, url=url)
        if settings.line_url is None:
            return text("line_code", language, token=token)
        body = text("line_message", language, token=token)
        return text("line_link", language, url=f"{settings.line_url}/?{quote(body, safe='')}")


class Links:
    """Where a link leads that a caller was sent. Opening it uses up nothing: the first message does."""

    def __init__(self, settings: LinkSettings, crm: Crm) -> None:
        self._settings, self._crm = settings, crm

    async def target(self, token: str) -> str | None:
        """Return the address to go on at; None for a token that is unknown, used up or too old.

        Raises `CrmUnavailable`.
        """
        payload = await self._crm.tokens.look(token, now_ms())
        if payload is None:
            return None
        deflected, settings = Deflected.of(payload), self._settings
        body = text("line_message", deflected.language, token=token)
        match deflected.channel:
            case Channel.CHAT:
                return f"{settings.public_url}/chat/#link={token}"
            case Channel.EMAIL if settings.mail_address:
                return f"mailto:{settings.mail_address}?subject={quote(body)}"
            case Channel.LINE if settings.line_url:
                return f"{settings.line_url}/?{quote(body, safe='')}"
            case _:
                return None
