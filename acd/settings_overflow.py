"""Overflow: what becomes of a contact that has waited for long, from `acd.conf`.

overflow => 30,relax,billing          ; ask no longer for that skill; without a name, for none
overflow => 60,queue,sales            ; agents of another queue may have it too
overflow => 90,priority,2
overflow => 120,propose,callback      ; or a text channel to go on in
overflow => 300,goto,closed           ; a section of ivr.conf
overflow => 600,voicemail
overflow => 900,close,本日は終了しました。,We are closed for today.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from acd.actions import Diversion
from acd.contact import Channel
from acd.dialect import Entry, Section
from acd.fields import Fields, Mention
from acd.ids import QueueName
from acd.policy import CALLBACK, AddQueue, Divert, OverflowStep, Propose, RaisePriority, RelaxSkills

_WEEK_S: Final = 7 * 86_400
_WAYS: Final = (
    CALLBACK,
    *(each.value for each in Channel if not (each.is_live or each is Channel.VOICEMAIL)),
)


@dataclass(frozen=True, slots=True)
class PlacedStep:
    """A step, and the line that says it."""

    step: OverflowStep
    entry: Entry


@dataclass(frozen=True, slots=True)
class _Line:
    """One `overflow =>` line, taken apart; `own` is its queue, `queues` are all."""

    fields: Fields
    entry: Entry
    after_s: int
    rest: str
    own: str
    queues: Collection[str]

    def note(self, form: str) -> None:
        self.fields.note(
            self.entry, f"expected {self.entry.key} => seconds,{form}, found {self.entry.value!r}"
        )


def read_overflow(fields: Fields, section: Section, queues: Collection[str]) -> tuple[PlacedStep, ...]:
    """Read a queue's steps by time, those of the same time in the order of writing."""
    found = [_placed(fields, entry, section.name, queues) for entry in section.all("overflow")]
    steps = sorted((each for each in found if each), key=lambda each: each.step.after_s)
    _note_steps_after_the_end(fields, steps)
    return tuple(steps)


def note_cycles(fields: Fields, overflows: Mapping[QueueName, Sequence[PlacedStep]]) -> None:
    """Note each chain of `queue` steps that leads back to where it began, at the step that closes it."""
    done: set[QueueName] = set()

    def walk(queue: QueueName, trail: list[QueueName]) -> None:
        for target, entry in _targets(overflows.get(queue, ())):
            if target in trail:
                chain = " -> ".join((*trail[trail.index(target) :], target))
                fields.note(entry, f"expected overflow that ends, found queues in a circle: {chain}")
            elif target not in done:
                walk(target, [*trail, target])
        done.add(queue)

    for queue in overflows:
        if queue not in done:
            walk(queue, [queue])


def _targets(steps: Sequence[PlacedStep]) -> Iterator[tuple[QueueName, Entry]]:
    return ((each.step.queue, each.entry) for each in steps if isinstance(each.step, AddQueue))


def _note_steps_after_the_end(fields: Fields, steps: Sequence[PlacedStep]) -> None:
    ends = (at for at, each in enumerate(steps) if isinstance(each.step, Divert))
    end = next(ends, len(steps))
    for each in steps[end + 1 :]:
        place = steps[end].entry
        fields.note(
            each.entry,
            f"expected nothing after goto, voicemail or close, which stands in line {place.line}"
            f" at {steps[end].step.after_s} s: the contact is gone then",
        )


def _placed(fields: Fields, entry: Entry, own: str, queues: Collection[str]) -> PlacedStep | None:
    after, kind, rest = ([part.strip() for part in entry.value.split(",", 2)] + ["", ""])[:3]
    if not after or not kind:
        fields.note(
            entry, f"expected {entry.key} => seconds,kind[,...], found {entry.value!r}; kinds: {_KINDS}"
        )
        return None
    if kind not in _READERS:
        fields.note(entry, f"expected one of {_KINDS}, found {kind!r}")
        return None
    after_s = fields.within(entry, after, 0, _WEEK_S, f"{entry.key} => seconds")
    step = _READERS[kind](_Line(fields, entry, after_s, rest, own, queues))
    return PlacedStep(step, entry) if step else None


def _relax(line: _Line) -> RelaxSkills:
    return RelaxSkills(after_s=line.after_s, skill=line.rest)


def _queue(line: _Line) -> AddQueue | None:
    if line.rest == line.own:
        line.fields.note(line.entry, f"expected another queue, found {line.own!r} itself")
        return None
    found = line.fields.one_of(line.entry, line.rest, tuple(line.queues))
    return AddQueue(after_s=line.after_s, queue=QueueName(found)) if found else None


def _priority(line: _Line) -> RaisePriority:
    by = line.fields.within(line.entry, line.rest, 1, 100, "a priority to add")
    return RaisePriority(after_s=line.after_s, by=by)


def _propose(line: _Line) -> Propose | None:
    found = line.fields.one_of(line.entry, line.rest, _WAYS)
    return Propose(after_s=line.after_s, way=found) if found else None


def _goto(line: _Line) -> Divert | None:
    if not line.rest:
        line.note("goto,<section of ivr.conf>")
        return None
    line.fields.menus.append(Mention(line.rest, line.entry))
    return Divert(after_s=line.after_s, to=Diversion.SECTION, section=line.rest)


def _voicemail(line: _Line) -> Divert | None:
    if line.rest:
        line.note("voicemail")
        return None
    return Divert(after_s=line.after_s, to=Diversion.VOICEMAIL)


def _close(line: _Line) -> Divert | None:
    ja, _, en = (part.strip() for part in line.rest.partition(","))
    if not ja or not en:
        line.note("close,Japanese,English")
        return None
    return Divert(after_s=line.after_s, to=Diversion.CLOSE, ja=ja, en=en)


_READERS: Final[dict[str, Callable[[_Line], OverflowStep | None]]] = {
    "relax": _relax,
    "queue": _queue,
    "priority": _priority,
    "propose": _propose,
    "goto": _goto,
    "voicemail": _voicemail,
    "close": _close,
}
_KINDS: Final = ", ".join(_READERS)
