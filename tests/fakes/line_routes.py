"""LINE's paths, as its OpenAPI has them."""

from collections.abc import Callable

from aiohttp import web

from tests.fakes.line import LineSimulator
from tests.fakes.line_checks import Answer

Act = Callable[[web.Request, object], Answer]


def line_routes(line: LineSimulator) -> list[tuple[str, str, Act]]:
    """Return method, path and what is done for each; the body is given as JSON, `None` if it is not."""
    content = "/v2/bot/message/{message}/content"
    return [
        ("POST", "/v2/bot/message/reply", lambda _, body: line.reply(body)),
        (
            "POST",
            "/v2/bot/message/push",
            lambda request, body: line.push(body, request.headers.get("X-Line-Retry-Key")),
        ),
        (
            "POST",
            "/bot/pnp/push",
            lambda request, body: line.notify(body, request.headers.get("X-Line-Delivery-Tag")),
        ),
        ("GET", "/v2/bot/profile/{user}", lambda request, _: line.profile(request.match_info["user"])),
        ("GET", "/v2/bot/message/quota", lambda _request, _body: line.quota_limit()),
        ("GET", "/v2/bot/message/quota/consumption", lambda _request, _body: line.quota_used()),
        ("GET", content, lambda request, _: line.content(request.match_info["message"])),
        (
            "GET",
            f"{content}/transcoding",
            lambda request, _: line.transcoding(request.match_info["message"]),
        ),
        ("POST", "/v2/bot/chat/loading/start", lambda _, body: line.show_loading(body)),
        ("POST", "/v2/bot/chat/markAsRead", lambda _, body: line.mark_as_read(body)),
        (
            "POST",
            "/v2/bot/user/{user}/linkToken",
            lambda request, _: line.link_token(request.match_info["user"]),
        ),
    ]
