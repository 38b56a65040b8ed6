/** Reading the state: contacts of one customer are one conversation, whatever channel they come by. */

import type { Channel, Command, Contact, Offer, Presence, ScreenPop } from "../protocol.ts";
import { isLive } from "../protocol.ts";
import type { DeskState } from "./state.ts";

/** All that is open with one customer. It has an offer or a contact at least. */
export interface Conversation {
  /** Customer id; contact id while nobody knows whose it is. */
  readonly key: string;
  readonly name: string;
  readonly channel: Channel;
  readonly address: string | null;
  readonly offers: readonly Offer[];
  readonly contacts: readonly Contact[];
  /** The newest screen pop: what it shows includes what older ones did. */
  readonly pop: ScreenPop | null;
  readonly unread: number;
}

/** Return what a contact is grouped by: its customer's id, else its own. */
export function keyOf(state: DeskState, contact: string): string {
  const own = state.contacts.find(each => each.id === contact)?.customer;
  return own ?? state.pops[contact]?.customer?.id ?? contact;
}

/** Return the conversations: those that are offered, then the others in order of coming. */
export function conversations(state: DeskState): readonly Conversation[] {
  const offered = [...state.offers].sort((a, b) => a.deadline_ms - b.deadline_ms).map(each => each.contact);
  const contacts = state.contacts.map(each => each.id);
  const keys = new Set([...offered, ...contacts].map(contact => keyOf(state, contact)));
  return [...keys].map(key => conversation(state, key));
}

/** Return the conversation that is shown; `null` if none is. */
export function shown(state: DeskState): Conversation | null {
  const key = state.selected === null ? null : keyOf(state, state.selected);
  return conversations(state).find(each => each.key === key) ?? null;
}

/** Return the offer that lapses first. */
export function nextOffer(state: DeskState): Offer | null {
  return conversations(state)[0]?.offers[0] ?? null;
}

/** Return what kind of offer it is; `dialled`: the agent asked for it by a number. */
export function titleOf(state: DeskState, offer: Offer): "call" | "callback" | "dialled" | "thread" {
  if (offer.callback) return state.dialled === offer.contact ? "dialled" : "callback";
  return isLive(offer.channel) ? "call" : "thread";
}

/** Return the contacts that messages can be sent to. */
export function threads(conversation: Conversation): readonly Contact[] {
  return conversation.contacts.filter(
    each => each.state === "connected" && !isLive(each.channel) && each.channel !== "voicemail",
  );
}

/** Return the contact that a reply goes to: the one that was chosen, else the newest; `null` if none is open. */
export function thread(conversation: Conversation, selected: string | null): Contact | null {
  const open = threads(conversation);
  return open.find(each => each.id === selected) ?? open.at(-1) ?? null;
}

/** Return the call that goes on, if there is one. */
export function call(conversation: Conversation): Contact | null {
  return conversation.contacts.find(each => each.state === "connected" && isLive(each.channel)) ?? null;
}

/** Return the command of this kind about this contact or offer that waits for its answer. */
export function isPending(state: DeskState, type: Command["type"], id: string): boolean {
  return Object.values(state.pending).some(
    each => each.type === type && ("contact" in each ? each.contact : "offer" in each && each.offer) === id,
  );
}

/** Whether a command of this kind waits for its answer, whatever it is about. */
export function isCommandPending(state: DeskState, type: Command["type"]): boolean {
  return Object.values(state.pending).some(each => each.type === type);
}

/** Return the presence that was asked for and is not shown by the hub yet. */
export function wantedPresence(state: DeskState): Presence | null {
  const asked = Object.values(state.pending).findLast(each => each.type === "set_presence");
  return asked?.presence ?? state.presenceAsked;
}

function conversation(state: DeskState, key: string): Conversation {
  const isOfIt = (contact: string): boolean => keyOf(state, contact) === key;
  const offers = state.offers.filter(each => isOfIt(each.contact));
  const contacts = state.contacts.filter(each => isOfIt(each.id));
  const pops = Object.values(state.pops).filter(each => isOfIt(each.contact));
  const pop = pops.at(-1) ?? null;
  const newest = offers.at(-1) ?? contacts.at(-1);
  const named = contacts.find(each => each.name !== "");
  return {
    key,
    name: named?.name ?? pop?.customer?.name ?? "",
    channel: newest?.channel ?? "voice",
    address: contacts.at(-1)?.address ?? pop?.address ?? null,
    offers,
    contacts,
    pop,
    unread: contacts.reduce((sum, each) => sum + (state.unread[each.id] ?? 0), 0),
  };
}
