"""The stickers that LINE lets official accounts send.

Source: LINE Developers, "Stickers", "Sticker definitions": packages, their titles and the ids of their
stickers. What is on a sticker stands there as a picture only; the words here are our own, for two packages:
polite phrases in Japanese, and gestures without writing.
"""

from typing import Final

from gateways.stickers import Sticker, StickerPackage

_PHRASES: Final = (
    ("了解です", "All right"),
    ("ありがとうございます", "Thank you"),
    ("助かりました", "You saved me"),
    ("はい", "Yes, certainly"),
    ("いかがでしょうか", "What do you think?"),
    ("大丈夫", "No problem"),
    ("よろしくお願いします", "I count on you"),
    ("確認します", "Let me check"),
    ("申し訳ありません", "I am sorry"),
    ("楽しみ", "Looking forward"),
    ("おつかれさまです", "Thank you for your work"),
    ("ハート", "Heart"),
    ("さすが", "Impressive"),
    ("うれしい", "Delighted"),
    ("なるほど", "I see"),
    ("お願いします", "Please"),
    ("考え中", "Thinking"),
    ("お手数をおかけします", "Sorry to trouble you"),
    ("おはようございます", "Good morning"),
    ("おやすみなさい", "Good night"),
    ("涙", "Tears"),
    ("あわてる", "Flustered"),
    ("ごちそうさまです", "Thanks for the treat"),
    ("がんばって", "Good luck"),
)
_GESTURES: Final = (
    ("お祝い", "Celebrating"),
    ("すごい", "Great"),
    ("甘える", "Affection"),
    ("キス", "Kiss"),
    ("のぞく", "Anybody there?"),
    ("おじぎ", "Bow"),
    ("OK", "OK"),
    ("登場", "Here I come"),
    ("投げキス", "Blowing a kiss"),
    ("キスを受け取る", "Catching a kiss"),
    ("疑問", "Wondering"),
    ("うれしい", "Happy"),
    ("ぼんやり", "Absent-minded"),
    ("照れる", "Shy"),
    ("音楽を楽しむ", "Enjoying music"),
    ("びっくり", "Surprised"),
    ("泣く", "Crying"),
    ("ひとりで悲しむ", "Sad alone"),
    ("拍手", "Applause"),
    ("眠れない", "Sleepless"),
    ("言葉が出ない", "Speechless"),
    ("お願い", "Please"),
    ("あわてる", "Flustered"),
    ("魂が抜ける", "Worn out"),
    ("変な顔", "Making faces"),
    ("お金", "Money"),
    ("だめ", "No"),
    ("眠る", "Asleep"),
    ("見物", "Watching"),
    ("挑発", "Teasing"),
    ("起きられない", "Hard to wake"),
    ("もうだめ", "It is over"),
    ("固まる", "Turned to stone"),
    ("かんかん", "Furious"),
    ("かわいく", "Looking cute"),
    ("ほうっておいて", "Leave me alone"),
    ("おねだり", "Begging"),
    ("さようなら", "Good-bye"),
    ("怒る", "Angry"),
    ("覚悟して", "Just you wait"),
)


def _package(
    package: int, first: int, last: int, ja: str, en: str, words: tuple[tuple[str, str], ...] = ()
) -> StickerPackage:
    said = words or (("", ""),) * (last - first + 1)
    stickers = [Sticker(str(first + at), *each) for at, each in enumerate(said)]
    assert stickers[-1].id == str(last), "there are words for each sticker"
    return StickerPackage(str(package), ja, en, tuple(stickers))


PACKAGES: Final = (
    _package(
        8515, 16581242, 16581265, "ゆる敬語★LINEキャラクターズ", "LINE Characters: Pretty Phrases", _PHRASES
    ),
    _package(11537, 52002734, 52002773, "ブラウン・コニー・サリー", "Brown, Cony & Sally", _GESTURES),
    _package(446, 1988, 2027, "ムーン スペシャル", "Moon: Special Edition"),
    _package(789, 10855, 10894, "サリー スペシャル", "Sally: Special Edition"),
    _package(1070, 17839, 17878, "ムーン スペシャル", "Moon: Special Edition"),
    _package(6136, 10551376, 10551399, "謝罪のプロ!LINEキャラクターズ", "LINE Characters: Making Amends"),
    _package(6325, 10979904, 10979927, "ちっちゃいブラコニ", "Brown and Cony Fun Size Pack"),
    _package(6359, 11069848, 11069871, "ちっちゃいブラコニ", "Brown and Cony Fun Size Pack"),
    _package(6362, 11087920, 11087943, "ちっちゃいブラコニ", "Brown and Cony Fun Size Pack"),
    _package(6370, 11088016, 11088039, "ちっちゃいブラコニ", "Brown and Cony Fun Size Pack"),
    _package(6632, 11825374, 11825397, "謝罪のプロ!LINEキャラクターズ", "LINE Characters: Making Amends"),
    _package(8522, 16581266, 16581289, "ゆる敬語★LINEキャラクターズ", "LINE Characters: Pretty Phrases"),
    _package(8525, 16581290, 16581313, "ゆる敬語★LINEキャラクターズ", "LINE Characters: Pretty Phrases"),
    _package(11538, 51626494, 51626533, "チョコ&フレンズ", "CHOCO & Friends"),
    _package(11539, 52114110, 52114149, "UNIVERSTAR BT21", "UNIVERSTAR BT21"),
)
"""Those that have words go first."""
