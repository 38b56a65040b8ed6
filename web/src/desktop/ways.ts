/** How a caller can go on by text with the agent to whom he talks. */

import type { Contact, Way } from "../protocol.ts";
import { isLive } from "../protocol.ts";
import type { DeskState } from "./state.ts";
import { keyOf } from "./worklist.ts";

/** Whether a caller can be sent anything: it goes to the number that he is called by, which may be withheld. */
export function isReachable({ address }: Contact): boolean {
  return address?.startsWith("+") ?? false;
}

/** Return the channels to which a caller can be invited: those that the hub serves, but none in which he writes already. */
export function waysOf(state: DeskState, contact: Contact): readonly Way[] {
  if (!isReachable(contact)) return [];
  const key = keyOf(state, contact.id);
  const open = state.contacts.filter(
    each => each.state === "connected" && !isLive(each.channel) && keyOf(state, each.id) === key,
  );
  return state.ways.filter(way => open.every(each => each.channel !== way));
}

/** Return where an agent has invited the caller to in this call. */
export function invitedTo(state: DeskState, contact: string): ReadonlySet<unknown> {
  const told = state.pops[contact]?.journey ?? [];
  const items = [...told, ...state.observed.map(each => each.item)];
  const ours = items.filter(
    each => each.kind === "deflected" && each.contact === contact && each.text === BY_AGENT,
  );
  return new Set(ours.map(each => each.detail.to));
}

/** The reason that the journey has for it. */
export const BY_AGENT = "agent";

/** Whether the caller is being invited to a channel. */
export function isInviting({ pending }: DeskState, contact: string, way: Way): boolean {
  return Object.values(pending).some(
    each => each.type === "invite" && each.contact === contact && each.channel === way,
  );
}
