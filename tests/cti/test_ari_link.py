"""The link on a fake Asterisk, in virtual time: what order things come in, and what is done about silence."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from cti.ari import AriError, AriLink, AriUnavailable, LinkTimes, NotFound, Snapshot
from cti.ari.fake import FakeAsterisk
from cti.ari.models import (
    ApplicationReplaced,
    ChannelUserevent,
    Event,
    Playback,
    PlaybackFinished,
    PlaybackStarted,
    RESTRequest,
)
from tests.cti.virtual_time import virtual_time

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def _event(name: str) -> ChannelUserevent:
    return ChannelUserevent(application="hub", timestamp=NOW, eventname=name, userevent={})


def _playback(name: str) -> Playback:
    return Playback(id=name, media_uri="sound:x", target_uri="channel:c", state="done")


class Listener:
    """Remembers what it was told: `up`, `down` and the names of user events."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.raises = False

    def linked(self, snapshot: Snapshot) -> None:
        self.heard.append("up")

    def received(self, event: Event) -> None:
        if self.raises:
            raise ValueError("a mistake of the listener")
        if isinstance(event, ChannelUserevent):
            self.heard.append(event.eventname)

    def unlinked(self) -> None:
        self.heard.append("down")


@asynccontextmanager
async def running(fake: FakeAsterisk, listener: Listener) -> AsyncIterator[AriLink]:
    link = AriLink(fake, node="pbx1", app="hub", chance=random.Random(1))
    service = asyncio.create_task(link.run(listener))
    await link.up(timeout_s=1)
    yield link
    await link.close()
    await link.close()
    await service


@virtual_time
async def test_answers_find_their_requests_whatever_their_order() -> None:
    held: list[RESTRequest] = []
    fake, listener = FakeAsterisk(answer=lambda request: held.append(request)), Listener()
    async with running(fake, listener) as link:
        first = asyncio.create_task(link.ari.asterisk.get_global_var(variable="A"))
        second = asyncio.create_task(link.ari.asterisk.get_global_var(variable="B"))
        await asyncio.sleep(0)
        fake.reply(held[1], 200, {"value": "b"})
        fake.reply(held[0], 200, {"value": "a"})
        assert ((await first).value, (await second).value) == ("a", "b")


@virtual_time
async def test_refusals_say_what_was_refused() -> None:
    answers = {"channels/a/answer": (404, {"message": "Channel not found"}), "channels/b": (500, "text")}
    fake = FakeAsterisk(answer=lambda request: answers[request.uri])
    async with running(fake, Listener()) as link:
        with pytest.raises(NotFound) as missing:
            await link.ari.channels.answer("a")
        with pytest.raises(AriError) as refused:
            await link.ari.channels.hangup("b")
    assert (missing.value.method, missing.value.path) == ("POST", "/channels/a/answer")
    assert (missing.value.message, missing.value.retryable) == ("Channel not found", False)
    assert (refused.value.status, type(refused.value)) == (500, AriError)


@virtual_time
async def test_a_request_without_answer_fails_in_time() -> None:
    async with running(FakeAsterisk(answer=lambda _: None), Listener()) as link:
        began = asyncio.get_running_loop().time()
        with pytest.raises(AriUnavailable) as late:
            await link.ari.channels.answer("a")
        assert asyncio.get_running_loop().time() - began == pytest.approx(5)
        assert late.value.retryable


@virtual_time
async def test_requests_in_flight_fail_when_the_socket_dies_and_later_ones_at_once() -> None:
    fake = FakeAsterisk(answer=lambda _: None)
    async with running(fake, Listener()) as link:
        waiting = [asyncio.create_task(link.ari.channels.answer(str(n))) for n in range(3)]
        await asyncio.sleep(0)
        fake.refuses = True
        fake.drop()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {AriUnavailable}
        with pytest.raises(AriUnavailable):
            await link.ari.channels.answer("a")
        await asyncio.sleep(0.01)
        assert not link.is_up


@virtual_time
async def test_each_connection_begins_with_its_snapshot() -> None:
    fake, listener = FakeAsterisk(), Listener()
    fake.emit_on_connect = [_event("early")]
    async with running(fake, listener) as link:
        fake.emit(_event("a"), _event("b"))
        fake.drop()
        await asyncio.sleep(1)
        await link.up(timeout_s=1)
        fake.emit(_event("c"))
        await asyncio.sleep(0.1)
    assert listener.heard == ["up", "early", "a", "b", "down", "up", "early", "c", "down"]


@virtual_time
async def test_a_listener_that_raises_does_not_end_the_link() -> None:
    fake, listener = FakeAsterisk(), Listener()
    async with running(fake, listener) as link:
        listener.raises = True
        fake.emit(_event("a"))
        await asyncio.sleep(0.1)
        listener.raises = False
        fake.emit(_event("b"))
        await link.ari.channels.answer("a")
    assert listener.heard == ["up", "b", "down"]


@virtual_time
async def test_what_the_description_does_not_know_is_passed_over() -> None:
    fake, listener = FakeAsterisk(), Listener()
    async with running(fake, listener) as link:
        fake.emit_raw(b'{"type":"FromTheFuture","x":1}')
        fake.emit_raw(b'{"type":"StasisStart","no":"channel"}')
        fake.emit(_event("a"))
        await link.ari.channels.answer("a")
    assert listener.heard == ["up", "a", "down"]


@virtual_time
async def test_an_event_that_comes_twice_is_told_once() -> None:
    fake, listener = FakeAsterisk(), Listener()
    async with running(fake, listener) as link:
        fake.emit(_event("a"), _event("b"), _event("a"), _event("c"), _event("b"))
        await link.ari.channels.answer("a")
        assert listener.heard == ["up", "a", "b", "c"]
        fake.emit(*(_event(f"other {number}") for number in range(4096)), _event("a"))
        await link.ari.channels.answer("a")
    assert listener.heard[-2:] == ["a", "down"]  # so long nothing is remembered


@virtual_time
async def test_a_silent_socket_is_found_within_ten_seconds() -> None:
    fake, listener = FakeAsterisk(), Listener()
    async with running(fake, listener):
        fake.is_silent = True
        await asyncio.sleep(9)
        assert listener.heard == ["up", "down"]
        fake.is_silent = False


@virtual_time
async def test_a_slow_answer_is_no_silence() -> None:
    fake, listener = FakeAsterisk(), Listener()
    async with running(fake, listener):
        fake.answers_snapshots = False
        for _ in range(300):
            fake.emit(_event("x"))
            await asyncio.sleep(0.1)
        assert "down" not in listener.heard


@virtual_time
async def test_an_application_that_asterisk_forgot_is_registered_anew() -> None:
    fake, listener = FakeAsterisk(), Listener()
    async with running(fake, listener):
        fake.forgets_application = True
        await asyncio.sleep(LinkTimes().heartbeat_s + 0.05)
        assert listener.heard == ["up", "down"]
        fake.forgets_application = False
        await asyncio.sleep(1)
        assert listener.heard == ["up", "down", "up"]


@virtual_time
async def test_a_socket_that_answers_and_brings_no_events_is_found_within_ten_seconds() -> None:
    fake, listener = FakeAsterisk(), Listener()
    async with running(fake, listener):
        fake.is_deaf = True
        await asyncio.sleep(9)
        assert listener.heard == ["up", "down"]
        connections = fake.connections
        await asyncio.sleep(30)
        assert fake.connections > connections
        assert listener.heard == ["up", "down"], "no link stands without events"
        fake.is_deaf = False
        await asyncio.sleep(10)
        assert listener.heard == ["up", "down", "up"]


@virtual_time
async def test_a_link_whose_application_another_took_over_is_down() -> None:
    fake, listener = FakeAsterisk(), Listener()
    async with running(fake, listener):
        fake.emit(ApplicationReplaced(application="hub", timestamp=NOW))
        await asyncio.sleep(0.05)
        assert listener.heard == ["up", "down"]


@virtual_time
async def test_retries_come_ever_later_up_to_five_seconds_and_begin_anew_after_success() -> None:
    fake, listener = FakeAsterisk(refuses=True), Listener()
    link = AriLink(fake, node="pbx1", app="hub", chance=random.Random(1))
    service = asyncio.create_task(link.run(listener))
    with pytest.raises(AriUnavailable):
        await link.up(timeout_s=1)
    await asyncio.sleep(59)
    assert 60 / 5 <= fake.connections <= 40
    fake.refuses = False
    await link.up(timeout_s=20)
    await asyncio.sleep(10)
    fake.drop()
    await asyncio.sleep(0.2)
    assert listener.heard == ["up", "down", "up"]
    await link.close()
    await service


@virtual_time
async def test_closing_while_asterisk_is_away() -> None:
    link = AriLink(FakeAsterisk(refuses=True), node="pbx1", app="hub")
    service = asyncio.create_task(link.run(Listener()))
    await asyncio.sleep(3)
    await link.close()
    await asyncio.wait_for(service, timeout=0.1)


@virtual_time
async def test_cancelling_the_service_closes_the_socket() -> None:
    fake, listener = FakeAsterisk(), Listener()
    link = AriLink(fake, node="pbx1", app="hub")
    service = asyncio.create_task(link.run(listener))
    await link.up(timeout_s=1)
    service.cancel()
    with pytest.raises(asyncio.CancelledError):
        await service
    assert listener.heard == ["up", "down"]
    assert not fake.is_connected


@virtual_time
async def test_a_watch_keeps_what_happened_before_it_is_asked() -> None:
    fake = FakeAsterisk()
    async with running(fake, Listener()) as link:
        with link.watch("playback", "p1") as seen:
            for name in ("p2", "p1"):
                fake.emit(PlaybackStarted(application="hub", timestamp=NOW, playback=_playback(name)))
                fake.emit(PlaybackFinished(application="hub", timestamp=NOW, playback=_playback(name)))
            await asyncio.sleep(0.1)
            assert (await seen.next(PlaybackFinished, timeout_s=1)).playback.id == "p1"
            with pytest.raises(AriUnavailable):
                await seen.next(PlaybackFinished, timeout_s=1)


@virtual_time
async def test_a_watch_does_not_wait_for_events_that_are_lost() -> None:
    fake = FakeAsterisk()
    async with running(fake, Listener()) as link:
        with link.watch("playback", "p1") as seen:
            waiting = asyncio.create_task(seen.next(PlaybackFinished, timeout_s=60))
            await asyncio.sleep(0)
            fake.drop()
            with pytest.raises(AriUnavailable):
                await asyncio.wait_for(waiting, timeout=1)
