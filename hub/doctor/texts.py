"""What a difference means, and what repairing it does, in plain words."""

from hub.bilingual import Bilingual
from hub.doctor.kinds import Difference, Kind, Part

_AGREE = Bilingual(
    "ハブとルーターとAsteriskを突き合わせ直す", "router, hub and Asterisk are brought to agree anew"
)
_HANG_UP = Bilingual("このAsteriskチャネルを切断する", "the Asterisk channel is hung up")
_MEMBERS = Bilingual(
    "app_queueのメンバーをハブと同じにする", "app_queue gets the members that the hub goes by"
)
_PHONES = Bilingual(
    "電話アカウントをPJSIPに書き込み直し、読み込ませる", "the accounts are written for PJSIP and read in anew"
)

_TEXTS: dict[Kind, tuple[Bilingual, Bilingual]] = {
    Kind.CONTACT_ONLY_IN_ROUTER: (
        Bilingual(
            "ルーターにあるコンタクト {subject} をハブが知らない",
            "the router has contact {subject}, the hub does not know it",
        ),
        _AGREE,
    ),
    Kind.CONTACT_ONLY_IN_HUB: (
        Bilingual(
            "ハブにあるコンタクト {subject}(キュー {queue})がルーターにない",
            "the hub has contact {subject} in queue {queue}, the router does not",
        ),
        Bilingual(
            "ルーターがRedisを読み直し、コンタクトをもう一度受け取る",
            "the router reads Redis anew and is told of the contact again",
        ),
    ),
    Kind.CONTACT_ONLY_IN_DATABASE: (
        Bilingual(
            "データベースで開いているコンタクト {subject} が、ほかのどこにもない",
            "contact {subject} is open in the database and nowhere else",
        ),
        Bilingual(
            "テキストと折り返しはキューに戻し、終わった通話は終了と記録する",
            "a text contact or callback is queued again, a call that is over is noted as ended",
        ),
    ),
    Kind.CONTACT_NOT_IN_DATABASE: (
        Bilingual(
            "進行中のコンタクト {subject} が、データベースでは開いていない",
            "contact {subject} lives, but the database does not have it open",
        ),
        Bilingual("データベースに記録し直す", "it is written into the database again"),
    ),
    Kind.CONTACT_DIFFERS: (
        Bilingual(
            "コンタクト {subject} の状態または担当者が、ハブとルーターで違う",
            "state or agent of contact {subject} differ between hub and router",
        ),
        _AGREE,
    ),
    Kind.RECORD_TORN: (
        Bilingual(
            "ルーターの記録 {subject} が、ほかの記録と合わない",
            "the router's record {subject} does not fit the others",
        ),
        Bilingual(
            "ルーターがRedisを読み直し、残った記録を片付ける",
            "the router reads Redis anew and clears away what remains",
        ),
    ),
    Kind.CONTACT_WITHOUT_CALL: (
        Bilingual(
            "キュー {queue} で待つコンタクト {subject} に通話がない",
            "contact {subject} waits in queue {queue}, but nobody is on the line",
        ),
        Bilingual("コンタクトを終了する", "the contact ends"),
    ),
    Kind.AGENT_WITHOUT_CALL: (
        Bilingual(
            "ルーターでは {agent} が通話中(コンタクト {subject})だが、通話がない",
            "the router has {agent} busy with contact {subject}, but there is no call",
        ),
        Bilingual(
            "コンタクトを終了し、担当者を空ける", "the contact ends, and the agent is free after wrap-up"
        ),
    ),
    Kind.CHANNEL_WITHOUT_CONTACT: (
        Bilingual(
            "ハブのアプリケーションに、コンタクトのないチャネル {subject} がある",
            "channel {subject} is in our application, and belongs to no contact",
        ),
        Bilingual(
            "着信であれば受け付け、そうでなければ切断する",
            "a caller is received like a new one, anything else is hung up",
        ),
    ),
    Kind.CALL_WITHOUT_CHANNEL: (
        Bilingual(
            "ハブが知る通話 {subject} のチャネルがAsteriskにない",
            "the hub knows call {subject}, whose channel is no longer in Asterisk",
        ),
        Bilingual("通話が終わったものとして扱う", "the call is over"),
    ),
    Kind.LEG_WITHOUT_CALL: (
        Bilingual(
            "電話機への呼び出し {subject} に、対応する通話がない",
            "leg {subject} rings or holds a phone for no call",
        ),
        _HANG_UP,
    ),
    Kind.LEG_WITHOUT_CHANNEL: (
        Bilingual(
            "ハブが知る呼び出し {subject} のチャネルがAsteriskにない",
            "the hub knows leg {subject}, whose channel is no longer in Asterisk",
        ),
        Bilingual("呼び出しが終わったものとして扱う", "the leg is over"),
    ),
    Kind.BRIDGE_WITHOUT_CALL: (
        Bilingual("ブリッジ {subject} で誰も通話していない", "nobody talks in bridge {subject}"),
        Bilingual("ブリッジを消す", "the bridge is destroyed"),
    ),
    Kind.CALL_APART: (
        Bilingual(
            "通話 {subject} の二人が同じブリッジにいない",
            "the two of call {subject} are not in a bridge together",
        ),
        Bilingual("二人をもう一度つなぐ", "they are brought together again"),
    ),
    Kind.MEMBER_MISSING: (
        Bilingual(
            "app_queueのキュー {queue} に {agent} がいない", "{agent} is missing in app_queue's {queue}"
        ),
        _MEMBERS,
    ),
    Kind.MEMBER_TOO_MANY: (
        Bilingual(
            "app_queueのキュー {queue} に、メンバーでない {agent} がいる",
            "app_queue's {queue} has {agent}, who is no member",
        ),
        _MEMBERS,
    ),
    Kind.MEMBER_PENALTY: (
        Bilingual(
            "app_queueのキュー {queue} での {agent} のペナルティが違う",
            "{agent} has another penalty in app_queue's {queue}",
        ),
        _MEMBERS,
    ),
    Kind.MEMBER_PAUSED: (
        Bilingual(
            "app_queueのキュー {queue} で {agent} が一時停止中", "{agent} is paused in app_queue's {queue}"
        ),
        Bilingual("一時停止を解く", "the pause ends"),
    ),
    Kind.PHONE_MISSING: (
        Bilingual("{agent} の電話アカウントがPJSIPにない", "PJSIP has no phone of account {agent}"),
        _PHONES,
    ),
    Kind.PHONE_TOO_MANY: (
        Bilingual(
            "無効なアカウント {agent} の電話がPJSIPに残っている",
            "PJSIP still has the phone of {agent}, whose account is disabled",
        ),
        _PHONES,
    ),
    Kind.PHONE_IN_USE: (
        Bilingual(
            "{agent} の電話機は使用中だが、ルーターは知らない",
            "the phone of {agent} is in use, and the router does not know",
        ),
        _AGREE,
    ),
    Kind.PHONE_NOT_IN_USE: (
        Bilingual(
            "ルーターでは {agent} の電話機が使用中だが、実際は空いている",
            "the router has the phone of {agent} in use, and it is not",
        ),
        _AGREE,
    ),
    Kind.PRESENCE_WITHOUT_DESKTOP: (
        Bilingual(
            "{agent} は在席だが、どのハブにもデスクトップがない",
            "{agent} is signed in at the router, but has no desktop at any hub",
        ),
        Bilingual("{agent} を退席にする", "{agent} becomes offline"),
    ),
    Kind.DESKTOP_WITHOUT_PRESENCE: (
        Bilingual(
            "{agent} のデスクトップはあるが、ルーターでは退席中",
            "{agent} has a desktop, but is offline at the router",
        ),
        Bilingual("{agent} を受付不可にする", "{agent} becomes not ready"),
    ),
    Kind.SETTINGS_DIFFER: (
        Bilingual(
            "ルーターのキュー設定が設定ファイルと違う", "the router goes by other settings than the files say"
        ),
        _AGREE,
    ),
}

PARTS: dict[Part, Bilingual] = {
    Part.REDIS: Bilingual("Redisまたはルーターに届かない", "Redis, or a router, is away"),
    Part.DATABASE: Bilingual("データベースに届かない", "the database is away"),
    Part.ASTERISK: Bilingual("Asteriskに届かない", "Asterisk is away"),
    Part.NODE: Bilingual(
        "Asteriskは別のハブが受け持っている", "another hub serves this Asterisk: ask that one"
    ),
}


def meaning(difference: Difference) -> Bilingual:
    """Return what a difference means."""
    return _filled(_TEXTS[difference.kind][0], difference)


def repair(difference: Difference) -> Bilingual:
    """Return what repairing it does."""
    return _filled(_TEXTS[difference.kind][1], difference)


def _filled(text: Bilingual, difference: Difference) -> Bilingual:
    about = {
        "subject": difference.subject,
        "agent": difference.agent or "-",
        "queue": difference.queue or "-",
    }
    return Bilingual(text.ja.format(**about), text.en.format(**about))
