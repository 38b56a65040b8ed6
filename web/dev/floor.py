"""What goes on around the agent of the stand-in hub: colleagues, queues, calls, and the API about them."""

import time
from typing import Any

from aiohttp import web

Json = dict[str, Any]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Refused(Exception):
    """Something that the hub does not carry out."""

    def __init__(self, code: str, ja: str, en: str) -> None:
        self.shown = {"code": code, "message": {"ja": ja, "en": en}}


def _agent(agent: str, name: str, presence: str, reason: str = "", *, on_call: bool = False) -> Json:
    own = {"id": agent, "name": name, "presence": presence, "reason": reason, "is_on_call": on_call}
    return own | {"queues": ["support"]}


def _call(contact: str, queue: str, state: str, since_s: float, **more: Any) -> Json:
    none: Json = {"agent": None, "address": None, "name": "", "held": False, "parked": False}
    own: Json = {"contact": contact, "queue": queue, "state": state, "recording": "off", "parties": []}
    return own | none | {"since_ms": now_ms() - int(since_s * 1000)} | more


class Floor:
    """Sato's colleagues. `is_away`: the API answers as it does without a database."""

    def __init__(self) -> None:
        self.is_away = False
        agents = [
            _agent("sato", "佐藤 恵", "not_ready", "signed_in"),
            _agent("tanaka", "田中 大輔", "available", on_call=True),
            _agent("suzuki", "鈴木 花子", "available"),
            _agent("yamada", "山田 真一", "not_ready", "meal"),
            _agent("ito", "伊藤 結衣", "offline"),
        ]
        self.agents = {each["id"]: each for each in agents}
        self.agents["suzuki"]["queues"] = ["support", "sales"]
        calls = [
            _call("f1", "support", "connected", 95, agent="tanaka", address="+81312340001", name="山本 健"),
            _call("f2", "support", "waiting", 48, address="+819011112222"),
            _call("f3", "support", "waiting", 12, address=None),
            _call("f4", "sales", "waiting", 31, address="+81612340002", name="中村 彩"),
        ]
        self.calls = {each["contact"]: each for each in calls}

    def park(self, contact: Json) -> None:
        kept = {key: contact[key] for key in ("address", "name")}
        call = _call(contact["id"], contact["queue"], "waiting", 0, parked=True, agent="sato", **kept)
        self.calls[contact["id"]] = call

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/directory", self._directory),
            web.get("/api/v1/calls", self._calls),
            web.put("/api/v1/agents/{agent}/presence", self._presence),
            web.post("/api/v1/agents/{agent}/log-off", self._log_off),
            web.post("/api/v1/queues/{queue}/members", self._join),
            web.delete("/api/v1/queues/{queue}/members/{agent}", self._leave),
            web.post("/dev/away", self._away),
        ]

    def _answer(self, value: Json | None = None) -> web.Response:
        if self.is_away:
            message = {"ja": "現在利用できません。", "en": "Not available now."}
            return web.json_response({"error": {"code": "unavailable", "message": message}}, status=503)
        return web.Response(status=204) if value is None else web.json_response(value)

    async def _directory(self, _: web.Request) -> web.Response:
        waiting = [each["queue"] for each in self.calls.values() if each["state"] == "waiting"]
        queues = [{"name": name, "waiting": waiting.count(name)} for name in ("sales", "support")]
        return self._answer({"agents": list(self.agents.values()), "queues": queues})

    async def _calls(self, _: web.Request) -> web.Response:
        return self._answer({"calls": list(self.calls.values())})

    async def _presence(self, request: web.Request) -> web.Response:
        self.agents[request.match_info["agent"]] |= await request.json()
        return self._answer()

    async def _log_off(self, request: web.Request) -> web.Response:
        self.agents[request.match_info["agent"]] |= {"presence": "offline", "reason": ""}
        return self._answer()

    async def _join(self, request: web.Request) -> web.Response:
        agent = (await request.json())["agent"]
        self.agents[agent]["queues"].append(request.match_info["queue"])
        return self._answer({"agent": agent, "penalty": 0})

    async def _leave(self, request: web.Request) -> web.Response:
        queue = request.match_info["queue"]
        if queue == "support":
            message = {"ja": "設定ファイルのメンバーです。", "en": "This member stands in queues.conf."}
            return web.json_response({"error": {"code": "member_of_files", "message": message}}, status=409)
        self.agents[request.match_info["agent"]]["queues"].remove(queue)
        return self._answer()

    async def _away(self, request: web.Request) -> web.Response:
        self.is_away = request.query.get("is") != "over"
        return web.Response(status=204)
