"""Display names in the forms in which they come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.caller_name import caller_name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("佐藤 花子", "佐藤 花子"),
        (" Sato ", "Sato"),
        ("=?UTF-8?Q?=E4=BD=90=E8=97=A4?=", "佐藤"),
        ("=?utf-8?B?5L2Q6Jek?=", "佐藤"),
        ("=?ISO-2022-JP?B?GyRCOjRGIxsoQg==?=", "佐藤"),
        ("=?no-such-charset?Q?=E4?=", "=?no-such-charset?Q?=E4?="),
        ("=?UTF-8?B?!!?=", ""),
        ('\\"q\\"', "q"),
        ('"Sato \\"Hana\\" K"', 'Sato "Hana" K'),
        ("Anonymous", ""),
        ("anonymous", ""),
        ("Unknown", ""),
        ("", ""),
        ("a\x00b\r\nc\u202e", "abc"),
        ("あ" * 100, "あ" * 80),
    ],
)
def test_names(raw: str, shown: str) -> None:
    assert caller_name(raw) == shown


@given(st.text(max_size=60))
def test_whatever_comes_can_be_shown(raw: str) -> None:
    shown = caller_name(raw)
    assert shown.isprintable()
    assert len(shown) <= 80
