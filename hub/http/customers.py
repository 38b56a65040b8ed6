"""Customers, as agents see them."""

from typing import Annotated

from pydantic import Field

from acd.ids import CustomerId
from crm_bridge.errors import UnknownCustomer
from crm_bridge.model import JourneyItem
from hub.accounts import Role
from hub.http.model import Answer, Request
from hub.http.operations import Call, Operations
from hub.http.problems import Code, RequestRefused

api = Operations("customers")


class JourneyQuery(Request):
    """How much of a journey is wanted: the newest `limit` items."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class JourneyAnswer(Answer):
    """A customer's timeline over all channels, newest last."""

    customer: CustomerId
    items: list[JourneyItem]


@api.operation("GET", "/customers/{customer}/journey", role=Role.AGENT, codes=(Code.NOT_FOUND,))
async def journey(call: Call, customer: CustomerId, query: JourneyQuery) -> JourneyAnswer:
    """Return what happened between a customer and us, over all channels."""
    try:
        items = await call.parts.journeys.timeline(customer, query.limit)
    except UnknownCustomer:
        raise RequestRefused(Code.NOT_FOUND, "customer") from None
    return JourneyAnswer(customer=customer, items=list(items))
