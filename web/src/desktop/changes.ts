/** The steps that transitions are made of: each takes a state and returns the next. */

import type {
  Command,
  Contact,
  HubEvent,
  JourneyItem,
  Message,
  MessageFile,
  Party,
  Supervision,
  TranscriptLine,
} from "../protocol.ts";
import { besideText, isAlone, postText } from "./besides.ts";
import { DIALOG, isOfDialog, placeOf } from "./places.ts";
import type { Attached, DeskState, Notice, NoticeCode, Outgoing, Post } from "./state.ts";
import { BY_AGENT } from "./ways.ts";
import { keyOf } from "./worklist.ts";

type WrapUp = Extract<Command, { type: "wrap_up" }>;

const NOTICES_MAX = 4;
const OBSERVED_MAX = 100;
const TYPING_MS = 6_000;

/** Keep the entries whose key passes. */
export function only<T>(
  record: Readonly<Record<string, T>>,
  isKept: (key: string) => boolean,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => isKept(key)));
}

/** Tell the agent something; the oldest notices give way. */
export function noticed(state: DeskState, content: Notice["content"]): DeskState {
  const id = (state.notices.at(-1)?.id ?? 0) + 1;
  return { ...state, notices: [...state.notices, { id, content }].slice(-NOTICES_MAX) };
}

/** Tell why a command was not carried out, where it was given. */
export function refused(state: DeskState, command: Command, content: Notice["content"]): DeskState {
  // Signs need not arrive.
  if (command.type === "typing" || command.type === "read") return state;
  const place = placeOf(state, command);
  const next = command.type === "dial" ? { ...state, isDialling: false } : state;
  if (place === null) return noticed(next, content);
  return { ...next, refusals: { ...state.refusals, [place]: content } };
}

/** What was told of the last command is not true of the next one. */
export function unrefused(state: DeskState, place: string | null): DeskState {
  if (place === null || !Object.hasOwn(state.refusals, place)) return state;
  return { ...state, refusals: only(state.refusals, each => each !== place) };
}

/** The hub took a command: what the page showed of it while it waited is done with. */
export function carriedOut(state: DeskState, command: Command): DeskState {
  const next = isOfDialog(state, command) ? withoutDialog(state) : state;
  switch (command.type) {
    case "set_presence":
      return { ...next, presenceAsked: command.presence === state.presence ? null : command.presence };
    case "send_digits": {
      const sent = (state.digits[command.contact] ?? "") + command.digits;
      return { ...next, digits: { ...state.digits, [command.contact]: sent } };
    }
    case "remove_party":
      return withParties(next, command.contact, each => each.id !== command.party);
    default:
      return next;
  }
}

function withParties(state: DeskState, contact: string, isKept: (party: Party) => boolean): DeskState {
  const contacts = state.contacts.map(each =>
    each.id === contact ? { ...each, parties: each.parties.filter(isKept) } : each,
  );
  return { ...state, contacts };
}

/** Say so when somebody who was brought into a call went without being asked to. */
export function unaccompanied(state: DeskState, before: Contact | undefined, after: Contact): DeskState {
  if (before === undefined || after.state !== "connected") return state;
  const asked = Object.values(state.pending).flatMap(each =>
    each.type === "remove_party" ? each.party : [],
  );
  const isThere = ({ id }: Party): boolean =>
    after.parties.some(each => each.id === id) || asked.includes(id);
  const gone = before.parties.find(each => !isThere(each));
  if (gone === undefined) return state;
  const content = gone.state === "ringing" ? "party_no_answer" : "party_left";
  return { ...state, refusals: { ...state.refusals, [after.id]: content } };
}

const UNSUPERVISED: Readonly<Record<string, NoticeCode>> = {
  no_answer: "supervisor_no_answer",
  busy: "supervisor_busy",
  unreachable: "supervisor_unreachable",
  refused: "supervisor_refused",
};

/** Say why the supervisor's own phone did not come into a call; what he ended himself he knows. */
export function unsupervised(state: DeskState, { contact, reason }: Supervision): DeskState {
  const code = UNSUPERVISED[reason];
  if (code === undefined) return state;
  return state.view === "team"
    ? { ...state, refusals: { ...state.refusals, [contact]: code } }
    : noticed(state, code);
}

/** Close the dialog, with what was told in it. */
export function withoutDialog(state: DeskState): DeskState {
  return unrefused({ ...state, dialog: null }, DIALOG);
}

/** Close what is open only while a call goes on. */
export function withoutControls(state: DeskState, contact: string): DeskState {
  const isOfIt = state.dialog?.kind === "transfer" && state.dialog.contact === contact;
  const next = isOfIt ? withoutDialog(state) : state;
  const isOpen = (each: string | null): string | null => (each === contact ? null : each);
  return { ...next, keypad: isOpen(next.keypad), inviting: isOpen(next.inviting) };
}

/** Whether a contact is offered to this agent or with them. */
export function isOurs(state: DeskState, contact: string): boolean {
  return (
    state.offers.some(each => each.contact === contact) || state.contacts.some(each => each.id === contact)
  );
}

/** Whether the conversation of this contact is the one that is shown. */
export function isShown(state: DeskState, contact: string): boolean {
  return state.selected !== null && keyOf(state, state.selected) === keyOf(state, contact);
}

/** Change the messages of one contact. */
export function withMessages(
  state: DeskState,
  contact: string,
  change: (messages: readonly Message[]) => readonly Message[],
): DeskState {
  const contacts = state.contacts.map(each =>
    each.id === contact ? { ...each, messages: change(each.messages) } : each,
  );
  return { ...state, contacts };
}

/** Show no more in a screen pop what was read in a message that is withdrawn, and the message. */
export function withoutHeard(state: DeskState, contact: string, message: string): DeskState {
  const pop = state.pops[contact];
  if (pop === undefined) return state;
  const heard = pop.heard.filter(each => each.message !== message);
  const journey = pop.journey
    .filter(each => each.contact !== contact || (each.kind !== "heard" && each.kind !== "bot"))
    .map(each => (each.detail.message === message ? { ...each, text: "" } : each));
  return { ...state, pops: { ...state.pops, [contact]: { ...pop, heard, journey } } };
}

/** Put a message in its place by time; one that is there already is replaced. */
export function including(messages: readonly Message[], message: Message): readonly Message[] {
  const others = messages.filter(each => each.id !== message.id);
  return [...others, message].sort((a, b) => a.at_ms - b.at_ms);
}

/** Note what the journey will say of a change, so that the timeline needs no new screen pop. */
export function noted(
  state: DeskState,
  before: Contact | undefined,
  after: Contact,
  nowMs: number,
): DeskState {
  if (before === undefined && after.state === "connected") return observed(state, after, "connected", nowMs);
  if (before?.state === "connected" && after.state !== "connected") {
    return observed(state, after, "ended", nowMs);
  }
  const sent = wrapUpOnItsWay(state, after.id);
  return sent && after.state === "ended" ? disposed(state, after, sent, nowMs) : state;
}

/** What a contact was about, as the journey will have it. */
export function summedUp(state: DeskState, id: string, text: string, nowMs: number): DeskState {
  const contact = state.contacts.find(each => each.id === id);
  return contact ? observed(state, contact, "summary", nowMs, { text, detail: {} }) : state;
}

/** A caller was sent the way into a channel, as the journey will have it. */
export function invited(
  state: DeskState,
  { contact: id, channel }: Extract<Command, { type: "invite" }>,
  nowMs: number,
): DeskState {
  const contact = state.contacts.find(each => each.id === id);
  const item = { text: BY_AGENT, detail: { to: channel } };
  return contact ? observed(state, contact, "deflected", nowMs, item) : state;
}

/** Return lines with one more, or one of them replaced. */
export function withLine(lines: readonly TranscriptLine[], line: TranscriptLine): readonly TranscriptLine[] {
  const isKnown = lines.some(each => each.id === line.id);
  return isKnown ? lines.map(each => (each.id === line.id ? line : each)) : [...lines, line];
}

function observed(
  state: DeskState,
  contact: Contact,
  kind: JourneyItem["kind"],
  nowMs: number,
  more: Pick<JourneyItem, "text" | "detail"> = { text: "", detail: {} },
): DeskState {
  const item: JourneyItem = {
    ...more,
    at_ms: nowMs + state.skewMs,
    kind,
    channel: contact.channel,
    contact: contact.id,
    agent: state.agent?.id ?? null,
  };
  const entry = { key: contact.customer ?? keyOf(state, contact.id), item };
  return { ...state, observed: [...state.observed, entry].slice(-OBSERVED_MAX) };
}

/**
 * Whether the agent was still writing a contact up. Its time may be over, but the hub takes the outcome later
 * too: the contact stays here, ended, until it is sent or discarded.
 */
export function isUnfinished(state: DeskState, contact: string): boolean {
  const draft = state.wrapUps[contact];
  const isBegun = draft !== undefined && (draft.note !== "" || draft.disposition !== "");
  return isBegun && wrapUpOnItsWay(state, contact) === undefined;
}

/** The hub has the outcome: nothing of the draft is left, nor of a contact that ended before. */
export function wrappedUp(state: DeskState, command: WrapUp, nowMs: number): DeskState {
  const contact = state.contacts.find(each => each.id === command.contact);
  if (contact === undefined) return state;
  const told = disposed(state, contact, command, nowMs);
  const next = { ...told, wrapUps: only(told.wrapUps, id => id !== contact.id) };
  return contact.state === "ended" ? forgotten(without(next, contact.id), contact.id, state) : next;
}

/** Return the wrap-up of this contact that the hub has not answered yet. */
function wrapUpOnItsWay(state: DeskState, contact: string): WrapUp | undefined {
  return Object.values(state.pending)
    .filter(each => each.type === "wrap_up")
    .find(each => each.contact === contact);
}

function disposed(state: DeskState, contact: Contact, command: WrapUp, nowMs: number): DeskState {
  const outcome = { text: command.disposition, detail: { note: command.note ?? "" } };
  return observed(state, contact, "disposition", nowMs, outcome);
}

/** Take a contact off the list. */
export function without(state: DeskState, contact: string): DeskState {
  return { ...state, contacts: state.contacts.filter(each => each.id !== contact) };
}

/** Show a message of ours at once, before the hub has it. */
export function posted(state: DeskState, command: Post, nowMs: number): DeskState {
  if (state.outgoing.some(each => each.message.id === command.message)) {
    return marked(state, command.message, false);
  }
  const message: Message = {
    id: command.message,
    direction: "out",
    author: state.agent?.id ?? null,
    text: postText(command),
    at_ms: nowMs + state.skewMs,
    delivery: "queued",
    files: filesOf(state, command),
    ...(command.subject ? { subject: command.subject } : {}),
    notes: besideText(command),
  };
  const { contact } = command;
  const outgoing = [...state.outgoing, { contact, post: command, message, refused: false }];
  const isOther = (id: string): boolean => id !== command.contact;
  return {
    ...state,
    outgoing,
    ...(isAlone(command)
      ? {}
      : { drafts: only(state.drafts, isOther), attached: only(state.attached, isOther) }),
  };
}

function filesOf(state: DeskState, { contact, files = [] }: Post): readonly MessageFile[] {
  const brought = (state.attached[contact] ?? []).flatMap(each => each.file ?? []);
  return brought.filter(each => files.includes(each.id));
}

/** Put a file to the next message; one that is there already is replaced. */
export function attached(state: DeskState, contact: string, file: Attached): DeskState {
  const before = state.attached[contact] ?? [];
  const isKnown = before.some(each => each.key === file.key);
  const files = isKnown ? before.map(each => (each.key === file.key ? file : each)) : [...before, file];
  return { ...state, attached: { ...state.attached, [contact]: files } };
}

/** The customer writes, or has read what was sent up to a time. */
export function signed(
  state: DeskState,
  { contact, typing, read_ms }: Extract<HubEvent, { type: "sign" }>,
  nowMs: number,
): DeskState {
  const others = only(state.typing, id => id !== contact);
  const next = { ...state, typing: typing ? { ...others, [contact]: nowMs + TYPING_MS } : others };
  if (read_ms === null) return next;
  const isRead = (each: Message): boolean =>
    each.direction === "out" &&
    each.at_ms <= read_ms &&
    (each.delivery === "sent" || each.delivery === "delivered");
  return withMessages(next, contact, messages =>
    messages.map(each => (isRead(each) ? { ...each, delivery: "read" } : each)),
  );
}

/** Mark a message of ours as refused, or as on its way again. */
export function marked(state: DeskState, message: string, refused: boolean): DeskState {
  const mark = (each: Outgoing): Outgoing => (each.message.id === message ? { ...each, refused } : each);
  return { ...state, outgoing: state.outgoing.map(mark) };
}

/** Forget our own copies of messages that the hub shows. */
export function withoutShown(state: DeskState, messages: readonly Message[]): DeskState {
  const ids = new Set(messages.map(each => each.id));
  return { ...state, outgoing: state.outgoing.filter(each => !ids.has(each.message.id)) };
}

/** Say so when a message cannot leave any more, since its contact went to others or ended. */
export function withoutLost(state: DeskState): DeskState {
  const outgoing = state.outgoing.filter(each => state.contacts.some(contact => contact.id === each.contact));
  return outgoing.length === state.outgoing.length ? state : noticed({ ...state, outgoing }, "not_sent");
}

/** Forget a contact that is neither offered nor ours any more; `before` still knew whose it was. */
export function forgotten(state: DeskState, contact: string, before: DeskState): DeskState {
  const key = keyOf(before, contact);
  const sibling = state.contacts.find(each => keyOf(state, each.id) === key);
  const isLeft = (id: string): boolean => id !== contact;
  return withoutLost({
    ...withoutControls(state, contact),
    pops: only(state.pops, isLeft),
    unread: only(state.unread, isLeft),
    drafts: only(state.drafts, isLeft),
    attached: only(state.attached, isLeft),
    typing: only(state.typing, isLeft),
    wrapUps: only(state.wrapUps, isLeft),
    digits: only(state.digits, isLeft),
    transcripts: only(state.transcripts, isLeft),
    refusals: only(state.refusals, isLeft),
    selected: state.selected === contact ? (sibling?.id ?? null) : state.selected,
  });
}

/** After a new beginning: what was shown stays if it still exists, else the first there is. */
export function reselected(state: DeskState): DeskState {
  const ids = [...state.offers.map(each => each.contact), ...state.contacts.map(each => each.id)];
  const isThere = state.selected !== null && ids.includes(state.selected);
  return isThere ? state : { ...state, selected: ids[0] ?? null };
}
