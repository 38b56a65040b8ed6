"""The widget's socket: what is acknowledged is stored, what was missed is told, too much is refused."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from acd.contact import Channel, ContactState
from acd.ids import ContactId, QueueName
from gateways.chat.frames import Line, Lines
from gateways.chat.limits import ChatLimits
from gateways.errors import InboxUnavailable
from gateways.protocol import Inbound
from hub.board import LiveContact
from hub.clock import now_ms
from tests.chat.conftest import SITE, ChatHub, chat_hub, served
from tests.chat.widget import Widget
from tests.gateways.support import until

pytestmark = pytest.mark.real


async def _texts(chat: ChatHub, count: int) -> list[str]:
    await until(lambda: len(chat.taken) >= count)
    return [each.text for each in chat.taken if isinstance(each, Inbound)]


async def test_what_is_acknowledged_is_stored_in_order_and_handled_once(chat: ChatHub) -> None:
    async with Widget(chat.url) as widget:
        for number in range(5):
            widget.say(str(number))
        await widget.until(lambda: not widget.pending)
        first = next(frame for frame in widget.frames if frame["type"] == "ack")
        await widget.send({"type": "say", "id": first["id"], "text": "0"})
        await widget.wait("ack", lambda frame: frame["id"] == first["id"], after=len(widget.frames))
    assert await _texts(chat, 5) == ["0", "1", "2", "3", "4"]


async def test_a_widget_that_comes_again_has_all_that_was_said(chat: ChatHub) -> None:
    async with Widget(chat.url) as widget:
        asked = widget.say("届きません")
        await _texts(chat, 1)
        session = chat.session(widget)
        await chat.say(session, "m1", "お調べします", now_ms())
        await widget.until(lambda: "m1" in widget.lines)
        widget.cut()
        await chat.say(session, "m2", "お待たせしました", now_ms(), is_told=False)
        await widget.until(lambda: "m2" in widget.lines)
    assert widget.shown == [asked, "m1", "m2"] or widget.shown == ["m1", asked, "m2"]
    assert widget.lines[asked]["mine"]
    async with Widget(chat.url) as stranger:
        assert stranger.lines == {}


async def test_a_message_that_nobody_handled_yet_is_in_the_history(chat: ChatHub) -> None:
    blocked = asyncio.Event()

    chat.hold = blocked
    async with Widget(chat.url) as widget:
        said = widget.say("まだ誰も読んでいません")
        await widget.until(lambda: not widget.pending)
        token = widget.token
    again = Widget(chat.url)
    again.token = token
    async with again:
        assert [line["text"] for line in again.lines.values()] == ["まだ誰も読んでいません"]
        assert list(again.lines) == [said]
    blocked.set()


async def test_two_windows_of_one_session_show_the_same(chat: ChatHub) -> None:
    async with Widget(chat.url) as one:
        other = Widget(chat.url)
        other.token = one.token
        async with other:
            said = one.say("こちらから")
            await other.until(lambda: said in other.lines)
            await chat.say(chat.session(one), "m1", "はい", now_ms())
            await one.until(lambda: "m1" in one.lines)
            await other.until(lambda: "m1" in other.lines)


async def test_what_was_said_long_ago_is_asked_for(chat: ChatHub) -> None:
    async with Widget(chat.url) as widget:
        session = chat.session(widget)
        for number in range(120):
            await chat.say(session, f"m{number}", str(number), 1_000 + number, is_told=False)
        widget.cut()
        welcome = await widget.wait("welcome", after=1)
        assert not welcome["is_whole"]
        assert welcome["lines"][0]["id"] == "m20"
        await widget.send({"type": "older", "before_ms": welcome["lines"][0]["at_ms"]})
        older = await widget.wait("older_lines")
        assert [line["id"] for line in older["lines"]] == [f"m{number}" for number in range(20)]
        assert older["is_all"]


async def test_what_the_database_does_not_take_is_sent_again_later(chat: ChatHub) -> None:
    store = chat.parts.base.inbox.store
    tries = iter(range(10))

    async def away(events: object) -> int:
        if next(tries) == 0:
            raise InboxUnavailable("the database does not take events")
        return await store(events)  # type: ignore[arg-type]

    chat.inbox.store = away  # type: ignore[method-assign]
    async with Widget(chat.url) as widget:
        widget.say("一")
        widget.say("二")
        later = await widget.wait("later")
        assert later["retry_s"] > 0
        assert await _texts(chat, 2) == ["一", "二"]


async def test_too_many_messages_are_put_off_and_none_is_lost(tmp_path: Path, redis_url: str) -> None:
    limits = ChatLimits(messages_per_min=300)
    hub = await chat_hub(tmp_path, redis_url, limits=limits)
    async with served(hub) as chat, Widget(chat.url) as widget:
        for number in range(60):
            widget.say(str(number))
        await widget.wait("later")
        assert await _texts(chat, 60) == [str(number) for number in range(60)]


async def test_an_address_has_so_many_sockets(tmp_path: Path, redis_url: str) -> None:
    async with served(await chat_hub(tmp_path, redis_url, limits=ChatLimits(sockets=2))) as chat:
        async with Widget(chat.url), Widget(chat.url), aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(f"{chat.url}/chat/socket")
            assert refused.value.status == 429
        await until(lambda: chat.parts.base.rooms.sockets == 0)
        async with Widget(chat.url):
            assert chat.registry.get_sample_value("toritsugi_chat_sockets") == 1


async def test_only_known_sites_may_hold_the_widget(chat: ChatHub) -> None:
    async with aiohttp.ClientSession() as session:
        for origin in ("https://evil.example", "null", "https://www.example.jp.evil.example", "x"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(f"{chat.url}/chat/socket", origin=origin)
            assert refused.value.status == 403
        url = f"{chat.url}/chat/files"
        async with session.post(url, data=b"x", headers={"Origin": "https://evil.example"}) as answer:
            assert answer.status == 403
    async with Widget(chat.url, origin=SITE), Widget(chat.url, origin="https://hub.example.jp"):
        pass


async def test_a_socket_that_does_not_say_hello_or_floods_is_closed(chat: ChatHub) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(f"{chat.url}/chat/socket") as socket:
            await socket.send_json({"type": "say", "id": "message-1", "text": "x"})
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == 1008
        async with session.ws_connect(f"{chat.url}/chat/socket") as socket:
            await socket.send_json({"type": "hello"})
            for _ in range(100):
                await socket.send_json({"type": "ping"})
            while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
            assert socket.close_code == 1008
    assert chat.taken == []


async def test_a_bad_frame_is_refused_and_the_talk_goes_on(chat: ChatHub) -> None:
    async with Widget(chat.url) as widget:
        await widget.send({"type": "say", "id": "message-x", "text": 5})
        assert (await widget.wait("refused"))["id"] == "message-x"
        widget.say("   ")
        assert (await widget.wait("refused", after=2))["code"] == "empty"
        widget.say("それでも")
        assert await _texts(chat, 1) == ["それでも"]


async def test_a_frame_that_is_too_large_ends_the_socket_and_nothing_else(chat: ChatHub) -> None:
    async with aiohttp.ClientSession() as session, Widget(chat.url) as widget:
        async with session.ws_connect(f"{chat.url}/chat/socket") as socket:
            await socket.send_json({"type": "hello"})
            await socket.receive()
            await socket.send_str("x" * 70_000)
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == 1009
        await widget.send({"type": "ping"})
        await widget.wait("pong")


async def test_a_file_goes_with_a_message(chat: ChatHub) -> None:
    async with Widget(chat.url) as widget, aiohttp.ClientSession() as session:
        url = f"{chat.url}/chat/files"
        headers = {
            "Authorization": f"Bearer {widget.token}",
            "X-File-Name": "%E5%86%99%E7%9C%9F.png",
            "Content-Type": "image/png",
            "Origin": SITE,
        }
        async with session.post(url, data=b"\x89PNG...", headers=headers) as answer:
            assert answer.status == 200
            assert answer.headers["Access-Control-Allow-Origin"] == SITE
            upload = (await answer.json())["id"]
        async with session.post(url, data=b"x" * 1025, headers=headers) as answer:
            assert answer.status == 413
        async with session.post(url, data=b"x", headers=headers | {"Authorization": "Bearer x"}) as answer:
            assert answer.status == 401
        async with session.options(url, headers={"Origin": SITE}) as answer:
            assert answer.status == 204
            assert "X-File-Name" in answer.headers["Access-Control-Allow-Headers"]
        widget.say("", files=[upload])
        await until(lambda: len(chat.taken) == 1)
    (inbound,) = chat.taken
    assert isinstance(inbound, Inbound)
    (part,) = inbound.parts
    assert (part.name, part.type, part.size) == ("写真.png", "image/png", 7)


async def test_typing_and_read_marks_go_both_ways_and_are_not_stored(chat: ChatHub) -> None:
    async with Widget(chat.url) as widget:
        said = widget.say("いますか")
        await _texts(chat, 1)
        session = chat.session(widget)
        await widget.send({"type": "typing"})
        await widget.send({"type": "read", "at_ms": 5})
        await until(lambda: len(chat.signs) == 2)
        assert [(sign.address, sign.is_typing, sign.read_ms) for sign in chat.signs] == [
            (session, True, None),
            (session, False, 5),
        ]
        await chat.gateway.show(session, is_typing=True)
        await chat.gateway.show(session, read=f"{session}:{said}")
        await widget.wait("agent_typing")
        assert (await widget.wait("agent_read"))["id"] == said
    assert len(chat.taken) == 1


async def test_a_rating_comes_in_once(chat: ChatHub) -> None:
    async with Widget(chat.url) as widget:
        for _ in range(2):
            seen = len(widget.frames)
            await widget.send({"type": "rate", "id": "rating-01", "stars": 5, "text": "助かりました"})
            await widget.wait("ack", after=seen)
        widget.say("もう一つ")
        await until(lambda: len(chat.taken) == 2)
    assert [(each.stars, each.text) for each in chat.ratings()] == [(5, "助かりました")]


async def test_where_the_contact_stands_is_told_and_its_end(chat: ChatHub) -> None:
    standings = chat.parts.standings
    chat.board.loaded.set()
    async with Widget(chat.url) as widget:
        session = chat.session(widget)
        live = LiveContact(
            ContactId("c1"), Channel.CHAT, QueueName("support"), 1, session, state=ContactState.CONNECTED
        )
        chat.board.add(live)
        await standings.look()
        assert (await widget.wait("standing"))["state"] == "connected"
        live.state = ContactState.WRAP_UP
        await standings.look()
        await widget.wait("standing", lambda frame: frame["state"] == "ended")
    async with Widget(chat.url) as stranger:
        for _ in range(12):
            await standings.look()
        assert (await stranger.wait("standing"))["state"] == "none"


async def test_what_another_hub_sends_arrives_and_what_it_sent_meanwhile(
    chat: ChatHub, redis_url: str, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    hub = await chat_hub(other, redis_url, limits=ChatLimits())
    async with served(hub) as second, Widget(chat.url) as widget:
        session = chat.session(widget)
        await second.gateway.rooms.tell(session, _line("m1"))
        await widget.until(lambda: "m1" in widget.lines)
        await chat.say(session, "m2", "聞こえなかった", now_ms(), is_told=False)
        await chat.parts.base.rooms.catch_up(now_ms())
        await widget.until(lambda: "m2" in widget.lines)


async def test_a_stopping_hub_tells_its_widgets(tmp_path: Path, redis_url: str) -> None:
    async with served(await chat_hub(tmp_path, redis_url, limits=ChatLimits())) as chat:
        session = aiohttp.ClientSession()
        socket = await session.ws_connect(f"{chat.url}/chat/socket")
        await socket.send_json({"type": "hello"})
        await socket.receive()
        end = asyncio.create_task(socket.receive())
    assert (await end).type is aiohttp.WSMsgType.CLOSE
    assert socket.close_code == 1001
    await session.close()


def _line(key: str) -> Lines:
    return Lines(lines=(Line(id=key, at_ms=now_ms(), text="別のハブから"),))
