"""Whether a text asks to be called. Pure.

Who wants no call, tells of one, or calls himself, is not called: when in doubt, it is left to agents.
"""

import re
import unicodedata
from typing import Final

_LENGTH_MAX: Final = 60
"""Who asks to be called says so shortly; a long text may only speak of it."""
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("‘’ʼ`´", "'"))
_CLAUSES: Final = re.compile(
    r"[。、,.!;:\n]+|(?<=[??])|(?:ので|けれど|けど)|\b(?:but|so|because)\b"
    r"|(?=\b(?:please|(?:can|could|would|will) (?:you|someone|somebody))\b)"
)

# --- Japanese: what is wanted, or not, is said after the call ------------------------------------

_CALL: Final = (
    r"(?:(?<!固定)(?<!携帯)(?<!しい)(?<!留守番)電話|でんわ|(?<![a-z])tel|折り?返し|コール ?バック)"
    r"(?:(?:で|にて)?の?ご?(?:お?電話|連絡|返事|返信|回答|説明|対応))?"
)
_ASKED: Final = (
    r"(?:下さい|ください)(?!ま(?:した|して|っ))|くださ(?:れば|ると|いますか|いませんか)|ちょうだい|頂戴"
    r"|(?:ほしい|欲しい)|お?(?:願い|ねがい)(?!し(?:た(?!い)|て|まし))|希望(?!し(?:た(?!い)|て|まし))|もらいたい|貰いたい|(?:いただ|頂)きたい"
    r"|(?:もらえ|貰え|いただけ|頂け)(?:ますか|ませんか|ますでしょうか|ませんでしょうか|(?:る|ない)(?:でしょうか|ですか|か|\?)"
    r"|(?:ます|ません)\?|(?:る|ます)?と(?!聞|言|い|思|書)|れば|たら)"
    r"|くれ(?:ますか|ませんか|る\?|ない\?|るか|ないか|$)"
)
_ASKED_CALL: Final = rf"{_CALL}(?:[をがで]|にて)?(?:し|かけ|掛け)?て?(?:{_ASKED})"
_WANTED_JA: Final = re.compile(
    rf"{_ASKED_CALL}"
    rf"|{_CALL}を?(?:して|かけて|掛けて)(?:ね|よ)?\s*\??$"
    rf"|{_CALL}で(?:お?話し?(?:(?:が|を)?し)?(?:たい|せま|せる|せない(?:で|か|\?)|でき(?:ま|る|ない(?:で|か|\?)))"
    rf"|ご?相談し?(?:たい|できま)|話を?(?:聞いて|させて))"
)
_ONLY_ASKS: Final = r"(?!(?:の)?(?:で)?(?:しょう|すか)|か(?!ら)|\?)"
_REFUSED_JA: Final = re.compile(
    rf"{_CALL}.*(?:(?:し|こ|かけ|掛け|よこさ|くれ)ないで{_ONLY_ASKS}|(?:さ|し|かけ|掛け|なら|いただか|もらわ)なくて"
    r"|な(?:くて|い方が)も?(?:いい|良い|よい|結構|大丈夫|構)|(?:ほし|欲し|た)く(?:な|あり)|不要|無用"
    r"|[要い]ら(?:ない|ず|ん|ぬ)|[要い]りません|必要[はもがで]*(?:な|あり?ま?せ)|やめ|止め|控え|遠慮|お断り"
    r"|結構です|困[りる]|迷惑|ng\b|だめ|ダメ|駄目|無理|以外|苦手|嫌|拒否|(?:わけ|つもり)[はでじゃ]|とは|なんて"
    rf"|(?:で|じゃ)は?な[くい]{_ONLY_ASKS}|(?:話せ|出られ|受けられ|でき)(?:ない|ません){_ONLY_ASKS}"
    r"|って?(?:言|いわ|書|あ|聞)|と(?:言|いわ|書|あり|ある|あった|聞|思わ|伝え|頼まれ|の(?:こと|指示|連絡|案内)))"
    rf"|{_ASKED_CALL}.*(?:ない|ません|なか){_ONLY_ASKS}|^と(?:は|言|いう|いわ|書|聞)"
)

# --- English: it is said before --------------------------------------------------------------------

_IDIOMS: Final = re.compile(
    r"\b(?:do not|don't|never) (?:hesitate|forget) to\b|\bwhy (?:do not|don't) (?:you|we)\b|\bwhy not\b"
    r"|\b(?:can't|cannot|couldn't|won't|wouldn't) (?:you|someone|somebody|anyone|anybody)\b"
    r"|\b(?:if not|no problem|no worries)\b"
)
_CALL_ME: Final = (
    r"(?:call|phone|ring) (?:me|us)(?: ?back)?(?= *(?:$|[?(+0-9]|back|up|please|now|asap|at|on|in|about|today"
    r"|tomorrow|tonight|later|when|if|as|after|before|once|any|by|or|and|instead|this|again|soon|right|immediate|urgent"
    r"|direct|between|from|regarding|to|for|with|over|sometime|first|here|then|thanks|thank|quick))"
    r"|(?:call|phone|ring) my (?:cell|mobile|phone|number)"
    r"|give (?:me|us) an? (?:quick )?(?:phone )?(?:call|ring|buzz)"
)
_CALLBACK: Final = r"call ?-?back"
_TALK: Final = r"(?:talk|speak)(?: (?:to|with) \w+)? (?:by|on|over|via) (?:the )?(?:tele)?phone"
_NOT: Final = (
    r"(?:\w+n't|\bdont|\bcant|\bwont|\bdidnt|\bnot|\bnever|\bcannot|\bno \w+|\bnobody|\btoo|\brude|\billegal"
    r"|\bnecessary|\bnone|\bwithout|\bstop|\brefuse|\bavoid|\bhate|\bdislike|\bunless"
    r"|\brather than|\binstead of|\bneither|\bnor)\b"
)
_ELSEWHERE: Final = (
    r"\b(?:did|does|was|were|who|tried|told|said|supposed|promised|asked|heard)\b|^ *(?:if|when|before"
    r"|after|whenever|every ?time|each time|until|they|he|she|everyone|everybody|people|friends)\b"
)
_WANTED_EN: Final = re.compile(
    rf"\b(?:{_CALL_ME})|\b(?:{_TALK})"
    rf"|^ *(?:a |phone )?{_CALLBACK}(?: (?:requested|wanted|needed|request))?(?: please| me)?\W*$"
    rf"|\b(?:please|(?:can|could|will|would) you|pls|plz) (?:\w+ )?{_CALLBACK}\b"
    rf"|\b(?:want|like|need|request|requesting|get|have|arrange|schedule|book|await|expect|give me"
    rf"|for|send)(?: \w+)? a (?:phone |quick )?{_CALLBACK}\b|\brequest(?:ing)? (?:a )?{_CALLBACK}\b"
)
_REFUSED_EN: Final = re.compile(
    rf"(?:{_NOT}).*\b(?:{_CALL_ME}|{_CALLBACK}|{_TALK})|(?:{_ELSEWHERE}).*\b(?:{_CALL_ME}|{_CALLBACK})"
    rf"|\bno (?:\w+ )?{_CALLBACK}|{_CALLBACK}s? (?:is |are |was |will be )?(?:{_NOT}|unnecessary)"
    rf"|\b(?:{_CALL_ME})\W+not?\b(?! later)|\bnot (?:by |on )?(?:the )?(?:phone|call)"
    r"|\b(?:stop|quit|refrain from) (?:\w+ )?calling\b"
    r"|\b(?:do not|don't|dont|never|must not|should not) *$"
)


def asks_for_call(text: str) -> bool:
    """Whether somebody who writes this wants to be called (now)."""
    if len(_folded(text)) > _LENGTH_MAX or refuses_call(text):
        return False
    return any(_WANTED_JA.search(clause) or _WANTED_EN.search(clause) for clause in _clauses(text))


def refuses_call(text: str) -> bool:
    """Whether somebody who writes this wants no call, or speaks of another one."""
    return any(_REFUSED_JA.search(clause) or _REFUSED_EN.search(clause) for clause in _clauses(text))


def _clauses(text: str) -> list[str]:
    return [_IDIOMS.sub(" ", clause).strip() for clause in _CLAUSES.split(_folded(text))]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).strip().casefold()
