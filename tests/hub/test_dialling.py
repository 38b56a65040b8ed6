"""Numbers as agents type them."""

import pytest

from hub.dialling import Dialled, Identity, dialled

MOBILE = "+819012345678"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("090-1234-5678", Dialled("+819012345678")),
        ("0312345678", Dialled("+81312345678")),
        ("+1 650 253 0000", Dialled("+16502530000")),
        ("0120-123-456", Dialled("+81120123456")),
        ("110", Dialled("110")),
        ("119", Dialled("119")),
        ("117", Dialled("117")),
        ("104", Dialled("104")),
        ("１１０", Dialled("110")),
        ("999", None),
        ("12", None),
        ("sato", None),
        ("", None),
        ("184-090-1234-5678", Dialled(MOBILE, Identity.WITHHELD)),
        ("18409012345678", Dialled(MOBILE, Identity.WITHHELD)),
        ("１８６０９０１２３４５６７８", Dialled(MOBILE, Identity.SHOWN)),
        ("184+819012345678", Dialled(MOBILE, Identity.WITHHELD)),
        ("184117", Dialled("117", Identity.WITHHELD)),
        ("010-1-212-555-0123", Dialled("+12125550123")),
        ("*21", Dialled("*21")),
        ("184", Dialled("184")),
    ],
)
def test_numbers_that_can_be_called(typed: str, expected: Dialled | None) -> None:
    assert dialled(typed, "JP") == expected
