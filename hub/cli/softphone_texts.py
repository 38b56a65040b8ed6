"""What `toritsugi softphone` says, in both languages; `$values` are filled in."""

from string import Template
from typing import Final

from hub.bilingual import Bilingual
from hub.cli.language import Language

TEXTS: Final = {
    "registered": Bilingual("登録しました: $who", "Registered: $who"),
    "not_registered": Bilingual("登録できません: $why", "Not registered: $why"),
    "keys": Bilingual(
        "a 応答  r 拒否  h 保留・解除  x 切断  c 発信  t 転送  j つなぐ(打診転送)  s 切替  l 一覧  q 終了"
        "  0-9*# プッシュ信号",
        "a answer  r reject  h hold/resume  x hang up  c call  t transfer  j join (attended)  s switch"
        "  l list  q quit  0-9*# keys",
    ),
    "lines": Bilingual(
        "answer | reject | hold | resume | hangup | call 番号 | transfer 宛先 | join | switch | dtmf 数字"
        " | list | help | quit",
        "answer | reject | hold | resume | hangup | call NUMBER | transfer TARGET | join | switch"
        " | dtmf DIGITS | list | help | quit",
    ),
    "rings": Bilingual("着信: $who", "Ringing: $who"),
    "calling": Bilingual("発信中: $who", "Calling: $who"),
    "answered": Bilingual("通話中: $who", "Talking: $who"),
    "held": Bilingual("保留中: $who", "On hold: $who"),
    "ended": Bilingual("終了: $who ($code)", "Ended: $who ($code)"),
    "digit": Bilingual("受信した数字: $digit", "Digit received: $digit"),
    "transferred": Bilingual("転送しました。", "Transferred."),
    "no_transfer": Bilingual("転送できません: $why", "Not transferred: $why"),
    "failed": Bilingual("できません: $why", "Cannot: $why"),
    "no_call": Bilingual("通話がありません。", "There is no call."),
    "one_call": Bilingual("通話が2つ必要です。", "That takes two calls."),
    "number": Bilingual("番号: ", "Number: "),
    "target": Bilingual("転送先: ", "To: "),
    "unknown": Bilingual("分からないコマンドです: $what", "Unknown command: $what"),
    "password": Bilingual("SIPパスワード: ", "SIP password: "),
    "no_password": Bilingual(
        "環境変数 $variable にSIPパスワードがありません。",
        "There is no SIP password in the variable $variable.",
    ),
    "bye": Bilingual("終了します。", "Goodbye."),
}


def say(language: Language, name: str, **values: object) -> str:
    """Return a text in a language."""
    return Template(language.of(TEXTS[name])).substitute({key: str(each) for key, each in values.items()})
