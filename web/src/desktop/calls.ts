/** What an agent can do with a call, by the state it is in. */

import type { Contact, Party, Way } from "../protocol.ts";
import { isLive } from "../protocol.ts";

/** Who is brought in: `ringing` until somebody answers, then apart from the customer, then all together. */
export type Consultation = "none" | "ringing" | "apart" | "together";

export const CALL_ACTIONS = [
  "hold",
  "mute",
  "digits",
  "transfer",
  "park",
  "record",
  "swap",
  "complete",
  "conference",
  "invite",
  "hangUp",
] as const;
export type CallAction = (typeof CALL_ACTIONS)[number];

/** Return how far the call's consultation is; the least that anybody of them is. */
export function consultationOf({ parties }: Contact): Consultation {
  const isAny = (...states: Party["state"][]): boolean => parties.some(each => states.includes(each.state));
  if (isAny("talking", "held")) return "apart";
  if (isAny("ringing")) return "ringing";
  return parties.length > 0 ? "together" : "none";
}

/** Whether the agent is asked about somebody else's call, or in its conference. */
export function isConsulted(contact: Contact): boolean {
  return contact.about !== null;
}

/** Whether the agent talks to who is consulted, and not to the customer. */
export function isApart({ parties }: Contact): boolean {
  return parties.some(each => each.state === "talking");
}

/**
 * Return what can be done with a contact that goes on; nothing if it is no call of this agent. `ways`: where its caller
 * can be invited to.
 */
export function actionsOf(contact: Contact, ways: readonly Way[] = []): ReadonlySet<CallAction> {
  if (contact.state !== "connected" || !isLive(contact.channel)) return new Set();
  if (isConsulted(contact)) return new Set(["mute", "hangUp"]);
  const always: readonly CallAction[] = ways.length > 0 ? [...ALWAYS, "invite"] : ALWAYS;
  // While the other one is rung there is the customer to go back to, and nobody else.
  if (consultationOf(contact) === "ringing" && contact.held) return new Set([...always, "swap"]);
  return new Set([...always, ...BY_CONSULTATION[consultationOf(contact)]]);
}

const ALWAYS: readonly CallAction[] = ["mute", "digits", "record", "hangUp"];
const BY_CONSULTATION: Readonly<Record<Consultation, readonly CallAction[]>> = {
  none: ["hold", "transfer", "park"],
  ringing: [],
  apart: ["swap", "complete", "conference"],
  together: ["transfer", "complete"],
};
