"""Recordings, transcripts, the menus and the audit log of the stand-in hub."""

import struct

from aiohttp import web
from floor import Json, now_ms

_RATE = 8_000
_LENGTH_MS = 1_000


def _silence() -> bytes:
    """Return a second of nothing, as a WAV file."""
    data = bytes(_RATE * 2)
    head = struct.pack("<HHIIHH", 1, 1, _RATE, _RATE * 2, 2, 16)
    size = struct.pack("<I", len(data))
    return b"".join(
        (b"RIFF", struct.pack("<I", 36 + len(data)), b"WAVEfmt \x10\0\0\0", head, b"data", size, data)
    )


def recordings() -> list[Json]:
    own = {"contact": "p1", "queue": "support", "agents": ["tanaka"], "length_ms": _LENGTH_MS}
    return [{"id": f"r{n}", **own, "started_ms": now_ms() - n * 3_600_000} for n in range(1, 4)]


async def _list(request: web.Request) -> web.Response:
    found = recordings()
    if request.query.get("before") is None:
        return web.json_response({"recordings": found[:2], "next": "2-r2"})
    return web.json_response({"recordings": found[2:], "next": None})


async def _audio(request: web.Request) -> web.Response:
    if request.match_info["recording"] == "r3":
        message = {"ja": "見つかりません。", "en": "Not found."}
        return web.json_response({"error": {"code": "not_found", "message": message}}, status=404)
    return web.Response(body=_silence(), content_type="audio/wav")


async def _transcript(request: web.Request) -> web.Response:
    contact, at_ms = request.match_info["contact"], now_ms()
    said = [
        ("customer", "加湿器はいつ入荷しますか。番号は＊＊＊＊です。"),
        ("agent", "来週の予定です。入荷しましたらお電話します。"),
    ]
    lines = [
        {"id": f"{contact}:{at}", "contact": contact, "queue": "support", "side": side, "agent": "tanaka"}
        | {"text": text, "at_ms": at_ms + 6_000 * at, "confidence": 80}
        for at, (side, text) in enumerate(said)
    ]
    return web.json_response({"lines": lines, "next": None})


async def _audit(_: web.Request) -> web.Response:
    heard = {"id": "a1", "actor": "sato", "deed": "play_recording", "subject": "r1", "detail": {}}
    return web.json_response({"entries": [heard | {"at_ms": now_ms() - 60_000}], "before_ms": None})


async def _flow(_: web.Request) -> web.Response:
    nodes = [
        {"id": "s0", "shape": "menu", "label": "main\nお電話ありがとうございます。"},
        {"id": "n0", "shape": "number", "label": "_."},
        {"id": "x0", "shape": "exit", "label": "queue,support"},
    ]
    edges = [
        {"source": "n0", "target": "s0", "label": "", "is_silent": True},
        {"source": "s0", "target": "x0", "label": "1 サポート", "is_silent": False},
    ]
    return web.json_response({"nodes": nodes, "edges": edges})


ROUTES = [
    web.get("/api/v1/ivr/graph", _flow),
    web.get("/api/v1/recordings", _list),
    web.get("/api/v1/recordings/{recording}/audio", _audio),
    web.get("/api/v1/contacts/{contact}/transcript", _transcript),
    web.get("/api/v1/audit", _audit),
]
