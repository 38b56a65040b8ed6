"""Recordings: found, heard, deleted."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from acd.ids import AgentId, ContactId, QueueName
from hub.accounts import Role
from hub.http.model import Answer, Request
from hub.http.operations import Call, Operations
from hub.http.problems import Code, RequestRefused
from hub.http.ranged import Content, headed, ranged
from hub.objects.errors import NoKey, ObjectDamaged, ObjectMissing
from hub.recordings.catalogue import Filter, StoredRecording
from hub.recordings.draft import Kind, Why

api = Operations("recordings")

_SIDES = ("customer", "agent")
_LIMIT_MAX = 500


class RecordingsQuery(Request):
    """Which recordings are meant, by their beginning. `before` is the `next` of the answer before."""

    contact: Annotated[ContactId | None, Field(max_length=64)] = None
    agent: Annotated[AgentId | None, Field(max_length=64)] = None
    queue: Annotated[QueueName | None, Field(max_length=64)] = None
    from_ms: Annotated[int | None, Field(ge=0)] = None
    to_ms: Annotated[int | None, Field(ge=0)] = None
    limit: Annotated[int, Field(ge=1, le=_LIMIT_MAX)] = 100
    before: Annotated[str | None, Field(pattern=r"^\d{1,18}-[0-9a-f]{32}$")] = None


class RecordingQuery(Request):
    """`verify`: read it all, and say whether it is what was stored."""

    verify: bool = False


class PauseShown(Answer):
    """A silent stretch, from the recording's beginning; `to_ms` null: to its end."""

    from_ms: int
    to_ms: int | None
    why: Why


class RecordingShown(Answer):
    """What is known of a recording. `sides` are its channels, left to right; `sha256` is the WAV file's."""

    id: str
    kind: Kind
    contact: ContactId
    queue: QueueName
    agents: list[AgentId]
    started_ms: int
    length_ms: int
    sides: list[str]
    pauses: list[PauseShown]
    size: int
    sha256: str
    encrypted: bool
    checksum: Literal["ok", "damaged", "missing", "unchecked"] = "unchecked"

    @classmethod
    def of(cls, found: StoredRecording) -> "RecordingShown":
        return cls(
            id=found.id,
            kind=found.kind,
            contact=found.contact,
            queue=found.queue,
            agents=list(found.agents),
            started_ms=found.started_ms,
            length_ms=found.length_ms,
            sides=list(_SIDES[: found.sides]),
            pauses=[
                PauseShown(from_ms=pause.from_ms, to_ms=pause.to_ms, why=pause.why) for pause in found.pauses
            ],
            size=found.size,
            sha256=found.sha256,
            encrypted=found.key is not None,
        )


class RecordingsAnswer(Answer):
    """Recordings, newest first; `next` for those after them, null if there are none."""

    recordings: list[RecordingShown]
    next: str | None


@api.operation("GET", "/recordings", role=Role.AGENT)
async def recordings(call: Call, query: RecordingsQuery) -> RecordingsAnswer:
    """List recordings. Supervisors find all; agents their own, if the hub is set so."""
    shelf = call.parts.recordings
    _demand_right(call)
    which = Filter(
        contact=query.contact,
        agent=query.agent,
        queue=query.queue,
        from_ms=query.from_ms,
        to_ms=query.to_ms,
    )
    before = _place(query.before) if query.before else None
    found = await shelf.find(call.caller, which, limit=query.limit, before=before)
    more = f"{found[-1].started_ms}-{found[-1].id}" if len(found) == query.limit else None
    return RecordingsAnswer(recordings=[RecordingShown.of(each) for each in found], next=more)


@api.operation("GET", "/recordings/{recording}", role=Role.AGENT, codes=(Code.NOT_FOUND,))
async def recording(call: Call, recording: str, query: RecordingQuery) -> RecordingShown:
    """Say what is known of a recording."""
    found = await _found(call, recording)
    shown = RecordingShown.of(found)
    if not query.verify:
        return shown
    state: Literal["ok", "damaged", "missing"] = "ok"
    try:
        await call.parts.recordings.vault.check(found)
    except ObjectMissing:
        state = "missing"
    except ObjectDamaged:
        state = "damaged"
    except NoKey as error:
        raise RequestRefused(Code.DAMAGED, str(error)) from None
    return shown.model_copy(update={"checksum": state})


@api.operation("HEAD", "/recordings/{recording}/audio", role=Role.AGENT, codes=(Code.NOT_FOUND,))
async def audio_head(call: Call, recording: str) -> web.StreamResponse:
    """Say how long the sound is."""
    return headed(_content(await _found(call, recording)))


@api.operation("GET", "/recordings/{recording}/audio", role=Role.AGENT, codes=(Code.NOT_FOUND, Code.DAMAGED))
async def audio(call: Call, recording: str) -> web.StreamResponse:
    """Send the sound, a WAV file, or the part that `Range` asks for; the audit log has each time."""
    found, shelf = await _found(call, recording), call.parts.recordings
    return await ranged(
        call.request,
        _content(found),
        lambda first, last: shelf.play(call.caller, found, first, last),
    )


@api.operation("DELETE", "/recordings/{recording}", role=Role.ADMIN, status=204, codes=(Code.NOT_FOUND,))
async def delete_recording(call: Call, recording: str) -> None:
    """Delete a recording for good; who did it is noted in the audit log."""
    await call.parts.recordings.delete(call.caller, await _found(call, recording))


async def _found(call: Call, id_: str) -> StoredRecording:
    found = await call.parts.recordings.get(call.caller, id_)
    if found is None:
        _demand_right(call)
        raise RequestRefused(Code.NOT_FOUND, "recording")
    return found


def _demand_right(call: Call) -> None:
    if not call.parts.recordings.may_look(call.caller):
        raise RequestRefused(Code.FORBIDDEN, f"role {Role.SUPERVISOR}")


def _content(found: StoredRecording) -> Content:
    headers = {
        "Content-Type": "audio/wav",
        "Content-Disposition": f'inline; filename="{found.id}.wav"',
    }
    return Content(found.id, found.size, found.sha256, headers)


def _place(before: str) -> tuple[int, str]:
    at_ms, _, id_ = before.partition("-")
    return int(at_ms), id_
