"""A stand-in for the hub, for work on the page: it speaks the desktop protocol and plays a story.

    npm run build && ../.toritsugi/venv/bin/python dev/hub.py            # the built page, on a free port
    TORITSUGI_HUB=http://127.0.0.1:PORT npm run dev                      # or the page as it is edited

Any id and password sign in, but the password "wrong". Never a part of an installation.
"""

import argparse
import asyncio
import json
from pathlib import Path

from aiohttp import WSMsgType, web
from archive import ROUTES
from desk import Desk
from floor import Refused
from story import CUSTOMER, PHONE, Story, known, pop
from texts import Texts

COOKIE = "toritsugi_session"
REFUSED = "wrong"
DIST = Path(__file__).resolve().parent.parent / "dist"
# Stricter than the hub's own: what passes here passes there.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "media-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)
DESK = web.AppKey("desk", Desk)
SESSIONS: set[str] = set()


def problem(status: int, code: str, ja: str, en: str) -> web.Response:
    error = {"error": {"code": code, "message": {"ja": ja, "en": en}}}
    return web.json_response(error, status=status)


async def sign_in(request: web.Request) -> web.Response:
    body = await request.json()
    if body["password"] == REFUSED:
        return problem(401, "wrong_sign_in", "IDまたはパスワードが違います。", "Id and password do not fit.")
    SESSIONS.add(body["id"])
    response = web.json_response({"agent": request.app[DESK].agent})
    response.set_cookie(COOKIE, body["id"], httponly=True, samesite="Strict")
    return response


async def sign_out(request: web.Request) -> web.Response:
    SESSIONS.discard(request.cookies.get(COOKIE, ""))
    return web.Response(status=204)


async def me(request: web.Request) -> web.Response:
    if request.cookies.get(COOKIE) not in SESSIONS:
        return problem(401, "not_signed_in", "サインインしてください。", "Please sign in.")
    return web.json_response(request.app[DESK].agent)


async def desktop(request: web.Request) -> web.StreamResponse:
    if request.cookies.get(COOKIE) not in SESSIONS:
        return problem(401, "not_signed_in", "サインインしてください。", "Please sign in.")
    desk = request.app[DESK]
    socket = web.WebSocketResponse(protocols=("toritsugi.desktop.v1",), heartbeat=15)
    await socket.prepare(request)
    await desk.joined(socket)
    try:
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
            command = json.loads(frame.data)
            try:
                await desk.command(command)
                answer = {"type": "ack", "ref": command["ref"]}
            except Refused as refused:
                answer = {"type": "error", "ref": command["ref"], **refused.shown}
            await socket.send_json(answer)
    finally:
        desk.left(socket)
    return socket


async def drop(request: web.Request) -> web.Response:
    """Cut all links, as a network does; with `?session=over` the session ends as well."""
    if request.query.get("session") == "over":
        SESSIONS.clear()
    await request.app[DESK].cut()
    return web.Response(status=204)


async def call(request: web.Request) -> web.Response:
    """Put a call through at once: Takahashi's; with `?about=CONTACT` as one about whom Sato is consulted."""
    desk = request.app[DESK]
    contact, about = request.query.get("contact", "v100"), request.query.get("about")
    await desk.offer(pop(contact, "voice", 14_000, by="田中 大輔" if about else None, **known(PHONE, [])))
    asking = {"id": "p1", "state": "talking", "agent": "tanaka", "number": None, "name": "田中 大輔"}
    more = {"about": about, "parties": [asking]} if about else {}
    await desk.connect(contact, [], customer=CUSTOMER["id"], **more)
    return web.Response(status=204)


async def digits(request: web.Request) -> web.Response:
    """Return the keys that the customer's side heard."""
    return web.Response(text=request.app[DESK].digits)


async def page(request: web.Request) -> web.FileResponse:
    path = (DIST / (request.match_info["path"] or "index.html")).resolve()
    if not path.is_relative_to(DIST) or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Content-Security-Policy": POLICY})


def application(pace: float, role: str) -> web.Application:
    """Return the server; `pace` stretches the pauses of the story, `role` is the agent's."""
    desk = Desk(role, pace)
    story, texts = Story(desk, pace), Texts(desk)
    app = web.Application()
    app[DESK] = desk
    app.add_routes(
        [
            web.post("/api/v1/session", sign_in),
            web.delete("/api/v1/session", sign_out),
            web.get("/api/v1/me", me),
            web.get("/api/v1/desktop", desktop),
            web.post("/dev/drop", drop),
            web.post("/dev/call", call),
            web.get("/dev/digits", digits),
            *desk.floor.routes(),
            *ROUTES,
            *texts.routes(),
            web.get("/{path:.*}", page),
        ]
    )

    async def run(_: web.Application) -> None:
        desk.playing = asyncio.create_task(story.play())

    app.on_startup.append(run)
    return app


async def serve(port: int, pace: float, role: str) -> None:
    runner = web.AppRunner(application(pace, role))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0: a free one, which is printed")
    parser.add_argument("--pace", type=float, default=1.0, help="stretches the pauses of the story")
    parser.add_argument("--role", default="agent", help="of the one agent: agent, supervisor or admin")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.pace, given.role))
