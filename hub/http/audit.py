"""The audit log, for administrators."""

from typing import Annotated

from pydantic import Field

from hub.accounts import Role
from hub.audit import Deed, Entry
from hub.http.model import Answer, Request
from hub.http.operations import Call, Operations

api = Operations("audit")

PAGE_MAX = 500


class AuditQuery(Request):
    """`before_ms` (Unix time): only what is older; the filters hold together."""

    before_ms: Annotated[int, Field(ge=0)] | None = None
    actor: str | None = None
    subject: str | None = None
    deed: Deed | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 100


class AuditPage(Answer):
    """Entries, newest first; `before_ms` asks for the next page, null after the last one."""

    entries: list[Entry]
    before_ms: int | None


@api.operation("GET", "/audit", role=Role.ADMIN)
async def audit(call: Call, query: AuditQuery) -> AuditPage:
    """List who did what."""
    entries = await call.parts.audit.entries(
        before_ms=query.before_ms,
        actor=query.actor,
        subject=query.subject,
        deed=query.deed,
        limit=query.limit,
    )
    return AuditPage(entries=entries, before_ms=entries[-1].at_ms if len(entries) >= query.limit else None)
