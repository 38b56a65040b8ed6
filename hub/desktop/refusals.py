"""Why a command is refused: the codes of the desktop protocol and what an agent reads for each."""

from enum import StrEnum

from hub.bilingual import Bilingual
from hub.errors import HubError


class Refusal(StrEnum):
    """Codes of `error` events."""

    BAD_COMMAND = "bad_command"
    UNKNOWN_CONTACT = "unknown_contact"
    UNKNOWN_OFFER = "unknown_offer"
    NOT_YOURS = "not_yours"
    OFFER_GONE = "offer_gone"
    TAKEN = "taken"
    ANSWER_THE_PHONE = "answer_the_phone"
    NOT_A_CALL = "not_a_call"
    NOT_A_THREAD = "not_a_thread"
    WRONG_STATE = "wrong_state"
    TO_ONESELF = "to_oneself"
    UNKNOWN_TARGET = "unknown_target"
    TARGET_BUSY = "target_busy"
    TARGET_AWAY = "target_away"
    NOT_ALLOWED = "not_allowed"
    UNAVAILABLE = "unavailable"
    TOO_MANY = "too_many"
    OPTED_OUT = "opted_out"
    NO_BOT = "no_bot"
    NO_CODES = "no_codes"
    NO_NUMBER = "no_number"
    NOT_LINE = "not_line"
    NOT_BY_CHANNEL = "not_by_channel"
    NOT_INVITED = "not_invited"


MESSAGES = {
    Refusal.BAD_COMMAND: Bilingual("コマンドの形式が正しくありません。", "The command is malformed."),
    Refusal.UNKNOWN_CONTACT: Bilingual("このコンタクトはありません。", "There is no such contact."),
    Refusal.UNKNOWN_OFFER: Bilingual("この着信呼出はありません。", "There is no such offer."),
    Refusal.NOT_YOURS: Bilingual("あなたの担当ではありません。", "This is not yours."),
    Refusal.OFFER_GONE: Bilingual("着信呼出は終了しました。", "The offer is over."),
    Refusal.TAKEN: Bilingual("ほかの担当者が応答しました。", "Somebody else took it."),
    Refusal.ANSWER_THE_PHONE: Bilingual("電話機で応答してください。", "Please answer the phone."),
    Refusal.NOT_A_CALL: Bilingual("通話ではありません。", "This is not a call."),
    Refusal.NOT_A_THREAD: Bilingual("テキストのコンタクトではありません。", "This is not a text contact."),
    Refusal.WRONG_STATE: Bilingual("今の状態ではできません。", "This cannot be done in the present state."),
    Refusal.TO_ONESELF: Bilingual("自分自身にはできません。", "This cannot be done to oneself."),
    Refusal.UNKNOWN_TARGET: Bilingual(
        "転送先または番号が正しくありません。", "There is no such agent, queue or number."
    ),
    Refusal.TARGET_BUSY: Bilingual("相手は対応中です。", "The other one is busy."),
    Refusal.TARGET_AWAY: Bilingual("相手はサインインしていません。", "The other one is not signed in."),
    Refusal.NOT_ALLOWED: Bilingual("この操作は許可されていません。", "This is not allowed."),
    Refusal.UNAVAILABLE: Bilingual(
        "現在利用できません。もう一度お試しください。", "Not available now: please try again."
    ),
    Refusal.TOO_MANY: Bilingual(
        "操作が多すぎます。少しお待ちください。", "Too many commands: please wait a moment."
    ),
    Refusal.NO_BOT: Bilingual("自動応答が設定されていません。", "No bot answers here."),
    Refusal.NO_CODES: Bilingual(
        "お客様がおかけになる電話番号が設定されていません。", "No number is set for customers to call."
    ),
    Refusal.NO_NUMBER: Bilingual(
        "このお客様のものと確認できた電話番号がありません。", "No number is known to be this customer's."
    ),
    Refusal.NOT_INVITED: Bilingual(
        "このお客様にはご案内を送れません。", "This caller cannot be sent the way there."
    ),
    Refusal.NOT_LINE: Bilingual("LINEのコンタクトではありません。", "This is not a contact in LINE."),
    Refusal.NOT_BY_CHANNEL: Bilingual(
        "このチャネルでは送れません。", "This channel has nothing of the kind."
    ),
    Refusal.OPTED_OUT: Bilingual(
        "お客様が配信を停止しています。お客様から連絡があるまで送信できません。",
        "The customer does not want to be written to. You can answer as soon as he writes.",
    ),
}


class CommandRefused(HubError):
    """A command is not carried out; `detail` (English) says what was expected."""

    def __init__(self, code: Refusal, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail

    @property
    def message(self) -> Bilingual:
        message = MESSAGES[self.code]
        if not self.detail:
            return message
        return Bilingual(f"{message.ja}({self.detail})", f"{message.en} ({self.detail})")
