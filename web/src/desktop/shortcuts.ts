/** What can be done without the mouse. Letters go by their place on the keyboard, so that an IME does not matter. */

import { isLive } from "../protocol.ts";
import type { Intent } from "./desk.ts";
import type { DeskState } from "./state.ts";
import { call, conversations, nextOffer, shown } from "./worklist.ts";

export const SHORTCUTS = {
  accept: "KeyA",
  reject: "KeyR",
  presence: "KeyP",
  hold: "KeyH",
  hangUp: "KeyX",
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

/** Return what a shortcut means in a state; `null` if nothing, or if it only moves the focus. */
export function intentOf(shortcut: Shortcut, state: DeskState): Intent | null {
  const offer = nextOffer(state);
  const conversation = shown(state);
  const current = conversation && call(conversation);
  switch (shortcut) {
    case "accept":
      return offer && !isLive(offer.channel) ? { type: "accept", offer: offer.offer } : null;
    case "reject":
      return offer && { type: "reject", offer: offer.offer };
    case "presence":
      return { type: "set_presence", presence: state.presence === "available" ? "not_ready" : "available" };
    case "hold":
      return current && { type: current.held ? "resume" : "hold", contact: current.id };
    case "hangUp":
      return current && { type: "hang_up", contact: current.id };
    case "previous":
      return neighbour(state, -1);
    case "next":
      return neighbour(state, 1);
    default:
      return null;
  }
}

function neighbour(state: DeskState, step: 1 | -1): Intent | null {
  const all = conversations(state);
  const at = all.findIndex(each => each.key === shown(state)?.key);
  const found = all.at(at < 0 ? 0 : (at + step) % all.length);
  const contact = found?.offers[0]?.contact ?? found?.contacts[0]?.id;
  return contact === undefined ? null : { type: "contact_selected", contact };
}
