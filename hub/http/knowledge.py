"""Answers to what is asked often, for agents."""

from typing import Annotated, Literal

from pydantic import Field

from crm_bridge.knowledge import Answer as Known
from hub.accounts import Role
from hub.http.model import Answer, Request
from hub.http.operations import Call, Operations
from hub.http.problems import Code, RequestRefused

api = Operations("knowledge")

_LIMIT_MAX = 50


class KnowledgeQuery(Request):
    """What is asked, in the customer's words, or the words that an agent looks for."""

    q: Annotated[str, Field(min_length=1, max_length=500)]
    language: Literal["ja", "en"] = "ja"
    limit: Annotated[int, Field(ge=1, le=_LIMIT_MAX)] = 5


class LanguageQuery(Request):
    """In which language."""

    language: Literal["ja", "en"] = "ja"


class AnswerShown(Answer):
    """An entry of faq.conf: how it is asked, what is read aloud, and what can be written to a customer."""

    name: str
    questions: list[str]
    spoken: str
    written: str
    intents: list[str]
    score: float | None = None

    @classmethod
    def of(cls, known: Known, language: str, score: float | None = None) -> "AnswerShown":
        shown = language if known.spoken(language) else "ja" if known.spoken("ja") else "en"
        return cls(
            name=known.name,
            questions=list(known.asks.get(shown, ())),
            spoken=known.spoken(shown),
            written=known.written(shown),
            intents=sorted(known.intents),
            score=score,
        )


class KnowledgeAnswer(Answer):
    """Answers, best first."""

    answers: list[AnswerShown]


@api.operation("GET", "/knowledge", role=Role.AGENT)
async def knowledge(call: Call, query: KnowledgeQuery) -> KnowledgeAnswer:
    """Search the answers to what is asked often."""
    found = call.parts.knowledge().search(query.q, query.language, limit=query.limit)
    return KnowledgeAnswer(
        answers=[AnswerShown.of(each.answer, query.language, each.score) for each in found]
    )


@api.operation("GET", "/knowledge/{name}", role=Role.AGENT, codes=(Code.NOT_FOUND,))
async def knowledge_entry(call: Call, name: str, query: LanguageQuery) -> AnswerShown:
    """Return one answer."""
    known = call.parts.knowledge().answers.get(name)
    if known is None:
        raise RequestRefused(Code.NOT_FOUND, "answer")
    return AnswerShown.of(known, query.language)
