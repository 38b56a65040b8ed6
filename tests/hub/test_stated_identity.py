"""Who calls, as a trunk's header says it: one value in a form that is known, or nobody."""

import pytest

from crm_bridge.identifiers import IdentifierKind
from hub.stated_identity import StatedIdentity, read_stated

USER = "U" + "0123456789abcdef" * 2
LINE = StatedIdentity(IdentifierKind.LINE, USER)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], ""),
        ([USER], LINE),
        ([f" {USER} "], LINE),
        ([f"<sip:{USER}@line.example>"], LINE),
        ([f'"山田" <sip:{USER}@line.example;user=x>;party=calling'], LINE),
        ([f"line:{USER}"], LINE),
        ([USER, USER], "several"),
        ([f"{USER}, {USER[::-1]}"], "malformed"),
        (["anonymous"], "withheld"),
        (["<sip:anonymous@anonymous.invalid>"], "withheld"),
        (["P"], "withheld"),
        ([USER.upper()], "malformed"),
        ([USER[:-1]], "malformed"),
        (["U" + "g" * 32], "malformed"),
        ([USER + "\x00"], "malformed"),
        (["<" * 4000], "malformed"),
        (["+819011112222"], "malformed"),
    ],
)
def test_a_line_user(values: list[str], found: StatedIdentity | str) -> None:
    assert read_stated(IdentifierKind.LINE, values) == found


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        (IdentifierKind.SOCIAL, "shop:1:2", "shop:1:2"),
        (IdentifierKind.EMAIL, "Hanako@Example.jp", "hanako@example.jp"),
    ],
)
def test_others(kind: IdentifierKind, value: str, found: str) -> None:
    assert read_stated(kind, [value]) == StatedIdentity(kind, found)
