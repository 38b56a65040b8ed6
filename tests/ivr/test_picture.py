"""A flow as a picture: every way is in it, and nothing that is written in a flow breaks the drawing."""

import re
from pathlib import Path

import pytest

from ivr.flow import Flow
from ivr.load import load
from ivr.picture import Format, Shape, draw, graph_of
from tests.ivr.complete import FLOW, SHOP
from tests.ivr.flows import QUEUES, flow_of


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    (tmp_path / "ivr-hooks").mkdir()
    (tmp_path / "ivr-hooks" / "shop.py").write_text(SHOP, encoding="utf-8")
    return flow_of(tmp_path, FLOW)


def test_every_section_number_and_way_is_in_the_graph(flow: Flow) -> None:
    graph = graph_of(flow)
    names = {node.label.split("\n")[0]: node for node in graph.nodes}
    assert {*flow.sections, "_.", "0311110000"} <= set(names)
    assert {node.shape for node in graph.nodes} == set(Shape)
    ids = {node.id for node in graph.nodes}
    assert len(ids) == len(graph.nodes)
    assert all({edge.source, edge.target} <= ids for edge in graph.edges)
    ways = {(edge.source, edge.label): edge.target for edge in graph.edges}
    assert ways[names["arrival"].id, "tag vip"] == names["queue,support,priority=100"].id
    assert ways[names["main"].id, "2 ご購入"] == names["queue,sales"].id
    assert ways[names["main"].id, "intent billing"] == names["queue,support,priority=3"].id
    assert ways[names["offer"].id, "1 failed"] == names["main"].id
    assert ways[names["status"].id, "on_failure"] == names["birth"].id


def test_who_does_nothing_goes_along_dashed_lines(flow: Flow) -> None:
    silent = {edge.label for edge in graph_of(flow).edges if edge.is_silent}
    assert {"on_timeout", "else", "known"} & silent == {"on_timeout", "else"}
    assert "1 failed" not in silent


def test_both_languages_have_all_nodes_and_edges(flow: Flow) -> None:
    graph = graph_of(flow)
    drawn = draw(flow, Format.MERMAID)
    assert drawn.startswith("flowchart TD\n")
    assert len(re.findall(r"^  \w+ (?:-->|-\.->)", drawn, re.MULTILINE)) == len(graph.edges)
    drawn = draw(flow, Format.DOT)
    assert drawn.count(" -> ") == len(graph.edges)
    assert drawn.count(" [shape=") == len(graph.nodes)


@pytest.mark.parametrize("format_", list(Format))
def test_what_means_something_to_a_drawing_program_is_escaped(tmp_path: Path, format_: Format) -> None:
    text = """
        [main]
        prompt[ja] => "]; x -> y | {caller} \\\\
        prompt[en] => x
        key => 1,queue,support
        on_timeout => queue,support
    """
    (line,) = (each for each in draw(flow_of(tmp_path, text), format_).splitlines() if "main" in each)
    quoted = re.sub(r'\\\\|\\"', "", line)
    assert quoted.count('"') == 2


def test_the_shipped_menus_can_be_drawn() -> None:
    config_dir = Path(__file__).parents[2] / "asterisk-config"
    assert "welcome" in draw(load(config_dir, QUEUES), Format.MERMAID)
