"""Files, mails, phrases and dead letters of the stand-in hub."""

import struct
import zlib

from aiohttp import web
from desk import STICKERS, Desk
from floor import Json, now_ms
from story import DAY_MS, pop

MAIL = "suzuki@example.jp"
CUSTOMER = {"id": "c7", "name": "鈴木 一郎"}
PHOTO, VIRUS = "1" * 32, "2" * 32
TEXT = "<p>お世話になっております。<strong>鈴木</strong>です。</p><p>写真のとおり、箱が破れて届きました。</p>"
HTML = TEXT + (
    "<p><img src='http://127.0.0.1:1/pixel.png' alt=''></p><script>parent.document.title = 'owned'</script>"
)
FRAME = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; img-src data: "
)


def picture(wide: int = 320, high: int = 200) -> bytes:
    """Return a picture of a box, as PNG."""

    def row(y: int) -> bytes:
        edge = b"\x8a\x5a\x2b"
        inner = b"".join(
            edge if abs(x - wide // 2) < 6 or x % 80 == 0 else b"\xd9\xa8\x6c" for x in range(wide)
        )
        return b"\0" + (edge * wide if y in range(8) or y > high - 9 else inner)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(map(row, range(high))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _file(id_: str, name: str, type_: str, size: int, refused: str = "") -> Json:
    return {"id": id_, "name": name, "type": type_, "size": size, "refused": refused}


class Texts:
    """What the page asks about messages."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.contents, self.html = {PHOTO: picture()}, TEXT
        self.dead = [
            {
                "kind": "out",
                "channel": "line",
                "key": "m1",
                "address": "U4af",
                "reason": "400",
                "attempts": 1,
            },
            {
                "kind": "in",
                "channel": "email",
                "key": "e1",
                "address": MAIL,
                "reason": "ValueError",
                "attempts": 8,
            },
        ]

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/v1/contacts/{contact}/files", self._bring),
            web.get("/api/v1/files/{file}", self._fetch),
            web.get("/api/v1/contacts/{contact}/messages/{message}/html", self._html),
            web.get("/api/v1/templates", self._templates),
            web.get("/api/v1/stickers", self._stickers),
            web.get("/api/v1/knowledge", self._knowledge),
            web.get("/api/v1/dead-letters", self._dead_letters),
            web.post("/api/v1/dead-letters/resend", self._resend),
            web.post("/dev/mail", self._mail),
            web.post("/dev/say", self._say),
            web.get("/dev/signs", self._signs),
        ]

    async def _mail(self, request: web.Request) -> web.Response:
        """Connect a mail thread: a mail with files, and a message that was withdrawn.

        With `?bad=1` it has a script and an image from elsewhere; with `?line=1` it is one in LINE.
        """
        self.html = HTML if "bad" in request.query else TEXT
        base = {"direction": "in", "author": None, "delivery": "sent", "kind": "text"}
        mail = base | {"id": "email:1", "text": "箱が破れて届きました。", "at_ms": now_ms() - DAY_MS}
        mail |= {"subject": "破損について [T-4F7K-29]", "html": self.html}
        mail["files"] = [
            _file(PHOTO, "箱の写真.png", "image/png", len(self.contents[PHOTO])),
            _file(VIRUS, "請求書.doc", "application/msword", 48_128, "virus"),
        ]
        mail["notes"] = [
            "sender=unproven" if "bad" in request.query else "sender=proven",
            "spf=fail evil.test",
            "reply_to=elsewhere@example.com",
            "cut=text",
        ]
        gone = base | {"id": "email:2", "text": "", "at_ms": now_ms() - 60_000, "withdrawn_ms": now_ms()}
        if "line" in request.query:
            await self.desk.offer(pop("l1", "line", 1, address="U4af", customer=CUSTOMER))
            await self.desk.connect("l1", [])
            return web.Response(status=204)
        await self.desk.offer(pop("e1", "email", 1, address=MAIL, customer=CUSTOMER))
        await self.desk.connect("e1", [mail, gone])
        return web.Response(status=204)

    async def _say(self, request: web.Request) -> web.Response:
        """Let the page hear an event."""
        await self.desk.show(await request.json())
        return web.Response(status=204)

    async def _signs(self, _: web.Request) -> web.Response:
        return web.json_response(self.desk.signs)

    async def _bring(self, request: web.Request) -> web.Response:
        name, data = request.query["name"], await request.read()
        if name.endswith(".exe"):
            message = {"ja": "このファイルは送信できません。", "en": "This file cannot be sent."}
            return web.json_response({"error": {"code": "file_refused", "message": message}}, status=422)
        id_ = f"{len(self.contents) + 10:032x}"
        self.contents[id_] = data
        self.desk.files[id_] = _file(id_, name, request.query.get("type", "application/pdf"), len(data))
        return web.json_response(self.desk.files[id_], status=201)

    async def _fetch(self, request: web.Request) -> web.Response:
        how = "attachment" if "save" in request.query else "inline"
        headers = {"Content-Disposition": how, "X-Content-Type-Options": "nosniff"}
        data = self.contents[request.match_info["file"]]
        return web.Response(body=data, content_type="image/png", headers=headers)

    async def _html(self, request: web.Request) -> web.Response:
        policy = FRAME + ("http:" if "images" in request.query else "")
        head = "<!doctype html><meta charset=utf-8>"
        headers = {"Content-Security-Policy": policy}
        return web.Response(text=head + self.html, content_type="text/html", headers=headers)

    async def _templates(self, _: web.Request) -> web.Response:
        thanks = {
            "name": "thanks",
            "title": "お問い合わせのお礼",
            "text": "鈴木 一郎 様\nお問い合わせありがとうございます。",
        }
        return web.json_response(
            {
                "templates": [
                    thanks,
                    {"name": "sorry", "title": "お詫び", "text": "ご不便をおかけしております。"},
                ]
            }
        )

    async def _stickers(self, _: web.Request) -> web.Response:
        title = {"ja": "ゆる敬語★LINEキャラクターズ", "en": "LINE Characters: Pretty Phrases"}
        polite = [{"id": id_, "words": {"ja": words, "en": words}} for id_, words in STICKERS.items()]
        moon = {"ja": "ムーン スペシャル", "en": "Moon: Special Edition"}
        return web.json_response(
            {
                "packages": [
                    {"id": "8515", "title": title, "stickers": polite},
                    {"id": "446", "title": moon, "stickers": [{"id": "1988", "words": None}]},
                ]
            }
        )

    async def _knowledge(self, _: web.Request) -> web.Response:
        answer = {
            "name": "exchange",
            "questions": ["交換できますか"],
            "written": "交換を承ります。",
            "spoken": "",
        }
        return web.json_response({"answers": [answer | {"intents": [], "score": 90}]})

    async def _dead_letters(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"dead_letters": [each | {"stored_ms": now_ms() - 60_000} for each in self.dead]}
        )

    async def _resend(self, request: web.Request) -> web.Response:
        key = (await request.json())["key"]
        self.dead = [each for each in self.dead if each["key"] != key]
        return web.Response(status=202)
