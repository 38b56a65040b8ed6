"""LINE's own SDK talks to the simulated LINE: paths, headers and answers are those of its OpenAPI."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from linebot.v3.messaging import (
    ApiException,
    AsyncApiClient,
    AsyncMessagingApi,
    AsyncMessagingApiBlob,
    Configuration,
    MarkMessagesAsReadByTokenRequest,
    PnpMessagesRequest,
    PushMessageRequest,
    ReplyMessageRequest,
    ShowLoadingAnimationRequest,
    TextMessage,
)

from gateways.line.tokens import retry_key_of
from tests.fakes.line import phone_hash
from tests.fakes.providers import ProviderSimulator
from tests.line.support import USER, shown_to

TEXT = [TextMessage(text="はい")]


@pytest.fixture
async def client(simulator: ProviderSimulator) -> AsyncIterator[AsyncApiClient]:
    client = AsyncApiClient(Configuration(host=simulator.line_api_url, access_token=simulator.line_token))
    yield client
    await client.close()


async def test_messages(simulator: ProviderSimulator, client: AsyncApiClient) -> None:
    api, line = AsyncMessagingApi(client), simulator.line
    token = line.text_event(USER, "x")["replyToken"]
    replied = await api.reply_message(ReplyMessageRequest(replyToken=token, messages=TEXT))
    key = retry_key_of("k")
    pushed = await api.push_message(PushMessageRequest(to=USER, messages=TEXT), x_line_retry_key=key)
    assert replied.sent_messages[0].id != pushed.sent_messages[0].id
    with pytest.raises(ApiException) as again:
        await api.push_message(PushMessageRequest(to=USER, messages=TEXT), x_line_retry_key=key)
    assert again.value.status == 409
    line.phones["+819012345678"] = USER
    request = PnpMessagesRequest(to=phone_hash("+819012345678"), messages=TEXT)
    await api.push_messages_by_phone(request, x_line_delivery_tag="a tag of 16 or more")
    assert [how for how, _ in shown_to(simulator)] == ["reply", "push", "notification"]
    assert line.completed[0]["delivery"]["data"] == "a tag of 16 or more"


async def test_all_else(simulator: ProviderSimulator, client: AsyncApiClient) -> None:
    api, line = AsyncMessagingApi(client), simulator.line
    line.names[USER], line.quota, line.used = "田中", 150, 50
    assert (await api.get_profile(USER)).display_name == "田中"
    assert (await api.get_message_quota()).value == 200
    assert (await api.get_message_quota_consumption()).total_usage == 50
    assert (await api.issue_link_token(USER)).link_token
    await api.show_loading_animation(ShowLoadingAnimationRequest(chatId=USER, loadingSeconds=20))
    await api.mark_messages_as_read_by_token(MarkMessagesAsReadByTokenRequest(markAsReadToken="mark"))
    assert (line.loading, line.read) == ([(USER, 20)], ["mark"])


async def test_files(
    simulator: ProviderSimulator, client: AsyncApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = client.call_api

    def here(*args: Any, **named: Any) -> Any:
        """The SDK has the address of LINE's files built in."""
        return asked(*args, **named | {"_host": simulator.line_api_url})

    monkeypatch.setattr(client, "call_api", here)
    blob = AsyncMessagingApiBlob(client)
    message = simulator.line.events.image(USER, b"picture")["message"]["id"]
    assert await blob.get_message_content(message) == b"picture"
    status = await blob.get_message_content_transcoding_by_message_id(message)
    assert status.status == "succeeded"
