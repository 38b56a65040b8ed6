"""LINE users who say on a page of ours whose number theirs is, prove it, and let LINE link the two.

LINE's account link: a page, a sign-in of one's own, a nonce for it, an event that brings the nonce back. The
sign-in is a code by SMS; where no SMS can be sent, the customer's PIN.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog
from itsdangerous import BadSignature, URLSafeTimedSerializer

from acd.contact import Channel
from acd.ids import ContactId
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import Linked
from gateways.errors import SendFailed
from gateways.outbox import Outbox
from gateways.protocol import Choice, Gateway, Inbound, Outbound
from hub.clock import now_ms
from hub.crm import Crm
from hub.errors import HubError
from hub.proofs import ProofDesk
from hub.texting.bot import Said
from hub.texting.calls import given_number
from hub.texting.language import language_of
from hub.texts import text
from ivr.flow import Proof
from ivr.limits import ProofLimits
from ivr.world import Verdict

log = structlog.get_logger()

PATH: Final = "/line/link/"
KIND: Final = "accountLink"
LINK_ACCOUNT: Final = "link_account"
"""What a button brings back that asks for the page."""
_WANTED: Final = re.compile(
    r"(アカウント|電話番号|LINE)?[をの]?連携(を?(したい|する|希望|お願い)(です|します)?)?"
    r"|link my (account|number)",
    re.IGNORECASE,
)
_PAGE_S, _CODE_S, _NONCE_S = 3600.0, 600, 600.0
_SENDS: Final = ProofLimits(tries=3, lock_s=3600)
_TRIES: Final = ProofLimits(tries=5, lock_s=1800)


class LinkNotMade(HubError):
    """The page goes no further; `why` is a short code: gone, number, too_many, wrong, unavailable."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class AccountLinks:
    """The page's steps, and the event that ends them. `joined` is told when two customers are one."""

    def __init__(
        self,
        public_url: str,
        secret: bytes,
        region: str,
        *,
        crm: Crm,
        gateways: Mapping[Channel, Gateway],
        outbox: Callable[[], Outbox],
        joined: Callable[[Linked], Awaitable[None]],
    ) -> None:
        self._begin, self._secret, self._region = public_url + PATH, secret, region
        self._crm, self._gateways, self._outbox, self._joined = crm, gateways, outbox, joined
        self._signed = URLSafeTimedSerializer(secret, salt="account-link")
        self._proofs = ProofDesk(crm.proofs)

    @property
    def by_sms(self) -> bool:
        """Whether a code is sent; else the PIN is asked for."""
        return Channel.SMS in self._gateways

    async def page_for(self, user: str, language: str) -> Said:
        """Return words that lead a LINE user to the page, for an hour. Raises `CrmUnavailable`."""
        token = await self._crm.tokens.issue({"line": user, "language": language}, _PAGE_S, now_ms())
        url = self._begin + token
        return Said(text("account_link", language), (Choice(label=_LABEL[language], url=url),))

    async def user_of(self, token: str) -> str:
        """Return whose page it is. Raises `LinkNotMade`, `CrmUnavailable`."""
        payload = await self._crm.tokens.look(token, now_ms())
        if payload is None or "line" not in payload or Channel.LINE not in self._gateways:
            raise LinkNotMade("gone")
        return str(payload["line"])

    async def begin(self, token: str, number: str, language: str) -> str:
        """Take the number that somebody says is his, and send a code there; returns the page's state.

        Raises `LinkNotMade`, and what passes (`retryable`).
        """
        await self.user_of(token)
        given = given_number(number, self._region)
        if given is None:
            raise LinkNotMade("number")
        if not self.by_sms:
            return self._state(token, given, "")
        await self._count("send", token, given, _SENDS)
        code = f"{secrets.randbelow(10**6):06}"
        words = text("account_link_code", language, code=code)
        key = f"account-link:{secrets.token_hex(8)}"
        await self._outbox().put(Outbound(channel=Channel.SMS, key=key, address=given, text=words))
        return self._state(token, given, self._hash(given, code))

    async def finish(self, token: str, state: str, digits: str, language: str) -> str:
        """Take the code or PIN; returns LINE's page where the user agrees. Raises as `begin` does."""
        user = await self.user_of(token)
        number, code_hash = self._read(token, state)
        digits = unicodedata.normalize("NFKC", digits).strip()
        if code_hash:
            await self._count("try", token, number, _TRIES)
            if not hmac.compare_digest(code_hash, self._hash(number, digits)):
                raise LinkNotMade("wrong")
        elif not await self._knows_pin(number, digits):
            raise LinkNotMade("wrong")
        nonce = await self._crm.tokens.issue({"phone": number, "language": language}, _NONCE_S, now_ms())
        try:
            url = await self._gateways[Channel.LINE].account_link(user, nonce)
        except SendFailed as error:
            log.warning("account_link.no_page", reason=error.reason)
            raise LinkNotMade("unavailable") from None
        await self._crm.tokens.redeem(token, now_ms(), by=number)
        return url

    # --- in LINE ---------------------------------------------------------------------------------

    async def heed(self, inbound: Inbound) -> bool:
        """Answer a LINE user who asks for the page, or who comes from it; whether it was either."""
        if inbound.channel is not Channel.LINE:
            return False
        if inbound.kind == KIND:
            await self._linked(inbound)
        elif _wants_page(inbound):
            await self._answer(inbound, await self.page_for(inbound.address, language_of(inbound.text)))
        else:
            return False
        return True

    async def _linked(self, inbound: Inbound) -> None:
        """Link the number that the nonce stands for; told twice, it has one effect."""
        found = await self._crm.tokens.redeem(inbound.link or "", now_ms(), by=inbound.event_id) or {}
        language = str(found.get("language", "ja"))
        if "phone" not in found:
            await self._answer(inbound, Said(text("account_not_linked", language)))
            return
        owner = await self._crm.customers.ensure(
            IdentifierKind.LINE, inbound.address, LinkedBy.FIRST_CONTACT, at_ms=inbound.at_ms
        )
        result = await self._crm.customers.link(
            owner.id, IdentifierKind.PHONE, found["phone"], LinkedBy.ACCOUNT_LINK, at_ms=inbound.at_ms
        )
        if isinstance(result, Linked):
            await self._joined(result)
        else:
            log.warning("account_link.refused", reason=result.reason)
        name = "linked" if isinstance(result, Linked) else "not_linked"
        await self._answer(inbound, Said(text(name, language)))

    async def _answer(self, inbound: Inbound, said: Said) -> None:
        await self._outbox().put(
            Outbound(
                channel=inbound.channel,
                key=f"{inbound.channel}:{inbound.event_id}:link",
                address=inbound.address,
                text=said.text,
                choices=said.choices,
                reply_token=inbound.reply_token,
                is_automatic=True,
            )
        )

    # --- whether it is he --------------------------------------------------------------------------

    async def _count(self, what: str, token: str, number: str, limits: ProofLimits) -> None:
        """Count a try by page and by number; too many are refused."""
        page = hashlib.sha256(token.encode()).hexdigest()[:32]
        may = await self._crm.proofs.begin_try(
            [f"link-{what}:{page}", f"link-{what}:{number}"],
            now_ms=now_ms(),
            tries=limits.tries,
            lock_ms=limits.lock_s * 1000,
        )
        if not may:
            raise LinkNotMade("too_many")

    async def _knows_pin(self, number: str, digits: str) -> bool:
        known = await self._crm.customers.identify(IdentifierKind.PHONE, number)
        verdict = await self._proofs.prove(
            Proof.PIN,
            digits,
            customer=known.customer.id if known else None,
            number=number,
            limits=_TRIES,
            contact=ContactId("account-link"),
        )
        if verdict is Verdict.LOCKED:
            raise LinkNotMade("too_many")
        return verdict is Verdict.ACCEPTED

    def _state(self, token: str, number: str, code_hash: str) -> str:
        signed = self._signed.dumps([token, number, code_hash])
        return signed.decode() if isinstance(signed, bytes) else signed

    def _read(self, token: str, state: str) -> tuple[str, str]:
        try:
            page, number, code_hash = self._signed.loads(state, max_age=_CODE_S)
        except (BadSignature, ValueError):
            raise LinkNotMade("gone") from None
        if page != token:
            raise LinkNotMade("gone")
        return str(number), str(code_hash)

    def _hash(self, number: str, code: str) -> str:
        return hmac.digest(self._secret, f"account-link\n{number}\n{code}".encode(), hashlib.sha256).hex()


_LABEL: Final = {"ja": "連携する", "en": "Link"}


def _wants_page(inbound: Inbound) -> bool:
    if inbound.kind == "choice" and inbound.fields.get("data") == LINK_ACCOUNT:
        return True
    words = unicodedata.normalize("NFKC", inbound.text).strip(" 。.!")
    return inbound.kind == "text" and bool(_WANTED.fullmatch(words))
