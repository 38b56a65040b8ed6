/** What the widget says, in Japanese and English. */

export interface Texts {
  readonly title: string;
  readonly open: string;
  readonly unread: (count: number) => string;
  readonly close: string;
  readonly call: string;
  readonly callFailed: string;
  readonly callBlocked: string;
  readonly log: string;
  readonly greeting: string;
  readonly carried: string;
  readonly you: string;
  readonly us: string;
  readonly write: string;
  readonly send: string;
  readonly hint: string;
  readonly tooLong: (over: number) => string;
  readonly attach: string;
  readonly attaching: (name: string) => string;
  readonly attachTooLarge: (name: string) => string;
  readonly attachFailed: (name: string) => string;
  readonly fileRefused: string;
  readonly older: string;
  readonly sending: string;
  readonly notTaken: string;
  readonly read: string;
  readonly typing: string;
  readonly withdrawn: string;
  readonly connecting: string;
  readonly lost: string;
  readonly next: string;
  readonly waiting: string;
  readonly position: (position: number) => string;
  readonly wait: (minutes: number) => string;
  readonly connected: string;
  readonly ended: string;
  readonly form: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly tellPage: string;
  readonly rate: string;
  readonly stars: (count: number) => string;
  readonly comment: string;
  readonly rateSend: string;
  readonly rated: string;
}

export const ja: Texts = {
  title: "チャット",
  open: "チャットを開く",
  unread: count => `未読 ${count}件`,
  close: "チャットを閉じる",
  call: "ブラウザーで通話する",
  callFailed: "ただいま通話できません。チャットでご用件をお書きください。",
  callBlocked: "通話画面を開けませんでした。ポップアップを許可してください。",
  log: "会話",
  greeting: "こんにちは。ご用件をお書きください。",
  carried: "お電話でのご用件を引き継ぎます。順番はそのままです。ご用件をお書きください。",
  you: "あなた",
  us: "担当",
  write: "メッセージ",
  send: "送信",
  hint: "Enterで送信、Shift+Enterで改行",
  tooLong: over => `${over}文字超過しています`,
  attach: "ファイルを添付",
  attaching: name => `${name} を送信しています…`,
  attachTooLarge: name => `${name} は大きすぎて送れません。`,
  attachFailed: name => `${name} を送れませんでした。もう一度お試しください。`,
  fileRefused: "受け付けられませんでした",
  older: "以前のメッセージを表示",
  sending: "送信中",
  notTaken: "送信できませんでした",
  read: "既読",
  typing: "担当者が入力しています…",
  withdrawn: "取り消されたメッセージ",
  connecting: "接続しています…",
  lost: "接続が切れました。自動的に再接続します。書いた内容は失われません。",
  next: "次にご案内します。",
  waiting: "担当者におつなぎしています。",
  position: position => `${position}番目にご案内します。`,
  wait: minutes => `待ち時間の目安は約${minutes}分です。`,
  connected: "担当者が対応しています。",
  ended: "会話は終了しました。続けてお書きになると、新しい会話が始まります。",
  form: "ご入力いただくと、ご案内が早くなります(任意)",
  fields: { name: "お名前", email: "メールアドレス", phone: "電話番号", topic: "ご用件", order: "注文番号" },
  tellPage: "ご覧のページ(アドレスと題名)を担当者に知らせる",
  rate: "今回の対応はいかがでしたか",
  stars: count => `5段階の${count}`,
  comment: "ご意見(任意)",
  rateSend: "評価を送る",
  rated: "ご協力ありがとうございました。",
};

export const en: Texts = {
  title: "Chat",
  open: "Open the chat",
  unread: count => `${count} unread`,
  close: "Close the chat",
  call: "Call from the browser",
  callFailed: "Calls are not possible now. Please write to us here.",
  callBlocked: "The window of the call was blocked. Please allow pop-ups.",
  log: "Conversation",
  greeting: "Hello. What can we do for you?",
  carried: "We go on here from your call, and you keep your place. Please tell us what we can do for you.",
  you: "You",
  us: "Agent",
  write: "Message",
  send: "Send",
  hint: "Enter sends, Shift+Enter begins a new line",
  tooLong: over => `${over} characters too long`,
  attach: "Attach a file",
  attaching: name => `Sending ${name}…`,
  attachTooLarge: name => `${name} is too large to be sent.`,
  attachFailed: name => `${name} was not sent. Please try again.`,
  fileRefused: "Not accepted",
  older: "Show earlier messages",
  sending: "Sending",
  notTaken: "Not sent",
  read: "Read",
  typing: "The agent is writing…",
  withdrawn: "Message withdrawn",
  connecting: "Connecting…",
  lost: "The connection was lost. It will be back by itself, and nothing that you wrote is lost.",
  next: "You are next.",
  waiting: "We are finding somebody for you.",
  position: position => `You are number ${position} in line.`,
  wait: minutes => `The wait is about ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`,
  connected: "An agent is with you.",
  ended: "This conversation has ended. To begin a new one, just write.",
  form: "It helps us if you fill this in (optional)",
  fields: {
    name: "Name",
    email: "E-mail address",
    phone: "Phone number",
    topic: "Topic",
    order: "Order number",
  },
  tellPage: "Tell the agent which page I am looking at (address and title)",
  rate: "How did we do?",
  stars: count => `${count} of 5`,
  comment: "Comment (optional)",
  rateSend: "Send",
  rated: "Thank you.",
};

/** The texts of the first language that we speak; Japanese if there is none. */
export function textsFor(tags: readonly string[]): { readonly lang: "ja" | "en"; readonly texts: Texts } {
  const known = tags.map(tag => tag.slice(0, 2).toLowerCase()).find(tag => tag === "ja" || tag === "en");
  return known === "en" ? { lang: "en", texts: en } : { lang: "ja", texts: ja };
}
