"""The parts of the fax channel, made and wired."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from gateways.fax.converting import Converter
from gateways.fax.gateway import FaxGateway
from gateways.fax.intake import Intake
from gateways.fax.sending import Sending
from gateways.inbox import Inbox
from gateways.protocol import Gateway
from hub.crm import Crm
from hub.fax.metrics import FaxMetrics
from hub.fax.telephone import FaxTelephone
from hub.journal import Journal
from hub.node_parts import NodeParts


@dataclass(frozen=True, slots=True, kw_only=True)
class FaxParts:
    """What takes faxes in and sends them. `run` is the service of both."""

    intake: Intake
    sending: Sending

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.intake.run())
            tasks.create_task(self.sending.run())


def fax_parts(
    gateways: Mapping[Channel, Gateway],
    engine: AsyncEngine,
    node: NodeParts,
    *,
    inbox: Inbox,
    crm: Crm,
    journal: Journal,
    registry: CollectorRegistry,
    owner: str,
) -> FaxParts | None:
    """Make the parts; None where there is no fax line."""
    gateway = gateways.get(Channel.FAX)
    if not isinstance(gateway, FaxGateway):
        return None
    is_ours: Callable[[], bool] = lambda: node.turn.is_ours  # noqa: E731 - two of the parts ask it
    converter = Converter()
    telephone = FaxTelephone(node.control, lambda: node.trunks, crm, journal, is_ours)
    intake = Intake(gateway, inbox.store, converter, is_ours=is_ours)
    sending = Sending(engine, gateway, telephone, inbox.store, converter, owner=owner)
    gateway.queue = sending
    registry.register(FaxMetrics(gateway, intake))
    return FaxParts(intake=intake, sending=sending)
