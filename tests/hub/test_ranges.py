"""Which bytes a request asks for (RFC 9110 §14)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.http.ranges import Stretch, Unsatisfiable, wanted

ETAG = '"abc"'


@given(st.integers(1, 10_000), st.data())
def test_a_part_is_within_the_whole(size: int, draw: st.DataObject) -> None:
    first = draw.draw(st.integers(0, size - 1))
    last = draw.draw(st.integers(first, 3 * size))
    part = wanted(f"bytes={first}-{last}", None, ETAG, size)
    assert part == Stretch(first, min(last, size - 1), size)
    assert wanted(f"bytes={first}-", None, ETAG, size) == Stretch(first, size - 1, size)
    length = draw.draw(st.integers(1, 3 * size))
    suffix = wanted(f"bytes=-{length}", None, ETAG, size)
    assert suffix is not None
    assert (suffix.length, suffix.last) == (min(length, size), size - 1)


@pytest.mark.parametrize("text", ["bytes=100-", "bytes=100-200", "bytes=-0", "Bytes = 4000 - 5000"])
def test_what_is_not_there_is_said(text: str) -> None:
    with pytest.raises(Unsatisfiable):
        wanted(text, None, ETAG, 100)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-4",
        "bytes=a-b",
        "items=0-5",
        "bytes=0-1,5-6",
        "bytes=0-" + "9" * 40,
        "bytes=١-٢",
    ],
)
def test_what_cannot_be_made_out_means_the_whole(text: str | None) -> None:
    assert wanted(text, None, ETAG, 100) is None


def test_a_part_of_something_else_means_the_whole() -> None:
    assert wanted("bytes=0-5", ETAG, ETAG, 100) is not None
    for other in ('"xyz"', 'W/"abc"', "Thu, 26 Nov 2026 07:00:00 GMT"):
        assert wanted("bytes=0-5", other, ETAG, 100) is None


@given(st.text(max_size=30))
def test_no_header_breaks_it(text: str) -> None:
    try:
        part = wanted(f"bytes={text}", None, ETAG, 100)
    except Unsatisfiable:
        return
    assert part is None or 0 <= part.first <= part.last < 100
