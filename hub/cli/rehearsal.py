"""A whole call, typed: through the menus, on where they lead, and what is offered instead of waiting."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from acd.contact import Channel
from acd.ids import QueueName
from crm_bridge.knowledge import Knowledge
from hub.texts import spoken
from hub.triage import VIP, Situation, TriageRules, Way, offers
from ivr import session, walk
from ivr.actions import write_action
from ivr.caller import NOTHING, Question
from ivr.conditions import HasTag, IsOpen, PredictedWait
from ivr.flow import Deflect, Flow, Prompt, SectionName, ToCallback, ToQueue, Transfer
from ivr.intents.matcher import Matcher
from ivr.position import Outcome
from ivr.rehearsal import HungUp, ListedPhrases, Supposed, Terminal

_ONE_KEY: Final = Question(1, "", 4, 3)
_YES: Final = "1"


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """A caller who types. `failing` are channels that cannot be offered, or `transfer`, which finds no trunk.

    `queue` is the default one. What is not listed word for word is understood by `matcher`, as well as it has
    learnt by now; it learns first if `learns`.
    """

    flow: Flow
    supposed: Supposed
    terminal: Terminal
    write: Callable[[str], None]
    queue: QueueName
    caller: str
    failing: Collection[str]
    rules: TriageRules
    knowledge: Knowledge
    matcher: Matcher
    learns: bool
    today: Callable[[], date]
    came: list[str] = field(default_factory=list)

    async def walk(
        self, *, number: str, trunk: str, language: str | None, start: SectionName | None
    ) -> list[str]:
        """Let somebody walk; prints what is said and what comes of it, and returns what came, in order."""
        for choices in self.flow.choices():
            await (self.matcher.prepare(choices) if self.learns else self.matcher.recall(choices))
        outcome: Outcome | None = None
        try:
            while outcome is None or start is not None:
                outcome = await session.run(
                    self.flow,
                    self.terminal,
                    self.terminal,
                    dialled=number,
                    number=self.caller,
                    trunk=trunk,
                    language=outcome.language if outcome else language,
                    start=start,
                    before=outcome,
                    world=self.supposed,
                    understanding=ListedPhrases(self.matcher),
                    today=self.today,
                )
                self._tell(outcome)
                start = await self._goes_on(outcome)
        except HungUp:
            self._came("hung up")
        return self.came

    def _came(self, what: str) -> None:
        self.came.append(what)
        self.write(f"outcome: {what}")

    def _tell(self, outcome: Outcome) -> None:
        self.write("path: " + ", ".join(f"{item.menu} {item.digits or '-'}" for item in outcome.path))
        for name, value in outcome.variables.items():
            if value:
                words = f" ({words})" if (words := outcome.said.get(name)) else ""
                self.write(f"variable: {name} = {value}{words}")
        self._came(write_action(outcome.action))

    async def _goes_on(self, outcome: Outcome) -> SectionName | None:
        """Do what may fail; returns where the call goes on in the menus, None if it does not."""
        match outcome.action:
            case Deflect(channel=channel, sent=sent, failed=failed):
                if not self.caller or channel in self.failing:
                    self.write(f"({channel} cannot be offered{'' if self.caller else ': no --caller'})")
                    return failed
                if sent is None:
                    await self._say(spoken(f"{channel}_sent", outcome.language))
                return sent
            case ToCallback(failed=failed):
                return None if self.caller else failed
            case Transfer(failed=failed):
                return failed if "transfer" in self.failing else None
            case ToQueue(queue=queue):
                await self._triage(outcome, QueueName(queue))
        return None

    # --- instead of waiting ----------------------------------------------------------------------

    async def _triage(self, outcome: Outcome, queue: QueueName) -> None:
        """Offer what triage.conf says to a caller who begins to wait, or cannot."""
        if not self.rules.rules:
            return
        language, intent = outcome.language, walk.intent_said(self.flow, outcome.path)
        is_open, situation = await self._situation(intent, queue)
        answer = self.knowledge.for_intent(intent, language)
        withheld = "" if self.caller else "withheld"
        available = {
            Way(channel): withheld or ("not_served" if channel in self.failing else "")
            for channel in (Channel.LINE, Channel.SMS, Channel.CHAT, Channel.EMAIL)
        }
        available[Way.CALLBACK] = withheld if is_open else "refused"
        available[Way.FAQ] = "" if answer is not None else "no_answer"
        triage = offers(self.rules, situation, available)
        self.write(f"triage: {triage.explanation}")
        if not triage.offers:
            return
        asked = [] if is_open else [spoken("closed_but", language)]
        asked += [spoken(f"offer_{way}", language, key=key) for key, way in enumerate(triage.offers, start=1)]
        key = await self._ask(*asked, spoken("offer_stay" if is_open else "offer_end", language))
        if not key or key not in map(str, range(1, len(triage.offers) + 1)):
            return
        way = triage.offers[int(key) - 1]
        if way is Way.FAQ and answer is not None:
            read = Prompt(f"faq-{answer.name}", language, answer.spoken(language))
            if await self._ask(read, spoken("faq_helped", language)) != _YES:
                return
            await self._say(spoken("faq_done", language))
        else:
            await self._say(spoken("callback_arranged" if way is Way.CALLBACK else f"{way}_sent", language))
        self._came(str(way))

    async def _situation(self, intent: str, queue: QueueName) -> tuple[bool, Situation]:
        asked = (HasTag(VIP), PredictedWait(queue), IsOpen(queue))
        is_vip, wait_s, is_open = [await self.supposed.find_out(each) for each in asked]
        tags = (VIP,) if is_vip else ()
        situation = Situation(
            intent=intent,
            queue=queue,
            wait_s=wait_s,
            is_open=bool(is_open),
            customer_tags=tags if self.supposed.is_known else None,
        )
        return situation.is_open, situation

    async def _ask(self, *prompts: Prompt) -> str:
        return await self.terminal.play_and_collect(await self._paths(prompts), _ONE_KEY)

    async def _say(self, *prompts: Prompt) -> None:
        await self.terminal.play_and_collect(await self._paths(prompts), NOTHING)

    async def _paths(self, prompts: Collection[Prompt]) -> list[str]:
        return [str(await self.terminal.sound(each)) for each in prompts]
