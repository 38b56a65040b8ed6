"""The page on which a LINE user links his phone number: number, then code; forms, no script."""

import base64
import hashlib
from html import escape
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web

from crm_bridge.errors import CrmUnavailable
from gateways.errors import OutboxUnavailable
from hub.account_links import PATH, AccountLinks, LinkNotMade
from hub.errors import TooBusy

_FIELD_MAX: Final = 2_000
_STYLE: Final = (
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:26rem;margin:2rem auto;padding:0 1rem;color:#1d2433}"
    "h1{font-size:1.25rem}label{display:block}input{font:inherit;width:100%;box-sizing:border-box;padding:.6rem}"
    "button,a.go{display:block;width:100%;box-sizing:border-box;margin-top:1rem;padding:.8rem;border:0;"
    "border-radius:.5rem;background:#1f3a68;color:#fff;font:inherit;text-align:center;text-decoration:none}"
    ".fault{color:#a4262c}"
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # without it browsers send the form with Origin: null
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}
_WORDS: Final = {
    "ja": {
        "title": "電話番号の連携",
        "number": "お電話番号",
        "number_why": "LINEとお電話番号を連携します。お電話でもLINEでも、続きからご用件を承ります。",
        "send": "確認コードを送信",
        "on": "次へ",
        "code": "確認コード(6桁)",
        "code_sent": "確認コードをショートメッセージでお送りしました。",
        "pin": "暗証番号",
        "check": "確認",
        "agree": "LINEの画面で連携を完了してください。",
        "open": "LINEで連携する",
        "again": "最初からやり直す",
        "f_number": "国内の電話番号を入力してください。",
        "f_wrong": "番号が一致しませんでした。もう一度入力してください。",
        "f_too_many": "回数の上限に達しました。しばらくしてからやり直してください。",
        "f_gone": "このリンクは使用済みか、有効期限が切れています。LINEで「連携」とお送りください。",
        "f_unavailable": "ただいまご利用になれません。しばらくしてからやり直してください。",
    },
    "en": {
        "title": "Link your phone number",
        "number": "Phone number",
        "number_why": "We link your LINE account and your number: you go on where you left off on either.",
        "send": "Send a code",
        "on": "Go on",
        "code": "Code (six digits)",
        "code_sent": "We have sent you a code by text message.",
        "pin": "PIN",
        "check": "Check",
        "agree": "Please complete the link in LINE.",
        "open": "Link in LINE",
        "again": "Begin anew",
        "f_number": "Please enter a phone number of this country.",
        "f_wrong": "That is not right. Please enter it again.",
        "f_too_many": "Too many tries. Please try again later.",
        "f_gone": "This link was used already, or is too old. Write “link my number” to us in LINE.",
        "f_unavailable": "Not available now. Please try again later.",
    },
}
_STATUS: Final = {
    "gone": HTTPStatus.NOT_FOUND,
    "too_many": HTTPStatus.TOO_MANY_REQUESTS,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}


class AccountLinkPage:
    """Serves the page in the browser's language."""

    def __init__(self, links: AccountLinks) -> None:
        self._links = links

    def add_to(self, app: web.Application) -> None:
        app.router.add_get(PATH + "{token}", self.show)
        app.router.add_post(PATH + "{token}", self.take)

    async def show(self, request: web.Request) -> web.Response:
        """Ask for the number. A preview of the link in a messenger uses up nothing."""
        language, token = _language(request), request.match_info["token"]
        try:
            await self._links.user_of(token)
        except LinkNotMade as error:
            return _page(language, "", error.why)
        except CrmUnavailable:
            return _page(language, "", "unavailable")
        return _page(language, self._ask_number(language))

    async def take(self, request: web.Request) -> web.Response:
        """Take the number, or the code."""
        language, token = _language(request), request.match_info["token"]
        form = await request.post()
        number, state, code = (_field(form.get(name)) for name in ("number", "state", "code"))
        try:
            if not state:
                return _page(
                    language, self._ask_code(language, await self._links.begin(token, number, language))
                )
            return _page(language, _go_on(language, await self._links.finish(token, state, code, language)))
        except LinkNotMade as error:
            asked = self._ask_number(language) if error.why == "number" else ""
            if error.why == "wrong":
                asked = self._ask_code(language, state)
            return _page(language, asked, error.why)
        except (CrmUnavailable, OutboxUnavailable, TooBusy):
            return _page(language, "", "unavailable")

    def _ask_number(self, language: str) -> str:
        words = _WORDS[language]
        return (
            f"<p>{words['number_why']}<form method=post><label>{words['number']}"
            "<input name=number type=tel inputmode=tel autocomplete=tel required maxlength=32></label>"
            f"<button>{words['send' if self._links.by_sms else 'on']}</button></form>"
        )

    def _ask_code(self, language: str, state: str) -> str:
        words, by_sms = _WORDS[language], self._links.by_sms
        told = f"<p>{words['code_sent']}" if by_sms else ""
        hint = "one-time-code" if by_sms else "off"
        return (
            f"{told}<form method=post><input type=hidden name=state value='{escape(state, quote=True)}'>"
            f"<label>{words['code' if by_sms else 'pin']}"
            f"<input name=code inputmode=numeric autocomplete={hint} required maxlength=8></label>"
            f"<button>{words['check']}</button></form><p><a href=''>{words['again']}</a>"
        )


def _go_on(language: str, url: str) -> str:
    words, target = _WORDS[language], escape(url, quote=True)
    return f"<p>{words['agree']}<p><a class=go rel=noreferrer href='{target}'>{words['open']}</a>"


def _page(language: str, body: str, fault: str = "") -> web.Response:
    words = _WORDS[language]
    told = f"<p class=fault role=alert>{words['f_' + fault]}" if fault else ""
    html = (
        f"<!doctype html><html lang={language}><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'>"
        f"<title>{words['title']}</title><style>{_STYLE}</style><h1>{words['title']}</h1>{told}{body}\n"
    )
    return web.Response(
        text=html,
        content_type="text/html",
        headers=_HEADERS,
        status=_STATUS.get(fault, HTTPStatus.OK if not fault else HTTPStatus.UNPROCESSABLE_ENTITY),
    )


def _field(value: object) -> str:
    return value[:_FIELD_MAX] if isinstance(value, str) else ""


def _language(request: web.Request) -> str:
    """Return the first language of the browser's that we have."""
    asked = request.headers.get(hdrs.ACCEPT_LANGUAGE, "").lower()
    places = {each: asked.find(each) for each in _WORDS if each in asked}
    return min(places, key=places.__getitem__, default="ja")
