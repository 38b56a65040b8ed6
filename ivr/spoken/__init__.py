"""What changes from call to call, said right: numbers, dates, amounts, waits, names.

    render("place", 3, "ja")          '3番目'          (さんばんめ)
    render("amount", "1200", "ja")    '1200円'         (せんにひゃくえん)
    render("amount", "1200", "en")    'one thousand two hundred yen'

A rendered value is for the voice: Japanese keeps numerals where Open JTalk reads them right, with their
accent, and has kana where it would not; English is spelled out.
"""

from ivr.spoken.kinds import Kind
from ivr.spoken.render import render
from ivr.spoken.values import Value

__all__ = ["Kind", "Value", "render"]
