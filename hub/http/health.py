"""For those who watch the hub: `/healthz`, `/readyz`, `/metrics`."""

from http import HTTPStatus

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import TypeAdapter

from hub.http.model import Answer
from hub.http.parts import HttpParts
from hub.readiness import PartState


class ReadinessAnswer(Answer):
    """Whether the hub serves, and each part that it stands on."""

    ready: bool
    parts: dict[str, PartState]


_ANSWER = TypeAdapter(ReadinessAnswer)


class Health:
    """`/healthz`: the process answers. `/readyz`: 200 if all parts are there, else 503, and which."""

    def __init__(self, parts: HttpParts) -> None:
        self._readiness, self._registry = parts.readiness, parts.registry
        self._refresh = parts.refresh_metrics

    async def healthz(self, _: web.Request) -> web.Response:
        return web.Response(body=b"{}", content_type="application/json")

    async def readyz(self, _: web.Request) -> web.Response:
        answer = ReadinessAnswer(ready=self._readiness.is_ready, parts=dict(self._readiness.parts))
        status = HTTPStatus.OK if answer.ready else HTTPStatus.SERVICE_UNAVAILABLE
        return web.Response(status=status, body=_ANSWER.dump_json(answer), content_type="application/json")

    async def metrics(self, _: web.Request) -> web.Response:
        await self._refresh()
        return web.Response(
            body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )
