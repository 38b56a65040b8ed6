"""What the hub itself says to customers, read aloud to callers or written, in Japanese and English."""

from collections.abc import Sequence
from string import Template

from hub.desktop.refusals import MESSAGES, Refusal
from ivr.flow import Language, Prompt
from ivr.spoken import Kind, render

_WRITTEN = {
    "linked": {
        "ja": "お電話番号との連携が完了しました。このままLINEでご用件をお送りください。",
        "en": "Your phone number is now linked. Please go on here and tell us what we can do for you.",
    },
    "not_linked": {
        "ja": "この番号は別のお客様と連携されているため、連携できませんでした。担当者が確認します。",
        "en": "This number belongs to another customer, so it was not linked. An agent will look into it.",
    },
    "carried_on": {
        "ja": "お電話でのご用件を引き継ぎました。このままご用件をお送りください。",
        "en": "We go on here from your call. Please tell us what we can do for you.",
    },
    "sms_begin": {
        "ja": "お電話ありがとうございました。ご用件をこのメッセージにご返信ください。順番はそのままです。",
        "en": "Thank you for calling. Please reply to this message: you keep your place in line.",
    },
    "chat_link": {
        "ja": "チャットで続けるには次のリンクを開いてください。順番はそのままです。 $url",
        "en": "To go on in a chat and keep your place, open this link. $url",
    },
    "email_link": {
        "ja": "メールで続けるには次のリンクを開き、件名を変えずにお送りください。 $url",
        "en": "To go on by e-mail, open this link and leave the subject as it is. $url",
    },
    "line_notice": {
        "ja": "お電話ありがとうございました。続きはこちらのトークで承ります。"
        "「続ける」を押して、ご用件をお送りください。順番はそのままです。",
        "en": "Thank you for calling. We go on here: tap “Go on” and tell us what we can do for you."
        " You keep your place in line.",
    },
    "line_go_on": {"ja": "続ける", "en": "Go on"},
    "line_link": {
        "ja": "LINEで続けるには次のリンクを開いて、表示された文をそのまま送信してください。 $url",
        "en": "To go on in LINE, open this link and send the text that it shows. $url",
    },
    "line_code": {
        "ja": "LINEで続けるには、当社のLINEアカウントに次の文を送信してください。 連携コード $token",
        "en": "To go on in LINE, send this text to our LINE account: 連携コード $token",
    },
    "line_message": {"ja": "連携コード $token", "en": "連携コード $token"},
    "refused": {
        "ja": "ただいま大変混み合っております。恐れ入りますが、しばらくしてからもう一度お送りください。",
        "en": "We are very busy at the moment. Please write again in a little while.",
    },
    "closed": {
        "ja": "ただいま受付時間外です。恐れ入りますが、受付時間内にもう一度お送りください。",
        "en": "We are closed at the moment. Please write again during our opening hours.",
    },
    "closed_kept": {
        "ja": "ただいま受付時間外です。お問い合わせは承りました。"
        "受付時間になりましたら、順番にお返事いたします。",
        "en": "We are closed at the moment. We have your message and will answer in turn when we open.",
    },
    "closed_kept_until": {
        "ja": "ただいま受付時間外です。お問い合わせは承りました。$opensから、順番にお返事いたします。",
        "en": "We are closed at the moment. We have your message and will answer in turn from $opens.",
    },
    "too_fast": {
        "ja": "メッセージが続いております。順番に確認いたしますので、しばらくお待ちください。",
        "en": "You are writing faster than we can read. Please wait a little: we will look at all of it.",
    },
    "case_opened": {
        "ja": "お問い合わせを受け付けました。受付番号は$caseです。担当者よりあらためてご連絡いたします。",
        "en": "We have received your message. Your reference number is $case. We will get back to you.",
    },
    "case_closed": {
        "ja": "お問い合わせ（受付番号$case）の対応を終了しました。"
        "ご不明な点がございましたら、このメールにご返信ください。",
        "en": "We have closed your request $case. If anything is left open, please reply to this message.",
    },
    "bot_hands_over": {
        "ja": "担当者におつなぎします。そのままお待ちください。",
        "en": "I am passing you on to a person. Please wait.",
    },
    "bot_closes": {
        "ja": "しばらくご返信がないため、お問い合わせを終了します。ご利用ありがとうございました。"
        "またいつでもお送りください。",
        "en": "As we have not heard from you for a while, I am closing this conversation."
        " Thank you for writing. Just write again whenever you like.",
    },
    "handed_back": {
        "ja": "担当者の対応を終了し、自動応答に戻りました。ご質問があればこのままお送りください。",
        "en": "Our agent has left the conversation. If you have another question, just write.",
    },
    "call_me_coming": {
        "ja": "承りました。まもなくお電話いたします。",
        "en": "Certainly. We will call you shortly.",
    },
    "call_link": {
        "ja": "次のリンクから、ブラウザで通話できます(アプリ・登録不要、24時間有効):\n$url",
        "en": "Call us from your browser by this link (no app, no account; valid for 24 hours):\n$url",
    },
    "call_me_queued": {
        "ja": "承りました。順番が来ましたら、お電話いたします。",
        "en": "Certainly. We will call you when it is your turn.",
    },
    "call_me_number": {
        "ja": "お電話番号をお送りください。こちらからお電話いたします。",
        "en": "Please send us your phone number, and we will call you.",
    },
    "call_me_not": {
        "ja": "恐れ入りますが、この番号にはお電話できません。",
        "en": "We are sorry, but we cannot call this number.",
    },
    "account_link": {
        "ja": "次のページで、お電話番号との連携をお願いします。リンクは1時間有効です。",
        "en": "Please link your phone number on this page. The link is good for an hour.",
    },
    "account_link_code": {
        "ja": "LINE連携の確認コードは $code です。10分間有効です。お心当たりがない場合は破棄してください。",
        "en": "Your code for linking LINE is $code, for ten minutes. If you did not ask for it, ignore it.",
    },
    "account_not_linked": {
        "ja": "連携できませんでした。お手数ですが、もう一度「連携」とお送りください。",
        "en": "Your number was not linked. Please write “link my number” to us again.",
    },
    "call_code": {
        "ja": "お電話でお話しになる場合は、$numberにおかけになり、コード $code を押してください。"
        "コードは$minutes分間、1回だけお使いいただけます。",
        "en": "To talk to us, call $number and enter the code $code. It works once, for $minutes minutes.",
    },
    "bot_ask": {
        "ja": "お探しの内容はこちらですか。",
        "en": "Is it one of these?",
    },
    "bot_again": {
        "ja": "申し訳ございません。別の言葉でもう一度お聞かせください。",
        "en": "I am sorry, I did not understand. Could you put it in other words?",
    },
    "nobody_there": {
        "ja": "ただいま担当者が不在です。恐れ入りますが、しばらくしてからもう一度お送りください。",
        "en": "Nobody is here at the moment. Please write again in a little while.",
    },
    "diverted": {
        "ja": "お待たせして申し訳ございません。"
        "ただいま担当者がご対応できません。後ほどあらためてご連絡ください。",
        "en": "We are sorry to have kept you waiting."
        " Nobody can serve you right now. Please contact us again later.",
    },
}

_SPOKEN = {
    "queue_full": {
        "ja": "ただいま電話が大変混み合っております。恐れ入りますが、しばらくしてからおかけ直しください。",
        "en": "All our lines are busy at the moment. Please call again in a little while.",
    },
    "closed": {
        "ja": "お電話ありがとうございます。ただいま受付時間外です。"
        "恐れ入りますが、受付時間内におかけ直しください。",
        "en": "Thank you for calling. We are closed at the moment."
        " Please call again during our opening hours.",
    },
    "nobody_there": {
        "ja": "お電話ありがとうございます。ただいま担当者が不在です。"
        "恐れ入りますが、後ほどおかけ直しください。",
        "en": "Thank you for calling. Nobody is here at the moment. Please call again later.",
    },
    "diverted": {
        "ja": "お待たせして申し訳ございません。"
        "ただいま担当者におつなぎできません。後ほどおかけ直しください。",
        "en": "We are sorry to have kept you waiting."
        " Nobody can take your call right now. Please call again later.",
    },
    "propose_callback": {
        "ja": "順番が来ましたら、こちらからお電話することもできます。"
        "折り返しをご希望の方は1を押してください。"
        "このままお待ちになる方は、そのままお待ちください。",
        "en": "To be called back and keep your place, press 1. To keep waiting, stay on the line.",
    },
    "propose_line": {
        "ja": "LINEでのお問い合わせに切り替えることもできます。順番はそのままです。"
        "ご希望の方は1を押してください。"
        "このままお待ちになる方は、そのままお待ちください。",
        "en": "To go on in LINE and keep your place, press 1. To keep waiting, stay on the line.",
    },
    "callback_arranged": {
        "ja": "承りました。順番が来ましたら、こちらからお電話いたします。お電話ありがとうございました。",
        "en": "Thank you. We will call you back when it is your turn. Goodbye.",
    },
    "callback_exists": {
        "ja": "折り返しのお電話は、すでに承っております。"
        "順番が来ましたらお電話いたします。お電話ありがとうございました。",
        "en": "A callback is already arranged for you. We will call you when it is your turn. Goodbye.",
    },
    "line_sent": {
        "ja": "LINEのご案内をお送りしました。お電話ありがとうございました。",
        "en": "We have sent you the way into LINE. Thank you for calling.",
    },
    "propose_sms": {
        "ja": "ショートメッセージでのお問い合わせに切り替えることもできます。順番はそのままです。"
        "ご希望の方は1を押してください。"
        "このままお待ちになる方は、そのままお待ちください。",
        "en": "To go on by text message and keep your place, press 1. To keep waiting, stay on the line.",
    },
    "propose_chat": {
        "ja": "チャットでのお問い合わせに切り替えることもできます。順番はそのままです。"
        "ご希望の方は1を押してください。"
        "このままお待ちになる方は、そのままお待ちください。",
        "en": "To go on in a chat and keep your place, press 1. To keep waiting, stay on the line.",
    },
    "propose_email": {
        "ja": "メールでのお問い合わせに切り替えることもできます。"
        "ご希望の方は1を押してください。"
        "このままお待ちになる方は、そのままお待ちください。",
        "en": "To go on by e-mail, press 1. To keep waiting, stay on the line.",
    },
    "sms_sent": {
        "ja": "ショートメッセージをお送りしました。そのままご返信ください。お電話ありがとうございました。",
        "en": "We have sent you a text message. Please reply to it. Thank you for calling.",
    },
    "chat_sent": {
        "ja": "チャットのご案内をショートメッセージでお送りしました。お電話ありがとうございました。",
        "en": "We have sent you a link to our chat by text message. Thank you for calling.",
    },
    "email_sent": {
        "ja": "メールのご案内をショートメッセージでお送りしました。お電話ありがとうございました。",
        "en": "We have sent you a link for your e-mail by text message. Thank you for calling.",
    },
    "offer_line": {"ja": "LINEでのお問い合わせは$keyを、", "en": "To go on in LINE, press $key."},
    "offer_sms": {
        "ja": "ショートメッセージでのお問い合わせは$keyを、",
        "en": "To go on by text message, press $key.",
    },
    "offer_chat": {"ja": "チャットでのお問い合わせは$keyを、", "en": "To go on in a chat, press $key."},
    "offer_email": {"ja": "メールでのお問い合わせは$keyを、", "en": "To go on by e-mail, press $key."},
    "offer_callback": {
        "ja": "順番が来たときの折り返しのお電話は$keyを、",
        "en": "To be called back at your turn, press $key.",
    },
    "offer_faq": {
        "ja": "よくあるご質問の音声案内は$keyを、",
        "en": "To hear the answer to what is often asked, press $key.",
    },
    "offer_stay": {
        "ja": "押してください。このままお待ちになる方は、そのままお待ちください。",
        "en": "To keep waiting, stay on the line.",
    },
    "offer_end": {"ja": "押してください。", "en": "Or simply hang up."},
    "closed_but": {
        "ja": "お電話ありがとうございます。ただいま受付時間外ですが、ほかの方法でお受けできます。",
        "en": "Thank you for calling. We are closed at the moment, but there are other ways to reach us.",
    },
    "nobody_there_but": {
        "ja": "お電話ありがとうございます。ただいま担当者が不在ですが、ほかの方法でお受けできます。",
        "en": "Thank you for calling. Nobody is here at the moment, but there are other ways to reach us.",
    },
    "queue_full_but": {
        "ja": "ただいま電話が大変混み合っておりますが、ほかの方法でお受けできます。",
        "en": "All our lines are busy at the moment, but there are other ways to reach us.",
    },
    "faq_helped": {
        "ja": "解決された方は1を押してください。",
        "en": "If that has answered your question, press 1.",
    },
    "faq_text": {
        "ja": "ショートメッセージでもお受け取りになる方は2を押してください。",
        "en": "To get it by text message too, press 2.",
    },
    "faq_done": {
        "ja": "ご利用ありがとうございました。お電話ありがとうございました。",
        "en": "We are glad that it helped. Thank you for calling.",
    },
    "not_invited": {
        "ja": "恐れ入りますが、この番号にはご案内をお送りできません。後ほどおかけ直しください。",
        "en": "I'm sorry, we cannot send a text message to this number. Please call again later.",
    },
    "goodbye": {"ja": "お電話ありがとうございました。", "en": "Thank you for calling. Goodbye."},
    "code_offer": {
        "ja": "お電話用のコードをお受け取りの方は、6桁のコードを押してください。"
        "お持ちでない方は、そのままお待ちください。",
        "en": "If we have sent you a code for this call, please enter its six digits. If not, just wait.",
    },
    "code_wrong": {
        "ja": "コードを確認できませんでした。もう一度、6桁のコードを押してください。",
        "en": "That code is not valid. Please enter the six digits again.",
    },
    "came_back": {
        "ja": "先ほどの続きからおつなぎします。別のご用件は、1を押してください。",
        "en": "We will go on where you left off. For something else, press 1.",
    },
    "line_failed": {
        "ja": "恐れ入りますが、この番号にはご案内をお送りできません。このままお待ちください。",
        "en": "I'm sorry, we cannot send a text message to this number. Please stay on the line.",
    },
    "position": {"ja": "ただいま$positionにお待ちです。", "en": "You are $position in line."},
    "position_next": {"ja": "次の順番でお待ちです。", "en": "You are next in line."},
    "position_more": {
        "ja": "ただいま$limitを超える方がお待ちです。",
        "en": "More than $limit are waiting.",
    },
    "wait": {
        "ja": "あと約$waitでおつなぎできる見込みです。",
        "en": "We expect to connect you in about $wait.",
    },
    "wait_soon": {
        "ja": "まもなくおつなぎできる見込みです。",
        "en": "We expect to connect you very soon.",
    },
    "now_available": {"ja": "受付可能にしました。", "en": "You are available."},
    "now_not_ready": {"ja": "受付不可にしました。", "en": "You are not ready."},
    "nobody_parked": {"ja": "パークされた通話はありません。", "en": "No call is parked."},
    "transfer_target": {
        "ja": "転送先の番号を押してください。",
        "en": "Enter the number to transfer to.",
    },
    "consult_target": {
        "ja": "相談する相手の番号を押してください。",
        "en": "Enter the number to consult.",
    },
    "leave_message": {
        "ja": "発信音のあとに、お名前とご用件をお話しください。",
        "en": "After the tone, please leave your name and message.",
    },
    "message_goes_on": {
        "ja": "続きがございましたら、お話しください。以上でしたら、電話をお切りください。",
        "en": "Please go on, if there is more. If that was all, you may hang up.",
    },
    "message_taken": {
        "ja": "メッセージをお預かりしました。お電話ありがとうございました。",
        "en": "We have your message. Thank you for calling.",
    },
    "not_listening": {
        "ja": "ただいま音声での受付ができません。番号を押してお選びください。",
        "en": "We cannot take your answer by voice at the moment. Please use the keys.",
    },
    "listening": {
        "ja": "どうぞお話しください。番号でもお選びいただけます。",
        "en": "Please speak now, or use the keys.",
    },
    "voicemail": {
        "ja": "お待たせして申し訳ございません。発信音のあとに、お名前とご用件をお話しください。",
        "en": "We are sorry to have kept you waiting. After the tone, please leave your name and message.",
    },
}

_KINDS = {"key": Kind.DIGITS, "limit": Kind.CALLERS, "position": Kind.PLACE, "wait": Kind.DURATION}
"""How the values in sentences are said."""


def text(name: str, language: str, **values: str) -> str:
    """Return a text to be written, `$values` filled in; Japanese where the language is unknown."""
    return _filled(_WRITTEN[name], language, values)


def spoken(name: str, language: str, **values: int) -> Prompt:
    """Return a sentence to be read aloud; a recording of its name and values (`position-3`) wins."""
    forms = _SPOKEN[name]
    known = language if language in forms else "ja"
    recording = "-".join((name.replace("_", "-"), *map(str, values.values())))
    said = {each: render(_KINDS[each], value, known) for each, value in values.items()}
    return Prompt(recording, Language(known), _filled(forms, known, said))


def spoken_refusal(refusal: Refusal, language: Language) -> Prompt:
    """Return why a command is refused, to be read aloud to an agent."""
    message = MESSAGES[refusal]
    words = message.en if language == "en" else message.ja
    return Prompt(f"refused-{refusal.value.replace('_', '-')}", language, words)


def prompts_of(languages: Sequence[str]) -> list[Prompt]:
    """Return the sentences that are always the same, so that they can be made ready."""
    return [
        spoken(name, each) for name, forms in _SPOKEN.items() for each in languages if "$" not in forms["ja"]
    ]


def is_spoken(name: str) -> bool:
    """Whether there is a sentence of that name."""
    return name in _SPOKEN


def is_written(name: str) -> bool:
    """Whether there is a text of that name."""
    return name in _WRITTEN


def _filled(forms: dict[str, str], language: str, values: dict[str, str]) -> str:
    return Template(forms.get(language, forms["ja"])).substitute(values)
