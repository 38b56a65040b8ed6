/** Values of the protocol to test with, and a way to play events. */

import { reduce } from "../src/desktop/reduce.ts";
import { type DeskEvent, type DeskState, INITIAL } from "../src/desktop/state.ts";
import type {
  Contact,
  HubEvent,
  JourneyItem,
  Message,
  Offer,
  Party,
  ScreenPop,
  Welcome,
} from "../src/protocol.ts";

export const NOW_MS = 1_790_000_000_000;
/** The hub's clock is ahead by this. */
export const SKEW_MS = 5_000;

export const agent = { id: "sato", name: "佐藤 恵", role: "agent", queues: ["support"] };
export const customer = { id: "c1", name: "高橋 美咲" };

export function message(id: string, more: Partial<Message> = {}): Message {
  return { id, direction: "in", author: null, text: `text ${id}`, at_ms: NOW_MS, delivery: "sent", ...more };
}

export function contact(id: string, more: Partial<Contact> = {}): Contact {
  return {
    id,
    channel: "line",
    queue: "support",
    state: "connected",
    customer: customer.id,
    address: "U4af4980629c1d0b1a7f2e35d88e2b9aa",
    name: customer.name,
    since_ms: NOW_MS,
    held: false,
    suspended: false,
    muted: false,
    recording: "off",
    parties: [],
    about: null,
    outbound: false,
    messages: [],
    wrap_up_until_ms: 0,
    ...more,
  };
}

export function call(id: string, more: Partial<Contact> = {}): Contact {
  return contact(id, { channel: "voice", address: "+819012345678", ...more });
}

/** Suzuki, brought into a call. */
export function party(state: Party["state"], more: Partial<Party> = {}): Party {
  return { id: "p1", state, agent: "suzuki", number: null, name: "鈴木 花子", ...more };
}

export function offer(id: string, more: Partial<Offer> = {}): Offer {
  return {
    offer: `${id}.1`,
    contact: id,
    channel: "line",
    queue: "support",
    deadline_ms: NOW_MS + 20_000,
    callback: false,
    ...more,
  };
}

export function pop(id: string, more: Partial<ScreenPop> = {}): ScreenPop {
  return {
    contact: id,
    channel: "line",
    queue: "support",
    waited_ms: 3_000,
    address: "U4af4980629c1d0b1a7f2e35d88e2b9aa",
    customer,
    identifiers: [],
    journey: [],
    open_threads: [],
    by: null,
    ivr: [],
    intent: "",
    heard: [],
    candidates: [],
    url: "",
    ...more,
  };
}

export function item(kind: JourneyItem["kind"], more: Partial<JourneyItem> = {}): JourneyItem {
  return { at_ms: NOW_MS, kind, channel: "line", contact: "k1", agent: null, text: "", detail: {}, ...more };
}

export function welcome(more: Partial<Welcome> = {}): Welcome {
  return {
    type: "welcome",
    agent,
    presence: "available",
    offers: [],
    contacts: [],
    dispositions: [{ code: "resolved", ja: "解決", en: "Resolved" }],
    time_ms: NOW_MS + SKEW_MS,
    ...more,
  };
}

export const shown = (each: Contact): HubEvent => ({ type: "contact", ...each });
export const offered = (each: Offer): HubEvent => ({ type: "offer", ...each });
export const popped = (each: ScreenPop): HubEvent => ({ type: "screen_pop", ...each });

/** Reduce a signed-in desk with these events, all at `NOW_MS`. */
export function play(...events: readonly DeskEvent[]): DeskState {
  return go(INITIAL, welcome(), ...events);
}

export function go(state: DeskState, ...events: readonly DeskEvent[]): DeskState {
  return events.reduce((next, event) => reduce(next, event, NOW_MS), state);
}
