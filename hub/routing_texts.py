"""Routing in plain words: rules, decisions and reasons, in Japanese and English."""

from acd.explanation import Rule
from hub.bilingual import Bilingual
from hub.decisions import Decision, DecisionKind

RULES: dict[Rule, Bilingual] = {
    Rule.UNKNOWN_AGENT: Bilingual("ルーターに登録されていないオペレーター", "not known to the router"),
    Rule.NOT_MEMBER: Bilingual("このキューのメンバーではない", "not a member of the queue"),
    Rule.NOT_AVAILABLE: Bilingual("受付可の在席状態ではない", "not signed in, or not ready"),
    Rule.COOLING_DOWN: Bilingual("応答しなかったため休止中", "resting after an offer that was not answered"),
    Rule.ON_PHONE: Bilingual("電話機が別の通話で使用中", "on the phone with a call that is none of ours"),
    Rule.REJECTED_BEFORE: Bilingual(
        "この対応を辞退または応答しなかった", "declined this contact or did not answer it"
    ),
    Rule.NO_SKILL: Bilingual("必要なスキルがない", "lacks a skill that is asked for"),
    Rule.PENALTY: Bilingual("ペナルティが今の範囲外", "has a penalty that is not tried yet, or no more"),
    Rule.CHANNEL_LIMIT: Bilingual(
        "このチャネルの同時対応数の上限に達している", "has as many contacts of this channel as allowed"
    ),
    Rule.NO_CAPACITY: Bilingual("容量に空きがない", "has no room for it beside the other contacts"),
    Rule.KEPT_FREE: Bilingual(
        "長く待つ別のお客様のために空けている", "kept free for one who has waited long"
    ),
    Rule.WAITING_FOR_PREFERRED: Bilingual(
        "優先担当者を待っている", "the contact is kept for its preferred agent"
    ),
    Rule.NOT_YET: Bilingual("まだ対応の時刻ではない", "it is not the contact's time yet"),
    Rule.PARKED: Bilingual(
        "保留中で、取得されるのを待っている", "the contact is parked for whoever picks it up"
    ),
    Rule.RESERVED: Bilingual("別のオペレーターを指名している", "the contact is for another agent by name"),
    Rule.RANKED_LOWER: Bilingual(
        "対応可能だが順位が下", "could take it, but others come first by the queue's strategy"
    ),
    Rule.CHOSEN: Bilingual("選ばれた", "chosen"),
}

_KINDS: dict[DecisionKind, Bilingual] = {
    DecisionKind.QUEUED: Bilingual("キュー「{queue}」で待ち始めた", "queued in {queue}"),
    DecisionKind.REFUSED: Bilingual("受け付けられなかった", "refused"),
    DecisionKind.OFFERED: Bilingual("{agent} を呼び出した", "offered to {agent}"),
    DecisionKind.WITHDRAWN: Bilingual("{agent} の呼び出しをやめた", "offer to {agent} withdrawn"),
    DecisionKind.CONNECTED: Bilingual("{agent} につながった", "connected with {agent}"),
    DecisionKind.RETURNED: Bilingual(
        "{agent} からキュー「{queue}」に戻った", "returned from {agent} to {queue}"
    ),
    DecisionKind.PASSED: Bilingual("{agent} に引き継がれた", "handed over to {agent}"),
    DecisionKind.SUSPENDED: Bilingual("{agent} の対応を中断した", "suspended with {agent}"),
    DecisionKind.RESUMED: Bilingual("{agent} の対応を再開した", "resumed with {agent}"),
    DecisionKind.PROPOSED: Bilingual("別の方法を提案した", "another way proposed"),
    DecisionKind.CALLBACK_ARRANGED: Bilingual("折り返しを約束した", "callback arranged"),
    DecisionKind.WRAP_UP: Bilingual("{agent} が後処理に入った", "wrap-up by {agent}"),
    DecisionKind.DIVERTED: Bilingual("キューから別の行き先へ移した", "diverted out of the queue"),
    DecisionKind.CLOSED: Bilingual("終了した", "closed"),
    DecisionKind.GAP: Bilingual("ここの記録が欠けている", "decisions are missing here"),
}

_REASONS: dict[str, Bilingual] = {
    "no_answer": Bilingual("応答なし", "no answer"),
    "rejected": Bilingual("辞退", "declined"),
    "taken": Bilingual("他のオペレーターが応答", "somebody else took it"),
    "left": Bilingual("お客様が離れた", "the customer left"),
    "removed": Bilingual("オペレーターが外された", "the agent was removed"),
    "interrupted": Bilingual("別の対応を優先", "another contact came first"),
    "no_room": Bilingual("容量に空きがない", "no room"),
    "unknown_queue": Bilingual("そのキューは存在しない", "there is no such queue"),
    "channel_not_served": Bilingual("キューの対象外のチャネル", "the queue does not take this channel"),
    "queue_full": Bilingual("キューが満員", "the queue is full"),
    "closed": Bilingual("受付時間外または終了", "closed"),
    "nobody_there": Bilingual("担当者が誰もいない", "nobody is there"),
    "callback_exists": Bilingual("折り返しを予約済み", "a callback waits already"),
    "agent_busy": Bilingual("指名したオペレーターが対応中", "the agent asked for is busy"),
    "agent_away": Bilingual("指名したオペレーターが不在", "the agent asked for is away"),
    "to_oneself": Bilingual("自分自身への転送", "it is the agent's own already"),
    "transferred": Bilingual("転送", "transferred"),
    "parked": Bilingual("パーク保留", "parked"),
    "handed_over": Bilingual("相談相手が引き継いだ", "who was consulted has the call now"),
    "over": Bilingual("相談元の通話が終わった", "what it was about is over"),
    "abandoned": Bilingual("待っている間に切れた", "hung up while waiting"),
    "hung_up": Bilingual("通話が切れた", "hung up"),
    "fallback": Bilingual("Asterisk のキューへ引き継ぎ", "handed to Asterisk's own queue"),
    "agent_gone": Bilingual("オペレーターがいなくなった", "the agent was gone"),
    "wrapped_up": Bilingual("後処理完了", "wrapped up"),
    "wrap_up_over": Bilingual("後処理の時間切れ", "the time for wrap-up was over"),
    "lost": Bilingual("失われた", "lost"),
    "callback": Bilingual("折り返し", "callback"),
    "voicemail": Bilingual("留守番電話", "voicemail"),
    "section": Bilingual("メニュー", "a menu"),
    "close": Bilingual("終了の案内", "a closing message"),
}


def reason_text(code: str) -> Bilingual:
    """Return a reason's text; one that has none is told by its code."""
    return _REASONS.get(code) or Bilingual(code, code)


def told(decision: Decision) -> Bilingual:
    """Return a decision as a sentence."""
    form = _KINDS[decision.kind]
    about = {"agent": decision.agent or "-", "queue": decision.queue or "-"}
    ja, en = form.ja.format(**about), form.en.format(**about)
    if decision.reason:
        why = reason_text(decision.reason)
        ja, en = f"{ja}（{why.ja}）", f"{en} ({why.en})"
    if decision.lost is not None:
        ja, en = f"{ja}（{decision.lost} 件）", f"{en} ({decision.lost})"
    return Bilingual(ja, en)
