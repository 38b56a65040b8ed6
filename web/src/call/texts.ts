/** What the call page says, in Japanese and English. */

import type { Ending, Phase } from "../phone/call.ts";
import { FAULTS, type FaultWords } from "../phone/fault-words.ts";

export interface Texts {
  readonly title: string;
  readonly intro: string;
  readonly to: (queue: string) => string;
  readonly call: string;
  readonly again: string;
  readonly hangUp: string;
  readonly phases: Readonly<Record<Exclude<Phase, "ended">, string>>;
  readonly endings: Readonly<Record<Ending, string>>;
  readonly held: string;
  readonly heldByThem: string;
  readonly controls: string;
  readonly mute: string;
  readonly hold: string;
  readonly keypad: string;
  readonly key: (key: string) => string;
  readonly sent: string;
  readonly camera: string;
  readonly screen: string;
  readonly videoAsked: string;
  readonly theirPicture: string;
  readonly ownPicture: string;
  readonly devices: string;
  readonly microphone: string;
  readonly cameraDevice: string;
  readonly speaker: string;
  readonly usual: string;
  readonly level: string;
  readonly quality: Readonly<Record<"good" | "fair" | "poor", string>>;
  readonly dismiss: string;
  readonly otherWays: string;
  readonly phone: (number: string) => string;
  readonly callback: string;
  readonly number: string;
  readonly askCallback: string;
  readonly callbackTaken: string;
  readonly callbackFailed: string;
  readonly faults: FaultWords;
}

const ja: Texts = {
  title: "ブラウザーで通話",
  intro:
    "「通話する」を押すと、担当者におつなぎします。マイクの使用を許可してください。通話料はかかりません。",
  to: queue => `${queue}におつなぎします`,
  call: "通話する",
  again: "もう一度かける",
  hangUp: "通話を終える",
  phases: {
    idle: "",
    preparing: "準備しています…",
    calling: "呼び出しています…",
    ringing: "着信中",
    talking: "通話中",
    mending: "接続が不安定です。つなぎ直しています…",
  },
  endings: {
    hung_up: "通話を終了しました。",
    gone: "通話が終了しました。",
    busy: "話し中です。",
    refused: "おつなぎできませんでした。",
    unanswered: "応答がありませんでした。",
    failed: "通話できませんでした。",
  },
  held: "保留しています",
  heldByThem: "相手が保留しています",
  controls: "通話の操作",
  mute: "マイクを切る",
  hold: "保留",
  keypad: "キーパッド",
  key: key => `${key}を送る`,
  sent: "送った番号",
  camera: "カメラ",
  screen: "画面を共有",
  videoAsked: "映像を相手に確認しています…",
  theirPicture: "相手の映像",
  ownPicture: "自分の映像",
  devices: "マイクとスピーカー",
  microphone: "マイク",
  cameraDevice: "カメラ",
  speaker: "スピーカー",
  usual: "標準",
  level: "マイクの音量",
  quality: { good: "音質: 良好", fair: "音質: やや不安定", poor: "音質: 不安定" },
  dismiss: "閉じる",
  otherWays: "ほかのご連絡方法",
  phone: number => `電話をかける: ${number}`,
  callback: "こちらからお電話いたします",
  number: "電話番号",
  askCallback: "折り返しを依頼",
  callbackTaken: "承りました。順番が来ましたらお電話いたします。",
  callbackFailed: "受け付けられませんでした。番号をお確かめください。",
  faults: FAULTS.ja,
};

const en: Texts = {
  title: "Call in the browser",
  intro: "Press “Call”, and we put you through. Please allow the microphone. The call is free of charge.",
  to: queue => `To ${queue}`,
  call: "Call",
  again: "Call again",
  hangUp: "Hang up",
  phases: {
    idle: "",
    preparing: "Preparing…",
    calling: "Calling…",
    ringing: "Ringing",
    talking: "Connected",
    mending: "The connection is unstable. Reconnecting…",
  },
  endings: {
    hung_up: "You ended the call.",
    gone: "The call has ended.",
    busy: "The line is busy.",
    refused: "You could not be put through.",
    unanswered: "Nobody answered.",
    failed: "The call failed.",
  },
  held: "On hold",
  heldByThem: "They put you on hold",
  controls: "Call",
  mute: "Mute",
  hold: "Hold",
  keypad: "Keypad",
  key: key => `Send ${key}`,
  sent: "Keys sent",
  camera: "Camera",
  screen: "Share the screen",
  videoAsked: "Asking for video…",
  theirPicture: "Their picture",
  ownPicture: "Your picture",
  devices: "Microphone and speaker",
  microphone: "Microphone",
  cameraDevice: "Camera",
  speaker: "Speaker",
  usual: "Default",
  level: "Level of the microphone",
  quality: { good: "Sound: good", fair: "Sound: fair", poor: "Sound: poor" },
  dismiss: "Close",
  otherWays: "Other ways to reach us",
  phone: number => `Call ${number}`,
  callback: "We call you",
  number: "Phone number",
  askCallback: "Ask for a call",
  callbackTaken: "Thank you. We call you when it is your turn.",
  callbackFailed: "That was not taken. Please check the number.",
  faults: FAULTS.en,
};

/** The texts of the first language that we speak; Japanese if there is none. */
export function textsFor(tags: readonly string[]): { readonly lang: "ja" | "en"; readonly texts: Texts } {
  const known = tags.map(tag => tag.slice(0, 2).toLowerCase()).find(tag => tag === "ja" || tag === "en");
  return known === "en" ? { lang: "en", texts: en } : { lang: "ja", texts: ja };
}
