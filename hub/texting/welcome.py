"""What who begins to follow us is answered (`use = followed` in templates.conf), and where choices lead."""

from collections.abc import Callable, Mapping

from acd.contact import Channel
from acd.ids import ContactId, QueueName
from crm_bridge.errors import CrmUnavailable
from gateways.outbox import Outbox
from gateways.protocol import Choice, Gateway, Inbound, Outbound, Subscription
from hub.crm import Crm
from hub.texting.faq_bot import ANSWER
from hub.texting.language import language_in
from hub.texting.templates import Lead, LeadKind, Template, Templates

FOLLOWED = "followed"
_QUEUE = "queue:"


class Welcome:
    """Greets who follows, if an administrator wrote what; by the reply token, which costs nothing.

    `entry` returns in which queue a channel's new contacts wait.
    """

    def __init__(
        self,
        templates: Callable[[], Templates],
        entry: Callable[[Channel], QueueName],
        gateways: Mapping[Channel, Gateway],
        crm: Crm,
        outbox: Callable[[], Outbox],
    ) -> None:
        self._templates, self._entry, self._gateways = templates, entry, gateways
        self._crm, self._outbox = crm, outbox

    async def greet(self, subscription: Subscription) -> None:
        """Greet a customer once for each time that he begins to follow."""
        channel, address = subscription.channel, subscription.address
        template = self._template(channel)
        if template is None or not subscription.is_on or subscription.reply_token is None:
            return
        language = await self._language(channel, address)
        values: dict[str, str] = {}
        if name := await self._gateways[channel].display_name(address):
            values["customer"] = name
        await self._outbox().put(
            Outbound(
                channel=channel,
                key=f"{channel}:{subscription.event_id}:{FOLLOWED}",
                address=address,
                text=template.filled(language, values),
                choices=tuple(_choice(each, language) for each in template.choices),
                reply_token=subscription.reply_token,
                is_automatic=True,
            )
        )

    def queue_of(self, inbound: Inbound) -> QueueName | None:
        """Return the queue to which the choice leads that a customer tapped; None if to none."""
        data = inbound.fields.get("data", "") if inbound.kind == "choice" else ""
        template = self._template(inbound.channel) if data.startswith(_QUEUE) else None
        for lead in template.choices if template is not None else ():
            if lead.kind is LeadKind.QUEUE and data == _QUEUE + lead.to:
                return QueueName(lead.to)
        return None

    def _template(self, channel: Channel) -> Template | None:
        return self._templates().own(FOLLOWED, self._entry(channel), channel)

    async def _language(self, channel: Channel, address: str) -> str:
        """Return in which language he wrote before, or has his application."""
        try:
            before = await self._crm.contacts.latest(channel, address)
            if before is not None:
                return await language_in(self._crm.messages, ContactId(before.id))
        except CrmUnavailable:
            pass  # a greeting in his application's language serves as well
        told = await self._gateways[channel].language(address) or "ja"
        return "ja" if told.partition("-")[0].lower() == "ja" else "en"


def _choice(lead: Lead, language: str) -> Choice:
    label = lead.labels.get(language) or next(iter(lead.labels.values()))
    match lead.kind:
        case LeadKind.QUEUE:
            return Choice(label=label, data=_QUEUE + lead.to)
        case LeadKind.ANSWER:
            return Choice(label=label, data=ANSWER + lead.to)
        case LeadKind.PAGE:
            return Choice(label=label, url=lead.to)
        case _:
            return Choice(label=label)
