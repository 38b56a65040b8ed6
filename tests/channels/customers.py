"""Customers, one kind for each channel: how they write, and what reaches them."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import random
import smtplib
from abc import ABC, abstractmethod
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp

from tests.channels.agents import WAIT_S, Agent
from tests.channels.site import (
    META_HOST,
    OUR_MAIL,
    OUR_NUMBER,
    OUR_TWILIO_NUMBER,
    OUR_X,
    SECRETS,
    X_HOST,
    Floor,
    Got,
    Site,
)
from tests.fakes.social import INSTAGRAM, PAGE, messenger_callback, messenger_event, x_activity
from tests.fakes.twilio import ACCOUNT
from tests.gateways.support import until

PICTURE: Final = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
_numbers = itertools.count(random.randrange(10**5) * 1000)


class Customer(ABC):
    """Somebody with an address of his own. `kind` is the channel as agents see it."""

    kind: str
    brings_files = True
    floor: Floor
    address: str

    def __init__(self, site: Site) -> None:
        self.site, self.floor, self.number = site, site.floor, next(_numbers)

    @abstractmethod
    async def writes(self, text: str, file: bytes | None = None) -> int:
        """Write a message; returns what the provider was answered: 200, or 0 if there was no answer."""

    @abstractmethod
    def got(self) -> list[Got]:
        """Return what the provider took for him, in order."""

    async def gets(self, text: str) -> Got:
        """Wait for a message that has this in it; it has come once."""
        await until(lambda: any(text in each.text for each in self.got()), WAIT_S)
        (found,) = [each for each in self.got() if text in each.text]
        return found

    async def is_taken(self) -> tuple[Agent, str]:
        """Begin a talk with Sato; returns her and the contact's id."""
        sato = self.floor.sato
        seen = sato.seen
        assert await self.writes("こんにちは") == 200
        _, contact = await sato.takes(self.address, seen)
        return sato, str(contact["id"])

    async def again(self) -> None:
        """Let the provider bring once more what the hub took last."""
        raise NotImplementedError

    async def has_file(self, got: Got, content: bytes) -> bool:
        """Whether a message brought a file: as a part, or as a link that leads to it."""
        if got.files:
            return [each for _, each in got.files] == [content]
        link = got.text[got.text.index("http://") :].split()[0]
        async with aiohttp.ClientSession() as http, http.get(link) as answer:
            return answer.status == 200 and await answer.read() == content


class WebhookCustomer(Customer):
    """One whose provider calls the hub."""

    last: tuple[str, bytes, dict[str, str]]

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """Post to the hub as the provider; 0: it did not answer."""
        self.last = path, body, headers
        url = f"{self.floor.hub.url}/webhooks/{path}"
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WAIT_S)) as http,
                http.post(url, data=body, headers=headers) as answer,
            ):
                return answer.status
        except aiohttp.ClientError:
            return 0

    async def again(self) -> None:
        assert await self.post(*self.last) == 200


class TwilioCustomer(WebhookCustomer):
    """A phone whose SMS come by HTTP."""

    kind = "sms"

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.floor = site.twilio_floor
        self.address = f"+8180{self.number % 10**8:08d}"

    async def writes(self, text: str, file: bytes | None = None) -> int:
        form = {
            "MessageSid": f"SMin{next(_numbers)}",
            "From": self.address,
            "To": OUR_TWILIO_NUMBER,
            "Body": text,
        }
        if file is not None:
            name = f"picture-{next(_numbers)}"
            self.site.twilio.media[name] = file
            url = f"https://127.0.0.1:{self.site.fronts['twilio'].port}/media/{name}"
            form |= {"NumMedia": "1", "MediaUrl0": url, "MediaContentType0": "image/png"}
        return await self.form("sms", form)

    async def form(self, path: str, form: dict[str, str], signature: str | None = None) -> int:
        url = f"{self.floor.hub.url}/webhooks/{path}"
        signed = self.site.twilio.signature(url, form) if signature is None else signature
        headers = {"X-Twilio-Signature": signed, "Content-Type": "application/x-www-form-urlencoded"}
        return await self.post(path, urlencode(form).encode(), headers)

    async def receipt(self, got: Got, status: str) -> None:
        """Let the provider say how far a message came."""
        form = {
            "MessageSid": got.sent_as,
            "MessageStatus": status,
            "To": self.address,
            "From": OUR_TWILIO_NUMBER,
            "AccountSid": ACCOUNT,
        }
        assert await self.form("sms/status", form) == 200

    def got(self) -> list[Got]:
        taken = [each for each in self.site.twilio.taken if each["To"] == self.address]
        return [Got(each["Body"], each["sid"], raw=each) for each in taken]


class SmppCustomer(Customer):
    """A phone whose SMS come by a message centre."""

    kind = "sms"
    brings_files = False

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.address = f"+8190{self.number % 10**8:08d}"

    async def writes(self, text: str, file: bytes | None = None) -> int:
        coding = 0 if text.isascii() else 8
        return await self.deliver(message=text, data_coding=coding)

    async def deliver(self, **fields: Any) -> int:
        """Let the centre deliver something; returns 200 once the hub has taken it."""
        number, smsc = next(_numbers), self.site.smsc
        smsc.deliver(self.address[1:], destination=OUR_NUMBER[1:], number=number, **fields)
        await until(lambda: any(each.number == number for each in smsc.of("answered")), WAIT_S)
        answer = next(each for each in smsc.of("answered") if each.number == number)
        return 200 if answer.status == 0 else answer.status

    async def receipt(self, got: Got, status: str) -> None:
        dates = "submit date:2611261200 done date:2611261201"
        text = f"id:{got.sent_as} sub:001 dlvrd:001 {dates} stat:{status} err:000 text:"
        assert await self.deliver(message=text, esm_class=4) == 200

    def got(self) -> list[Got]:
        found, text = list[Got](), ""
        for each in self.site.smsc.of("submit"):
            if each.destination != self.address[1:] or each.how == "refuse":
                continue
            many, place = bytes.fromhex(each.udh[0])[-2:] if each.udh else (1, 1)
            text = text + each.text if place > 1 else each.text
            if place == many:
                found.append(Got(text, each.id, raw=each))
        return found


class MetaCustomer(WebhookCustomer):
    """Somebody on Messenger."""

    kind, network, callback = "social", "messenger", "page"

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.user = f"2{self.number:015d}"
        self.address = f"{self.network}:{PAGE}:{self.user}"

    async def writes(self, text: str, file: bytes | None = None) -> int:
        message: dict[str, Any] = {"mid": f"m-{next(_numbers)}"} | ({"text": text} if text else {})
        if file is not None:
            url = self.site.kept(META_HOST, file)
            message["attachments"] = [{"type": "image", "payload": {"url": url}}]
        return await self.does(message=message)

    async def does(self, signature: str | None = None, **what: Any) -> int:
        event = messenger_event(self.user, **what)
        return await self.signed(messenger_callback(event, kind=self.callback), signature)

    async def signed(self, body: bytes, signature: str | None = None) -> int:
        digest = hmac.digest(SECRETS["meta"].encode(), body, hashlib.sha256).hex()
        headers = {"X-Hub-Signature-256": signature or f"sha256={digest}", "Content-Type": "application/json"}
        return await self.post("social/meta", body, headers)

    def got(self) -> list[Got]:
        return self.site.shown_to(self.user)


class InstagramCustomer(MetaCustomer):
    """Somebody on Instagram."""

    network, callback = "instagram", "instagram"

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.user = f"{INSTAGRAM}{self.number:015d}"
        self.address = f"{self.network}:{PAGE}:{self.user}"


class XCustomer(WebhookCustomer):
    """Somebody on X."""

    kind = "social"

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.user = f"5{self.number:015d}"
        self.address = f"x:{OUR_X}:{self.user}"

    async def writes(self, text: str, file: bytes | None = None) -> int:
        media = "" if file is None else self.site.kept(X_HOST, file)
        number = str(next(_numbers))
        return await self.signed(x_activity(text, sender=self.user, ours=OUR_X, number=number, media=media))

    async def signed(self, body: bytes, signature: str | None = None) -> int:
        digest = base64.b64encode(hmac.digest(SECRETS["x"].encode(), body, hashlib.sha256)).decode()
        headers = {"x-twitter-webhooks-signature": signature or f"sha256={digest}"}
        return await self.post("social/x", body, headers)

    def got(self) -> list[Got]:
        return self.site.shown_to(self.user)


class MailCustomer(Customer):
    """Somebody with a mailbox. He answers the last mail that he has, or begins a thread."""

    kind = "email"

    def __init__(self, site: Site, name: str = "hanako") -> None:
        super().__init__(site)
        self.address = f"{name}@c{self.number}.test"
        self.last = b""

    async def writes(self, text: str, file: bytes | None = None, **head: str) -> int:
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"], mail["To"] = f"佐藤 <{self.address}>", OUR_MAIL
        mail["Message-ID"] = make_msgid(domain="customer.test")
        if mails := self.got():
            answered = mails[-1].raw
            mail["Subject"] = "Re: " + str(answered["Subject"])
            mail["In-Reply-To"] = str(answered["Message-ID"]).strip()
            mail["References"] = f"{answered.get('References', '')} {answered['Message-ID']}".strip()
        else:
            mail["Subject"] = "届きません"
        for word, value in head.items():
            name = word.replace("_", "-")
            del mail[name]
            if value:
                mail[name] = value
        mail.set_content(text)
        if file is not None:
            mail.add_attachment(file, maintype="image", subtype="png", filename="写真.png")
        await self.submits(mail.as_bytes())
        return 200

    async def begins(self, text: str) -> None:
        """Begin another thread, whatever there was before."""
        await MailCustomer.writes(self, text, Subject="新しい件", References="", In_Reply_To="")

    async def submits(self, raw: bytes, sender: str | None = None) -> None:
        """Hand a mail, whatever it is, to our mail server."""
        self.last = raw
        await asyncio.to_thread(self._submit, raw, self.address if sender is None else sender)

    def _submit(self, raw: bytes, sender: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.site.exim.port, timeout=WAIT_S) as smtp:
            smtp.sendmail(sender, [OUR_MAIL], raw)

    async def again(self) -> None:
        await self.submits(self.last)

    def got(self) -> list[Got]:
        assert self.site.exim.others is not None
        paths = sorted((self.site.exim.others / "new").iterdir(), key=lambda each: each.stat().st_mtime_ns)
        mails = [message_from_bytes(each.read_bytes(), policy=policy.default) for each in paths]
        return [_got(each) for each in mails if self.address in str(each["Envelope-To"])]


def _got(mail: EmailMessage) -> Got:
    body = mail.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    parts = mail.iter_attachments()
    files = tuple((each.get_filename() or "", bytes(each.get_payload(decode=True) or b"")) for each in parts)
    return Got(text, str(mail["Message-ID"]).strip(), files, mail)


class FormCustomer(MailCustomer):
    """Somebody who fills in a form, and goes on by mail once he was answered."""

    kind = "ticket"

    async def writes(self, text: str, file: bytes | None = None, **head: str) -> int:
        if self.got():
            return await super().writes(text, file, **head)
        return await self.fills_in(body=text, file=file)

    async def begins(self, text: str) -> None:
        assert await self.fills_in(body=text) == 200

    async def fills_in(self, *, file: bytes | None = None, **fields: str) -> int:
        """Send the form; returns the status."""
        values = {"name": "佐藤", "email": self.address, "topic": "other"} | fields
        form: Any = values
        if file is not None:
            form = aiohttp.FormData(values)
            form.add_field("photo", file, filename="写真.png", content_type="image/png")
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.post(f"{self.floor.hub.url}/webhooks/ticket/contact", data=form) as answer,
            ):
                return answer.status
        except aiohttp.ClientError:
            return 0


KINDS: Final[dict[str, type[Customer]]] = {
    "mail": MailCustomer,
    "form": FormCustomer,
    "smpp": SmppCustomer,
    "twilio": TwilioCustomer,
    "messenger": MetaCustomer,
    "instagram": InstagramCustomer,
    "x": XCustomer,
}


def compact(fields: object) -> bytes:
    """Return JSON as providers send it."""
    return json.dumps(fields, ensure_ascii=False).encode()
