"""The menu that calls of the bench speak into."""

from pathlib import Path

from bench.speech_calls import menu_of
from ivr.intents.load import load_intents

_SHIPPED = load_intents(Path(__file__).parents[2] / "asterisk-config")


def test_all_shipped_intents_may_be_said_in_the_menu_that_is_timed(tmp_path: Path) -> None:
    (choices,) = menu_of(tmp_path, _SHIPPED).choices()
    assert dict(choices.phrases) == dict(_SHIPPED.choices("ja").phrases)
    assert not choices.listed
