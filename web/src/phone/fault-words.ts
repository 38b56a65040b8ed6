/** What is wrong with a call and what to do about it, in words. */

import type { Fault } from "./faults.ts";

export type FaultWords = Readonly<Record<Fault, string>>;

export const FAULTS: Readonly<Record<"ja" | "en", FaultWords>> = {
  ja: {
    insecure: "このページは暗号化された接続(https)で開かれていないため、通話できません。",
    unsupported: "このブラウザーでは通話できません。最新のChrome、Edge、Safari、Firefoxでお試しください。",
    microphone_denied:
      "マイクの使用が許可されていません。アドレス欄の左のアイコンからマイクを許可し、もう一度おかけください。",
    microphone_missing: "マイクが見つかりません。接続を確かめ、もう一度おかけください。",
    microphone_in_use: "マイクを使えません。ほかのアプリが使用している場合は終了してください。",
    microphone_failed: "マイクを使えませんでした。",
    camera_denied: "カメラの使用が許可されていません。アドレス欄の左のアイコンからカメラを許可してください。",
    camera_missing: "カメラが見つかりません。",
    camera_in_use: "カメラを使えません。ほかのアプリが使用している場合は終了してください。",
    camera_failed: "カメラを使えませんでした。",
    screen_denied: "画面は共有されていません。",
    screen_failed: "画面を共有できませんでした。",
    network: "ネットワークがつながらないため、音声を送受信できません。別のネットワークでお試しください。",
    server: "通話サーバーに接続できません。しばらくしてからお試しください。",
    codec: "この端末と相手との間で、共通の音声形式が見つかりませんでした。",
    expired: "このリンクの有効期限が切れています。",
    exists: "このリンクでの通話は、すでに別の画面で行われています。",
    busy: "ただいま混み合っており、おつなぎできません。しばらくしてからお試しください。",
    other_tab: "このブラウザーの別のタブが電話になっています。",
    no_video: "相手の電話は映像に対応していません。音声での通話は続いています。",
  },
  en: {
    insecure: "This page did not come by an encrypted connection (https), so it cannot call.",
    unsupported: "This browser cannot call. Please try a current Chrome, Edge, Safari or Firefox.",
    microphone_denied:
      "The microphone is not allowed. Allow it by the icon beside the page's address, then call again.",
    microphone_missing: "There is no microphone. Please check that it is plugged in, then call again.",
    microphone_in_use: "The microphone cannot be used. If another program has it, please close that.",
    microphone_failed: "The microphone could not be used.",
    camera_denied: "The camera is not allowed. Allow it by the icon beside the page's address.",
    camera_missing: "There is no camera.",
    camera_in_use: "The camera cannot be used. If another program has it, please close that.",
    camera_failed: "The camera could not be used.",
    screen_denied: "The screen is not shown.",
    screen_failed: "The screen could not be shown.",
    network: "The network lets no sound through. Please try another network.",
    server: "The server of calls cannot be reached. Please try again in a little while.",
    codec: "This device and the other side have no audio format in common.",
    expired: "This link is not valid any more.",
    exists: "A call of this link goes on in another window.",
    busy: "All lines are busy. Please try again in a little while.",
    other_tab: "Another tab of this browser is the phone.",
    no_video: "The other side's phone has no video. The call itself goes on.",
  },
};
