"""Files that users sent, fetched from the simulated LINE."""

import os

import pytest

from acd.contact import Channel
from gateways.errors import FetchFailed
from gateways.line.gateway import LineGateway
from gateways.protocol import Inbound, Part, RawEvent
from tests.fakes.providers import ProviderSimulator
from tests.line.support import USER, raw_of
from tests.support.ports import free_port

RAW = RawEvent(channel=Channel.LINE, event_id="1", address=USER, body=b"")
PART = Part(name="image.jpg", type="image/jpeg", source="460")


async def _fetched(line: LineGateway, part: Part) -> bytes:
    return b"".join([block async for block in line.fetch(RAW, part)])


async def test_a_file_comes_in_blocks(simulator: ProviderSimulator, line: LineGateway) -> None:
    content = os.urandom(300_000)
    raw = raw_of(simulator.line.events.image(USER, content))
    message = line.decode(raw)
    assert isinstance(message, Inbound)
    (part,) = message.parts
    blocks = [block async for block in line.fetch(raw, part)]
    assert b"".join(blocks) == content
    assert len(blocks) > 1


async def test_who_reads_no_further_leaves_no_connection(
    simulator: ProviderSimulator, line: LineGateway
) -> None:
    simulator.line.events.contents["460"] = os.urandom(1_000_000)
    for _ in range(40):  # more than there are connections
        blocks = line.fetch(RAW, PART)
        assert await anext(blocks)
        await blocks.aclose()  # type: ignore[attr-defined]
    assert len(await _fetched(line, PART)) == 1_000_000


async def test_a_video_is_prepared_first(simulator: ProviderSimulator, line: LineGateway) -> None:
    event = simulator.line.events.video(USER, b"film")
    part = Part(name="video.mp4", type="video/mp4", source=event["message"]["id"])
    for state, retryable in (("processing", True), ("failed", False)):
        simulator.line.preparing[part.source] = state
        with pytest.raises(FetchFailed) as failed:
            await _fetched(line, part)
        assert failed.value.retryable == retryable
    simulator.line.preparing.clear()
    assert await _fetched(line, part) == b"film"


async def test_what_was_taken_back_is_gone(simulator: ProviderSimulator, line: LineGateway) -> None:
    event = simulator.line.events.image(USER, b"x")
    simulator.line.events.unsend(USER, event)
    with pytest.raises(FetchFailed, match="404") as failed:
        await _fetched(line, Part(name="", type="", source=event["message"]["id"]))
    assert not failed.value.retryable


@pytest.mark.parametrize(("status", "retryable"), [(429, True), (500, True), (0, True), (403, False)])
async def test_failures_say_whether_to_try_again(
    simulator: ProviderSimulator, line: LineGateway, status: int, retryable: bool
) -> None:
    simulator.fail_next(9, status=status)  # a request that changes nothing is repeated at once
    with pytest.raises(FetchFailed) as failed:
        await _fetched(line, PART)
    assert failed.value.retryable == retryable


async def test_a_file_cannot_be_another_path(simulator: ProviderSimulator, line: LineGateway) -> None:
    with pytest.raises(FetchFailed):
        await _fetched(line, Part(name="", type="", source="../../profile/x?"))
    assert simulator.requests == ["/v2/bot/message/../../profile/x?/content"]


async def test_nobody_there() -> None:
    gateway = LineGateway(secret="s", access_token="t", api_url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(FetchFailed, match="no answer") as failed:
        await _fetched(gateway, PART)
    assert failed.value.retryable
    await gateway.close()
