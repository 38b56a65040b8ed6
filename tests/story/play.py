"""The story that Toritsugi is about, played with real SIP, RTP and HTTP against a running hub.

Sato serves a customer on LINE; the customer's number becomes known through the menu's one-time link;
the customer calls and reaches Sato, who sees everything before her phone rings; meanwhile a stranger
waits and reaches Tanaka.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from acd.ids import ContactId
from cti.softphone import (
    AccountSettings,
    CallState,
    MediaState,
    PhoneCall,
    RegistrationFailed,
    Softphone,
    SoftphoneEngine,
)
from hub.recordings.catalogue import Filter
from hub.recordings.outside import archive
from hub.settings import RecordingSettings
from tests.fakes.providers import ProviderSimulator
from tests.story.desktop import Desktop, Event
from tests.support.tones import read_wav, split_wav, tone_share, write_tone

CUSTOMER_HZ, AGENT_HZ = 440.0, 1000.0
_HEARD = 0.5
_READ_S = 0.1
"""How much later than the phone's the page's news may be read here: one loop reads both."""
"""Share of the power that a tone must have to count as heard."""

Figures = dict[str, float | int | str | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the story is played. `passwords` maps an agent to desktop and phone password.

    `recordings` are those of the hub; `folder` takes sounds and what was heard;
    `trunk_address` is where the carrier's calls come from.
    """

    hub_url: str
    sip_host: str
    sip_port: int
    passwords: dict[str, tuple[str, str]]
    recordings: RecordingSettings
    folder: Path
    simulator: ProviderSimulator
    trunk_address: str = "127.0.0.2"
    dialled: str = "0312345678"
    line_user: str = "U" + "0123456789abcdef" * 2
    customer_number: str = "09012345678"
    stranger_number: str = "0611112222"


@dataclass(frozen=True, slots=True)
class Step:
    """One step that was played: its name, what happened in plain words, and its figures."""

    name: str
    ja: str
    en: str
    figures: Figures = field(default_factory=dict)


class StoryFailed(Exception):
    """A step did not go as the story goes; the message says what was expected."""


class Story:
    """The players and what they remember from one step to the next."""

    def __init__(self, stage: Stage, stack: AsyncExitStack) -> None:
        self.stage, self._stack = stage, stack
        self.thread = self.customer = self.call = ""
        self.sato: Desktop
        self.tanaka: Desktop
        self.sato_phone: Softphone
        self.tanaka_phone: Softphone
        self.engine: SoftphoneEngine
        self.customer_call: PhoneCall
        self.sato_call: PhoneCall
        self.stranger_call: PhoneCall

    @property
    def steps(self) -> list[tuple[str, Callable[[], Awaitable[Step]]]]:
        return [
            ("sign_in", self.sign_in),
            ("line_message", self.line_message),
            ("line_link", self.line_link),
            ("same_agent", self.same_agent),
            ("stranger", self.stranger),
            ("wrap_up", self.wrap_up),
        ]

    # --- 1 -------------------------------------------------------------------------------------

    async def sign_in(self) -> Step:
        began = _clock()
        self.engine = await self._stack.enter_async_context(SoftphoneEngine())
        self.sato, self.sato_phone = await self._agent("sato")
        self.tanaka, self.tanaka_phone = await self._agent("tanaka")
        for desktop in (self.sato, self.tanaka):
            await _tidy(desktop)
        await self.tanaka.command("set_presence", presence="not_ready", reason="lunch")
        await self.sato.command("set_presence", presence="available")
        return Step(
            "sign_in",
            "佐藤さんがサインインし、ソフトフォンがダイジェスト認証で登録されました。",
            "Sato signed in; her softphone registered with digest authentication.",
            {"ms": _ms(began)},
        )

    async def _agent(self, agent: str) -> tuple[Desktop, Softphone]:
        password, sip_password = self.stage.passwords[agent]
        desktop = await self._stack.enter_async_context(Desktop(self.stage.hub_url, agent, password))
        phone = await self.engine.account(
            AccountSettings(
                user=agent,
                domain=self.stage.sip_host,
                password=sip_password,
                registrar=f"sip:{self.stage.sip_host}:{self.stage.sip_port}",
            )
        )
        await registered(phone)
        return desktop, phone

    # --- 2 -------------------------------------------------------------------------------------

    async def line_message(self) -> Step:
        began = _clock()
        simulator, user = self.stage.simulator, self.stage.line_user
        simulator.line.names[user] = "鈴木 花子"
        seen = len(self.sato.events)
        status = await simulator.say(user, "注文した商品が届きません")
        _expect(status == 200, f"the webhook to be answered 200, not {status}")
        offer = await self.sato.wait("offer", lambda event: event["channel"] == "line", after=seen)
        offered_ms = _ms(began)
        self.thread = offer["contact"]
        await self.sato.command("accept", offer=offer["offer"])
        contact = await self.sato.wait("contact", self._is_thread, after=seen)
        _expect("届きません" in contact["messages"][-1]["text"], "the message in the thread")
        self.customer = contact["customer"]
        answer = "お調べします。少々お待ちください。"
        await self.sato.command("send", contact=self.thread, message=f"{self.thread}-1", text=answer)
        shown = await simulator.wait_for_message(user, lambda message: message.text == answer)
        return Step(
            "line_message",
            "お客様がLINEで書き、キュー support に入り、佐藤さんが受けて返信しました。",
            "A customer wrote on LINE; the contact waited in queue support; Sato took it and answered.",
            {"offered_ms": offered_ms, "how": shown.how, "queue": offer["queue"]},
        )

    # --- 3 -------------------------------------------------------------------------------------

    async def line_link(self) -> Step:
        simulator, number = self.stage.simulator, "+81" + self.stage.customer_number[1:]
        call, heard = await self._dial(self.stage.customer_number, "menu")
        await call.wait(CallState.ANSWERED, 20)
        await asyncio.sleep(2.0)  # let some of the menu be heard before the key cuts it short
        await call.dtmf("3")
        sms = await simulator.wait_for_message(number, lambda message: "LINE" in message.text)
        await call.wait(CallState.ENDED, 40)
        await call.record(None)
        loudness = _loudness(heard)
        _expect(loudness > 0.003, f"the Japanese menu to be heard, loudness was {loudness:.4f}")
        seen = len(self.sato.events)
        await simulator.say(self.stage.line_user, line_text(sms.text))
        linked = await simulator.wait_for_message(
            self.stage.line_user, lambda message: "連携が完了" in message.text
        )
        await self.sato.wait("message", lambda event: event["contact"] == self.thread, after=seen)
        return Step(
            "line_link",
            "知らない番号からの電話がメニューで3を押し、SMSの連携リンクで番号とLINEが結ばれました。",
            "An unknown number pressed 3 in the Japanese menu; the link in the SMS tied it to the LINE user.",
            {"menu_loudness": round(loudness, 4), "how": linked.how},
        )

    # --- 4 -------------------------------------------------------------------------------------

    async def same_agent(self) -> Step:
        seen, began = len(self.sato.events), _clock()
        self.customer_call, _ = await self._dial(self.stage.customer_number, "customer", CUSTOMER_HZ)
        await self.customer_call.wait(CallState.ANSWERED, 20)
        await self.customer_call.dtmf("1")
        ringing = asyncio.create_task(self._ringing(self.sato_phone))
        popped_at, pop = await self.sato.wait_timed(
            "screen_pop", lambda event: event["channel"] == "voice", after=seen
        )
        rang_at, self.sato_call = await ringing
        self._check_pop(pop)
        _expect(popped_at <= rang_at + _READ_S, "the screen pop before the phone rings")
        self.call = pop["contact"]
        heard_by_sato = self.stage.folder / "sato.wav"
        await self.sato_call.answer()
        await self._speak(self.sato_call, AGENT_HZ, heard_by_sato)
        await self.sato.wait("contact", lambda event: event["id"] == self.call, after=seen)
        await asyncio.sleep(2.0)
        return Step(
            "same_agent",
            "同じお客様の電話が、LINE対応中の佐藤さんに届きました。電話が鳴る前に顧客情報が表示されました。",
            "The same customer's call reached Sato, whose LINE thread is open; the pop came before the ring.",
            {
                "call_to_ring_ms": round((rang_at - began) * 1000),
                "pop_before_ring_ms": round((rang_at - popped_at) * 1000, 1),
                "journey_items": len(pop["journey"]),
            },
        )

    def _check_pop(self, pop: Event) -> None:
        _expect(pop["customer"] is not None, "the caller to be recognised")
        _expect(pop["customer"]["id"] == self.customer, "the call's customer to be the thread's")
        kinds = {identifier["kind"] for identifier in pop["identifiers"]}
        _expect(kinds >= {"line", "phone"}, f"identifiers line and phone, not {kinds}")
        threads = [thread["id"] for thread in pop["open_threads"]]
        _expect(self.thread in threads, "the open thread in the screen pop")
        kinds = {item["kind"] for item in pop["journey"]}
        _expect(
            kinds >= {"message_in", "message_out", "identifier_linked"}, f"the whole journey, not {kinds}"
        )

    # --- 5 -------------------------------------------------------------------------------------

    async def stranger(self) -> Step:
        self.stranger_call, heard = await self._dial(self.stage.stranger_number, "stranger")
        await self.stranger_call.wait(CallState.ANSWERED, 20)
        await self.stranger_call.dtmf("1")
        began = _clock()
        await asyncio.sleep(3.0)
        _expect(not self.sato_phone.calls[1:], "Sato's phone to stay quiet while she talks")
        await self.tanaka.command("set_presence", presence="available")
        seen = len(self.tanaka.events)
        tanaka_call = await self.tanaka_phone.next_call(10)
        await self.tanaka.wait("screen_pop", after=0)
        await tanaka_call.answer()
        waited_ms = _ms(began)
        await self.tanaka.wait("contact", lambda event: event["state"] == "connected", after=seen)
        await self.stranger_call.record(None)
        music = _loudness(heard)
        _expect(music > 0.003, f"music while waiting, loudness was {music:.4f}")
        await self.stranger_call.hang_up()
        await tanaka_call.wait(CallState.ENDED, 20)
        ended = await self.tanaka.wait("contact", lambda event: event["state"] == "wrap_up", after=seen)
        await self.tanaka.command("wrap_up", contact=ended["id"], disposition="other")
        return Step(
            "stranger",
            "その間、別のお客様は音楽を聞いて待ち、田中さんにつながりました。",
            "Meanwhile a stranger waited with music and was connected to Tanaka.",
            {"waited_ms": waited_ms, "music_loudness": round(music, 4)},
        )

    # --- 6 -------------------------------------------------------------------------------------

    async def wrap_up(self) -> Step:
        seen = len(self.sato.events)
        await self.customer_call.hang_up()
        await self.sato_call.wait(CallState.ENDED, 20)
        await self.sato.wait(
            "contact", lambda event: event["id"] == self.call and event["state"] == "wrap_up", after=seen
        )
        await self.customer_call.record(None)
        await self.sato_call.record(None)
        figures = await self._heard()
        await self.sato.command("wrap_up", contact=self.call, disposition="resolved", note="再送を手配")
        await self.sato.wait(
            "contact", lambda event: event["id"] == self.call and event["state"] == "ended", after=seen
        )
        await _close(self.sato, self.thread)
        journey = await self._journey()
        channels = [item["channel"] for item in journey if item["kind"] == "contact_started"]
        _expect({"line", "voice"} <= set(channels), f"LINE and phone in one timeline, not {channels}")
        times = [item["at_ms"] for item in journey]
        _expect(times == sorted(times), "the timeline in the order of time")
        return Step(
            "wrap_up",
            "通話が終わり、後処理で結果を記録。LINEと電話が一つの履歴に並びました。",
            "Hang-up, wrap-up with a disposition; LINE and phone stand in one timeline.",
            {"journey_items": len(journey), **figures},
        )

    async def _journey(self) -> list[Event]:
        """Return the customer's timeline once the disposition stands in it."""
        async with asyncio.timeout(20):
            while True:
                journey: list[Event] = (await self.sato.get(f"/customers/{self.customer}/journey"))["items"]
                if any(item["kind"] == "disposition" for item in journey):
                    return journey
                await asyncio.sleep(0.05)

    async def _heard(self) -> Figures:
        """Measure that each side was heard by the other, and that both are in the recording."""
        folder = self.stage.folder
        customer, agent = await self._recorded(folder)
        shares = {
            "customer_heard_agent": tone_share(folder / "customer.wav", AGENT_HZ, skip_s=1),
            "agent_heard_customer": tone_share(folder / "sato.wav", CUSTOMER_HZ),
            "recorded_customer": tone_share(customer, CUSTOMER_HZ),
            "recorded_agent": tone_share(agent, AGENT_HZ),
        }
        for name, share in shares.items():
            _expect(share > _HEARD, f"{name} above {_HEARD}, found {share:.2f}")
        return {name: round(share, 2) for name, share in shares.items()}

    async def _recorded(self, folder: Path) -> list[Path]:
        """Wait until the recording is stored, and return both sides of it."""
        async with archive(self.stage.recordings) as stored, asyncio.timeout(20):
            which = Filter(contact=ContactId(self.call))
            while not (found := await stored.catalogue.find(which)):  # noqa: ASYNC110 - the hub stores it
                await asyncio.sleep(0.05)
            await stored.export(found[0], folder / "recorded.wav")
        return split_wav(folder / "recorded.wav")

    # --- players -------------------------------------------------------------------------------

    async def _dial(self, number: str, name: str, hz: float | None = None) -> tuple[PhoneCall, Path]:
        """Call in on the trunk from a number; what the caller hears goes to a file."""
        stage = self.stage
        phone = await self.engine.account(
            AccountSettings(user=number, domain=stage.trunk_address, bound_address=stage.trunk_address)
        )
        call = await phone.call(f"sip:{stage.dialled}@{stage.sip_host}:{stage.sip_port}")
        heard = stage.folder / f"{name}.wav"
        await call.wait(CallState.ANSWERED, 20)
        await self._speak(call, hz, heard)
        return call, heard

    async def _speak(self, call: PhoneCall, hz: float | None, heard: Path) -> None:
        await call.wait_media(MediaState.ACTIVE, 20)  # what is played before is heard by nobody
        await call.record(heard)
        if hz is not None:
            await call.play(write_tone(self.stage.folder / f"{heard.stem}-says.wav", hz))

    @staticmethod
    async def _ringing(phone: Softphone) -> tuple[float, PhoneCall]:
        call = await phone.next_call(15)
        return _clock(), call

    def _is_thread(self, event: Event) -> bool:
        return bool(event["id"] == self.thread and event["state"] == "connected")


async def play(stage: Stage) -> AsyncIterator[Step]:
    """Play all steps in order, yielding each as it ends; raises what went wrong."""
    async with AsyncExitStack() as stack:
        story = Story(stage, stack)
        for _, step in story.steps:
            yield await step()


def line_text(sms: str) -> str:
    """Return what a customer sends who opens the link of the SMS: the text that it carries."""
    return unquote(sms.rpartition("?")[2]) if "?" in sms else sms.rpartition("。 ")[2]


async def _tidy(desktop: Desktop) -> None:
    """Close what an earlier play that broke off left with an agent."""
    for contact in (await desktop.wait("welcome"))["contacts"]:
        if contact["state"] == "connected":
            await _close(desktop, contact["id"])
        else:
            await desktop.command("wrap_up", contact=contact["id"], disposition="other")


async def _close(desktop: Desktop, contact: str) -> None:
    """Close a contact and wrap it up."""
    seen = len(desktop.events)
    await desktop.command("hang_up", contact=contact)
    await desktop.wait(
        "contact", lambda event: event["id"] == contact and event["state"] == "wrap_up", after=seen
    )
    await desktop.command("wrap_up", contact=contact, disposition="resolved")


async def registered(phone: Softphone) -> None:
    """Wait until Asterisk takes the phone; an account that was just made takes a moment."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await phone.registered()
            except RegistrationFailed:
                await asyncio.sleep(0.5)
                with suppress(RegistrationFailed):
                    await phone.register()


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise StoryFailed(f"expected {what}")


def _loudness(path: Path) -> float:
    """Return the root mean square of a WAV file, full scale 1.0."""
    _, samples = read_wav(path)
    return float((samples**2).mean() ** 0.5) if len(samples) else 0.0


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _ms(began: float) -> int:
    return round((_clock() - began) * 1000)
