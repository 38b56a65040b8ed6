"""A flow as a picture: one graph, drawn in the languages of Mermaid and Graphviz."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ivr.actions import write_action
from ivr.flow import (
    Action,
    CallHook,
    Decide,
    Decision,
    Deflect,
    DigitsEntry,
    EnterMenu,
    FillForm,
    Flow,
    FormSection,
    Hook,
    Menu,
    Message,
    Repeat,
    Say,
    Section,
    SectionName,
    SwitchLanguage,
    ToCallback,
    Transfer,
)
from ivr.hearing import ChoiceId

_WORDS_MAX: Final = 30


class Shape(StrEnum):
    """What a node stands for."""

    NUMBER = "number"
    MENU = "menu"
    DIGITS = "digits"
    MESSAGE = "message"
    DECISION = "decision"
    HOOK = "hook"
    FORM = "form"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Node:
    """`id` is unique and a word; `label` may have several lines."""

    id: str
    shape: Shape
    label: str


@dataclass(frozen=True, slots=True)
class Edge:
    """From a node to another, by their ids; `is_silent`: without the caller doing anything."""

    source: str
    target: str
    label: str
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


class Format(StrEnum):
    """Languages in which a picture can be had."""

    MERMAID = "mermaid"
    DOT = "dot"


def draw(flow: Flow, format_: Format) -> str:
    """Return a flow's picture."""
    graph = graph_of(flow)
    return mermaid(graph) if format_ is Format.MERMAID else dot(graph)


def graph_of(flow: Flow) -> Graph:
    """Return where calls begin, every section, and where they leave; `repeat` is left out."""
    ids = {name: f"s{count}" for count, name in enumerate(flow.sections)}
    nodes = [
        Node(ids[name], _SHAPES[type(section)], _label(flow, section))
        for name, section in flow.sections.items()
    ]
    edges: list[Edge] = []
    for count, number in enumerate(flow.numbers):
        by = f"@{number.trunk}" if number.trunk else ""
        language = f" ({number.language})" if number.language else ""
        nodes.append(Node(f"n{count}", Shape.NUMBER, f"{number.pattern.text}{by}{language}"))
        edges.append(Edge(f"n{count}", ids[number.section], "", is_silent=True))
    exits: dict[str, str] = {}
    for name, section in flow.sections.items():
        for label, action, is_silent in ways(section):
            for target, more in _targets(action, name, ids, exits):
                edges.append(Edge(ids[name], target, " ".join(filter(None, (label, more))), is_silent))
    nodes += [Node(id_, Shape.EXIT, text) for text, id_ in exits.items()]
    return Graph(tuple(nodes), tuple(dict.fromkeys(edges)))


def ways(section: Section) -> Iterator[tuple[str, Action, bool]]:
    """Yield all that a section may lead to: by what, which action, and whether nobody has to do anything."""
    match section:
        case Message(then=then):
            yield "", then, True
        case Decision():
            for condition, action in section.branches:
                yield condition.text, action, True
            yield "else", section.otherwise, True
        case Hook():
            for answer, action in section.answers.items():
                yield answer, action, True
            yield "then", section.then, True
            yield "on_failure", section.on_failure, True
        case FormSection():
            for key, action in section.keys.items():
                yield key, action, False
            yield "then", section.then, False
            yield "on_failure", section.on_failure, True
        case Menu() | DigitsEntry():
            yield from _asked(section)


def _asked(section: Menu | DigitsEntry) -> Iterator[tuple[str, Action, bool]]:
    for key, action in section.keys.items():
        yield " ".join((key, *_phrases(section, key))), action, False
    if isinstance(section, Menu):
        for intent, action in section.spoken.intents.items():
            yield f"intent {intent}", action, False
        if section.spoken.question is not None:
            yield "faq", section.spoken.question, False
    else:
        yield "then", section.then, False
        if section.proof is not None:
            yield "on_refused", section.on_refused, False
    patience = section.patience
    yield "on_timeout", patience.on_timeout, True
    if patience.on_invalid != patience.on_timeout:
        yield "on_invalid", patience.on_invalid, False


def _phrases(section: Menu | DigitsEntry, key: str) -> Iterator[str]:
    """Yield the first phrase of a key, in the first language that has one."""
    if isinstance(section, Menu):
        for phrases in section.spoken.phrases.values():
            if said := phrases.get(ChoiceId(key)):
                yield said[0]
                return


def _targets(
    action: Action, here: SectionName, ids: dict[SectionName, str], exits: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the nodes that an action leads to, with what is to be said of the way beside its own label."""
    match action:
        case EnterMenu(section) | Say(section) | Decide(section) | CallHook(section) | FillForm(section):
            yield ids[section], ""
            return
        case Repeat():
            return
        case SwitchLanguage(language, section):
            yield ids[section or here], f"language,{language}"
            return
        case _:
            text = write_action(action)
            yield exits.setdefault(text, f"x{len(exits)}"), ""
    match action:
        case Deflect(sent=sent, failed=failed):
            if sent is not None:
                yield ids[sent], "sent"
            yield ids[failed], "failed"
        case ToCallback(failed=failed) | Transfer(failed=failed):
            yield ids[failed], "failed"


def _label(flow: Flow, section: Section) -> str:
    prompt = section.prompt.get(flow.languages[0])
    words = (prompt.text or f"file:{prompt.name}") if prompt else ""
    short = words if len(words) <= _WORDS_MAX else words[: _WORDS_MAX - 1] + "…"
    slots = ", ".join(slot.name for slot in section.form.slots) if isinstance(section, FormSection) else ""
    return "\n".join(filter(None, (section.name, short, slots)))


_SHAPES: Final[dict[type, Shape]] = {
    Menu: Shape.MENU,
    DigitsEntry: Shape.DIGITS,
    Message: Shape.MESSAGE,
    Decision: Shape.DECISION,
    Hook: Shape.HOOK,
    FormSection: Shape.FORM,
}

# --- languages -------------------------------------------------------------------------------------

_MERMAID: Final = {
    Shape.NUMBER: (">", "]"),
    Shape.MENU: ("[", "]"),
    Shape.DIGITS: ("[/", "/]"),
    Shape.MESSAGE: ("(", ")"),
    Shape.DECISION: ("{", "}"),
    Shape.HOOK: ("{{", "}}"),
    Shape.FORM: ("[[", "]]"),
    Shape.EXIT: ("([", "])"),
}
_DOT: Final = {
    Shape.NUMBER: "cds",
    Shape.MENU: "box",
    Shape.DIGITS: "parallelogram",
    Shape.MESSAGE: "note",
    Shape.DECISION: "diamond",
    Shape.HOOK: "hexagon",
    Shape.FORM: "tab",
    Shape.EXIT: "oval",
}


def mermaid(graph: Graph) -> str:
    """Draw for Mermaid (a flowchart)."""
    lines = ["flowchart TD"]
    for node in graph.nodes:
        opens, closes = _MERMAID[node.shape]
        lines.append(f'  {node.id}{opens}"{_for_mermaid(node.label)}"{closes}')
    for edge in graph.edges:
        arrow = "-.->" if edge.is_silent else "-->"
        label = f'|"{_for_mermaid(edge.label)}"|' if edge.label else ""
        lines.append(f"  {edge.source} {arrow}{label} {edge.target}")
    return "\n".join(lines) + "\n"


def dot(graph: Graph) -> str:
    """Draw for Graphviz (`dot -Tsvg`)."""
    lines = ["digraph ivr {", '  node [fontname="sans-serif"];', '  edge [fontname="sans-serif"];']
    lines += [
        f'  {node.id} [shape={_DOT[node.shape]}, label="{_for_dot(node.label)}"];' for node in graph.nodes
    ]
    for edge in graph.edges:
        style = ", style=dashed" if edge.is_silent else ""
        lines.append(f'  {edge.source} -> {edge.target} [label="{_for_dot(edge.label)}"{style}];')
    return "\n".join([*lines, "}"]) + "\n"


def _for_mermaid(text: str) -> str:
    """Write a text so that nothing in it means anything: entities by their numbers, with # for &."""
    escaped = "".join(f"#{ord(sign)};" if sign in '"#&<>;`|[]{}()' else sign for sign in text)
    return escaped.replace("\n", "<br>")


def _for_dot(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
