/** One timeline over all channels: what the screen pop told, what came since, and what is on its way. */

import type { Channel, JourneyItem, Message, MessageFile, PathItem, ScreenPop } from "../protocol.ts";
import { ID_MAX, isLive } from "../protocol.ts";
import type { DeskState, Observed, Post } from "./state.ts";
import { type Conversation, threads } from "./worklist.ts";

const AGAIN = "-again";

export type DeliveryShown = "sending" | "refused" | Message["delivery"];

export interface MessageEntry {
  readonly kind: "message";
  readonly id: string;
  readonly at_ms: number;
  readonly channel: Channel | null;
  readonly contact: string;
  readonly direction: Message["direction"];
  readonly author: string | null;
  readonly text: string;
  readonly delivery: DeliveryShown;
  /** The whole message, where more than its text is known. */
  readonly message: Message | null;
}

/** What can be heard of a call; `recording` is its id. */
export interface Heard {
  readonly recording: string;
  readonly length_ms: number;
}

/** A call from its beginning to its disposition, as one entry. Times are `null` while they lie ahead. */
export interface CallEntry {
  readonly kind: "call";
  readonly id: string;
  readonly at_ms: number;
  readonly channel: Channel;
  readonly path: readonly PathItem[];
  readonly agent: string | null;
  /** Who was brought in, and where it went, in order. */
  readonly steps: readonly JourneyItem[];
  readonly connected_ms: number | null;
  readonly ended_ms: number | null;
  /** What came of it besides talking. */
  readonly left: "callback" | "voicemail" | null;
  /** What was said in a voice message; empty where nobody wrote it down. */
  readonly message: string;
  readonly recordings: readonly Heard[];
  /** Whether what was said in it can be read. */
  readonly isTranscribed: boolean;
  readonly disposition: string | null;
  readonly note: string;
  /** What it was about; empty while nobody has said so. */
  readonly summary: string;
}

/** A single event of a text contact, or of the customer. */
export interface MarkEntry {
  readonly kind: "mark";
  readonly id: string;
  readonly at_ms: number;
  readonly item: JourneyItem;
}

export type Entry = MessageEntry | CallEntry | MarkEntry;

/** Return the entries of a conversation, oldest first. */
export function timeline(state: DeskState, conversation: Conversation): readonly Entry[] {
  const shown = [...messagesOf(state, conversation)];
  const ids = new Set(shown.map(each => each.id));
  const items = itemsOf(state, conversation);
  const past = items
    .filter(isMessage)
    .map(messageOf)
    .filter(each => !ids.has(each.id));
  const calls = new Map<string, JourneyItem[]>();
  const marks: MarkEntry[] = [];
  for (const item of items.filter(each => !isMessage(each))) {
    if (item.contact !== null && item.channel !== null && isLive(item.channel)) {
      calls.set(item.contact, [...(calls.get(item.contact) ?? []), item]);
    } else {
      marks.push({ kind: "mark", id: `${item.at_ms} ${item.kind}`, at_ms: item.at_ms, item });
    }
  }
  const entries = [
    ...marks,
    ...[...calls].map(([id, of]) => callOf(id, of, state.pops[id])),
    ...past,
    ...shown,
  ];
  return entries.sort((a, b) => a.at_ms - b.at_ms);
}

/** Return the journey with what was observed since, each thing once. */
function itemsOf(state: DeskState, conversation: Conversation): readonly JourneyItem[] {
  const journey = conversation.pop?.journey ?? [];
  const identity = (each: JourneyItem): string => `${each.contact} ${each.kind}`;
  const told = new Set(journey.map(identity));
  // A customer may have become known only after something was observed.
  const isOfIt = ({ key, item }: Observed): boolean =>
    key === conversation.key || conversation.contacts.some(each => each.id === item.contact);
  const since = state.observed.filter(each => isOfIt(each) && !told.has(identity(each.item)));
  return [...journey, ...since.map(each => each.item)];
}

function* messagesOf(state: DeskState, conversation: Conversation): Generator<MessageEntry> {
  const mine = new Set(conversation.contacts.map(each => each.id));
  const others = (conversation.pop?.open_threads ?? []).filter(each => !mine.has(each.id));
  for (const contact of [...others, ...conversation.contacts]) {
    for (const message of contact.messages) {
      yield entryOf(message, contact.id, contact.channel, message.delivery);
    }
  }
  yield* linesOf(state, conversation);
  for (const { contact, message, refused } of state.outgoing) {
    const channel = conversation.contacts.find(each => each.id === contact)?.channel ?? null;
    if (mine.has(contact)) yield entryOf(message, contact, channel, refused ? "refused" : "sending");
  }
}

/** What is said in calls stands among the messages. */
function* linesOf(state: DeskState, { contacts }: Conversation): Generator<MessageEntry> {
  for (const contact of contacts) {
    for (const { id, side, agent, text, at_ms } of state.transcripts[contact.id] ?? []) {
      const from: Pick<Message, "direction" | "author"> =
        side === "customer" ? { direction: "in", author: null } : { direction: "out", author: agent };
      const said: Message = { ...from, id, text, at_ms, delivery: "sent" };
      yield entryOf(said, contact.id, contact.channel, "sent");
    }
  }
}

function entryOf(
  message: Message,
  contact: string,
  channel: Channel | null,
  delivery: DeliveryShown,
): MessageEntry {
  const { id, at_ms, direction, author, text } = message;
  return { kind: "message", id, at_ms, channel, contact, direction, author, text, delivery, message };
}

/**
 * What is sent instead of a message that did not arrive, once: its id follows from that message's.
 *
 * `null` if that was done, if it is more than text and files, or if the agent does not have its thread.
 */
export function insteadOf(state: DeskState, thread: Conversation, entry: MessageEntry): Post | null {
  const { contact, delivery, message } = entry;
  if (delivery !== "failed" || message === null || !isPlain(message)) return null;
  const id = `${message.id}${AGAIN}`;
  const open = threads(thread).find(each => each.id === contact);
  const isSent = [...(open?.messages ?? []), ...state.outgoing.map(each => each.message)].some(
    each => each.id === id,
  );
  const { text, subject } = message;
  const files = (message.files ?? []).flatMap(each => (each.refused === "" ? each.id : []));
  const isEmpty = text === "" && files.length === 0;
  if (open === undefined || isSent || isEmpty || id.length > ID_MAX) return null;
  return {
    contact,
    message: id,
    text,
    ...(files.length > 0 ? { files } : {}),
    ...(subject ? { subject } : {}),
  };
}

/** Whether it is text and files alone: no place, sticker or choices, of which it keeps only what they were called. */
function isPlain({ kind, notes }: Message): boolean {
  return (kind ?? "text") === "text" && !notes?.length;
}

function isMessage(item: JourneyItem): boolean {
  return item.kind === "message_in" || item.kind === "message_out";
}

/** A message of a contact that is over: its text, and its files for who may fetch them. */
function messageOf({ at_ms, kind, channel, contact, agent, text, detail }: JourneyItem): MessageEntry {
  const id = typeof detail.message === "string" ? detail.message : `${at_ms}`;
  const files = Array.isArray(detail.files) ? (detail.files as readonly MessageFile[]) : [];
  const direction = kind === "message_in" ? "in" : "out";
  const message: Message = { id, direction, author: agent, text, at_ms, delivery: "sent", files };
  return entryOf(message, contact ?? "", channel, "sent");
}

function callOf(id: string, items: readonly JourneyItem[], pop: ScreenPop | undefined): CallEntry {
  const last = (kind: JourneyItem["kind"]): JourneyItem | undefined =>
    items.findLast(each => each.kind === kind);
  const connected = last("connected");
  const disposition = last("disposition");
  return {
    kind: "call",
    id,
    at_ms: Math.min(...items.map(each => each.at_ms)),
    channel: items[0]?.channel ?? "voice",
    path: pop?.ivr ?? pathOf(last("ivr")),
    agent: connected?.agent ?? null,
    steps: items.filter(each => STEPS.has(each.kind)),
    connected_ms: connected?.at_ms ?? null,
    ended_ms: last("ended")?.at_ms ?? null,
    left: last("voicemail") ? "voicemail" : last("callback") ? "callback" : null,
    message: last("voicemail")?.text ?? "",
    recordings: items.flatMap(heardOf),
    isTranscribed: last("transcribed") !== undefined,
    disposition: disposition?.text ?? null,
    note: typeof disposition?.detail.note === "string" ? disposition.detail.note : "",
    summary: last("summary")?.text ?? "",
  };
}

const STEPS: ReadonlySet<JourneyItem["kind"]> = new Set([
  "dialled",
  "consulted",
  "conference",
  "transferred",
  "parked",
  "picked_up",
  "noted",
  "taken_over",
  "web_call",
  "trouble",
  "quality",
] as const);

/** Return whom a step was to: agents' ids, queues or numbers. */
export function partnersOf({ detail }: JourneyItem): readonly string[] {
  const named = Array.isArray(detail.with) ? detail.with : [detail.to];
  return named.filter(each => typeof each === "string");
}

function heardOf({ kind, detail }: JourneyItem): readonly Heard[] {
  const { recording, length_ms } = detail;
  const isHeard = kind === "recorded" || kind === "voicemail";
  if (!isHeard || typeof recording !== "string" || typeof length_ms !== "number") return [];
  return [{ recording, length_ms }];
}

function pathOf(item: JourneyItem | undefined): readonly PathItem[] {
  const path = item?.detail.path;
  return Array.isArray(path) ? (path as PathItem[]) : [];
}
