/** What can be done without the mouse. Letters go by their place on the keyboard, so that an IME does not matter. */

import type { CallCommand, Command, Contact } from "../protocol.ts";
import { isLive } from "../protocol.ts";
import { actionsOf, type CallAction } from "./calls.ts";
import type { Intent } from "./desk.ts";
import { isRinging } from "./phone.ts";
import type { DeskState } from "./state.ts";
import { waysOf } from "./ways.ts";
import { call, conversations, isPending, nextOffer, shown, thread } from "./worklist.ts";

export const SHORTCUTS = {
  accept: "KeyA",
  reject: "KeyR",
  presence: "KeyP",
  hold: "KeyH",
  mute: "KeyM",
  digits: "KeyN",
  transfer: "KeyT",
  swap: "KeyS",
  complete: "KeyC",
  conference: "KeyJ",
  park: "KeyK",
  record: "KeyE",
  invite: "KeyI",
  hangUp: "KeyX",
  callCustomer: "KeyU",
  handBack: "KeyB",
  dial: "KeyD",
  parked: "KeyL",
  team: "KeyG",
  write: "KeyW",
  previous: "ArrowUp",
  next: "ArrowDown",
  help: "Slash",
} as const;
export type Shortcut = keyof typeof SHORTCUTS;

type Key = Pick<KeyboardEvent, "code" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "isComposing">;

/** Return the shortcut of a key; they all are Alt and one more. AltGr (Ctrl and Alt) is for writing. */
export function shortcutOf(key: Key): Shortcut | null {
  if (!key.altKey || key.ctrlKey || key.metaKey || key.shiftKey || key.isComposing) return null;
  const found = Object.entries(SHORTCUTS).find(([, code]) => code === key.code);
  return found ? (found[0] as Shortcut) : null;
}

const NAMES: Readonly<Record<string, string>> = { ArrowUp: "↑", ArrowDown: "↓", Slash: "/" };

/** Return the name of a shortcut's key, as it is printed on it; `aria-keyshortcuts` wants it without spaces. */
export function keysOf(shortcut: Shortcut): string {
  const code = SHORTCUTS[shortcut];
  return `Alt+${NAMES[code] ?? code.slice(3)}`;
}

/** Return what a shortcut means in a state; `null` if nothing, or if it only moves the focus. */
export function intentOf(shortcut: Shortcut, state: DeskState): Intent | null {
  const offer = nextOffer(state);
  switch (shortcut) {
    case "accept":
      if (isRinging(state.phone)) return { type: "phone_act", act: "answer" };
      return offer && !isLive(offer.channel) ? { type: "accept", offer: offer.offer } : null;
    case "reject":
      return offer && { type: "reject", offer: offer.offer };
    case "presence":
      return { type: "set_presence", presence: state.presence === "available" ? "not_ready" : "available" };
    case "dial":
      return { type: "dialog_opened", dialog: { kind: "dial", number: "", isAsked: false } };
    case "parked":
      return { type: "dialog_opened", dialog: { kind: "parked" } };
    case "team":
      if (!isSupervisor(state)) return null;
      return { type: "view_chosen", view: state.view === "team" ? "desk" : "team" };
    case "previous":
      return neighbour(state, -1);
    case "next":
      return neighbour(state, 1);
    case "callCustomer":
      return inThread("call_me", state);
    case "handBack":
      return inThread("hand_back", state);
    case "write":
    case "help":
      return null;
    default:
      return onCall(shortcut, state);
  }
}

/** Whether the agent sees the team's view. */
export function isSupervisor({ agent }: DeskState): boolean {
  return agent?.role === "supervisor" || agent?.role === "admin";
}

/** Return what an action on a call asks for; the opposite of what is. */
export function intentFor(action: CallAction, contact: Contact): Intent {
  const { id } = contact;
  const command = (type: CallCommand): Command => ({ type, contact: id });
  switch (action) {
    case "hold":
      return command(contact.held ? "resume" : "hold");
    case "mute":
      return command(contact.muted ? "unmute" : "mute");
    case "digits":
      return { type: "keypad_toggled", contact: id };
    case "invite":
      return { type: "ways_toggled", contact: id };
    case "transfer":
      return { type: "dialog_opened", dialog: { kind: "transfer", contact: id } };
    case "record":
      return { type: "record", contact: id, action: NEXT_RECORDING[contact.recording] };
    case "complete":
      return command("complete_transfer");
    case "hangUp":
      return command("hang_up");
    default:
      return command(action);
  }
}

/** Pausing comes before ending: it is what an agent needs in a moment, before a card's number is read out. */
export const NEXT_RECORDING = { off: "start", on: "pause", paused: "resume" } as const;

function onCall(action: CallAction, state: DeskState): Intent | null {
  const conversation = shown(state);
  const current = conversation && call(conversation);
  if (!current || !actionsOf(current, waysOf(state, current)).has(action)) return null;
  const intent = intentFor(action, current);
  return isPending(state, intent.type as Command["type"], current.id) ? null : intent;
}

function inThread(type: "call_me" | "hand_back", state: DeskState): Intent | null {
  const conversation = state.view === "team" ? null : shown(state);
  const current = conversation && thread(conversation, state.selected);
  return current === null || isPending(state, type, current.id) ? null : { type, contact: current.id };
}

function neighbour(state: DeskState, step: 1 | -1): Intent | null {
  const all = conversations(state);
  const at = all.findIndex(each => each.key === shown(state)?.key);
  const found = all.at(at < 0 ? 0 : (at + step) % all.length);
  const contact = found?.offers[0]?.contact ?? found?.contacts[0]?.id;
  return contact === undefined ? null : { type: "contact_selected", contact };
}
