"""What the hub itself says to customers in text channels, in Japanese and English."""

from string import Template

_TEXTS = {
    "linked": {
        "ja": "お電話番号との連携が完了しました。このままLINEでご用件をお送りください。",
        "en": "Your phone number is now linked. Please go on here and tell us what we can do for you.",
    },
    "not_linked": {
        "ja": "この番号は別のお客様と連携されているため、連携できませんでした。担当者が確認します。",
        "en": "This number belongs to another customer, so it was not linked. An agent will look into it.",
    },
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
}


def text(name: str, language: str, **values: str) -> str:
    """Return a text with its `$values` filled in; Japanese where the language is unknown."""
    forms = _TEXTS[name]
    return Template(forms.get(language, forms["ja"])).substitute(values)
