"""Canned replies, for the composer of the agent page."""

from typing import Literal

from acd.ids import ContactId
from hub.accounts import Role
from hub.http.model import Answer, Request
from hub.http.operations import Call, Operations
from hub.http.problems import Code, RequestRefused

api = Operations("templates")


class TemplatesQuery(Request):
    """For which contact, and in which language; without one, in the customer's."""

    contact: ContactId
    language: Literal["ja", "en"] | None = None


class TemplateShown(Answer):
    """A canned reply: what it is chosen by, and what is sent."""

    name: str
    title: str
    text: str
    language: str


class TemplatesAnswer(Answer):
    """Canned replies, in the order of templates.conf."""

    templates: list[TemplateShown]


@api.operation("GET", "/templates", role=Role.AGENT, codes=(Code.NOT_FOUND,))
async def templates(call: Call, query: TemplatesQuery) -> TemplatesAnswer:
    """List the canned replies for a contact, with its customer, case, queue and the agent filled in."""
    found = await call.parts.templates.of(query.contact, call.caller.name, query.language)
    if found is None:
        raise RequestRefused(Code.NOT_FOUND, "contact")
    return TemplatesAnswer(
        templates=[
            TemplateShown(name=each.name, title=each.title, text=each.text, language=each.language)
            for each in found
        ]
    )
