/** What the widget knows of a talk, and every way in which that changes. No clock, no socket. */

import type { FromHub, Line, Saying, Standing } from "./protocol.ts";

export type LineState = "off" | "connecting" | "on" | "lost";

export interface Talk {
  readonly line: LineState;
  /** By id. What the hub has; what it does not have yet is in `pending`, oldest first. */
  readonly lines: ReadonlyMap<string, Line>;
  readonly pending: readonly Saying[];
  /** What the hub will never take. */
  readonly refused: readonly Saying[];
  readonly standing: Standing | null;
  /** Whether a contact was seen that has not been seen to end: its end is what is rated. */
  readonly hadContact: boolean;
  readonly rating: "none" | "asked" | "given";
  readonly isAll: boolean;
  /** Until when an agent is shown to write. */
  readonly typingUntilMs: number;
  /** The newest message of the customer's that an agent has read. */
  readonly readId: string;
}

export const NEW: Talk = {
  line: "off",
  lines: new Map(),
  pending: [],
  refused: [],
  standing: null,
  hadContact: false,
  rating: "none",
  isAll: true,
  typingUntilMs: 0,
  readId: "",
};

const TYPING_MS = 6_000;

/** Take what the hub tells in. */
export function heard(talk: Talk, frame: FromHub, nowMs: number): Talk {
  switch (frame.type) {
    case "welcome":
      return welcomed(talk, frame);
    case "lines":
      return {
        ...merged(talk, frame.lines),
        typingUntilMs: frame.lines.some(each => !each.mine) ? 0 : talk.typingUntilMs,
      };
    case "older_lines":
      return { ...merged(talk, frame.lines), isAll: frame.is_all };
    case "ack":
      return acknowledged(talk, frame.id, frame.at_ms);
    case "refused":
      return refused(talk, frame.id);
    case "standing":
      return stands(talk, { state: frame.state, position: frame.position, wait_s: frame.wait_s });
    case "agent_typing":
      return { ...talk, typingUntilMs: nowMs + TYPING_MS };
    case "agent_read":
      return { ...talk, readId: frame.id };
    default:
      return talk;
  }
}

/** Add something to be sent. A message after the end begins anew: where that stands is to be heard. */
export function said(talk: Talk, saying: Saying): Talk {
  const pending = [...talk.pending, saying];
  if (saying.type === "rate") return { ...talk, pending, rating: "given" };
  return { ...talk, pending, rating: "none", standing: isOver(talk.standing) ? null : talk.standing };
}

/** The messages that the hub has, oldest first. */
export function ordered(talk: Talk): readonly Line[] {
  return [...talk.lines.values()].sort((a, b) => a.at_ms - b.at_ms);
}

/** The newest time of a message; 0 if there is none. */
export function newestMs(talk: Talk): number {
  return Math.max(0, ...Array.from(talk.lines.values(), each => each.at_ms));
}

/** How many messages of ours came after a time. */
export function countSince(talk: Talk, atMs: number): number {
  return [...talk.lines.values()].filter(each => !each.mine && each.at_ms > atMs).length;
}

/** Whether nothing was said yet in what can be seen. */
export function isNew(talk: Talk): boolean {
  return talk.lines.size === 0 && talk.pending.length === 0;
}

/** Whether the next message begins a contact. */
export function begins(talk: Talk): boolean {
  return talk.standing === null ? isNew(talk) : isOver(talk.standing);
}

function isOver(standing: Standing | null): boolean {
  return standing?.state === "ended" || standing?.state === "none";
}

function welcomed(talk: Talk, frame: FromHub & { readonly type: "welcome" }): Talk {
  // Without the messages between, those from before would seem to be followed by these.
  const before = frame.is_whole ? talk.lines : new Map<string, Line>();
  const isFirst = talk.lines.size === 0 || !frame.is_whole;
  const next = merged({ ...talk, line: "on", lines: before }, frame.lines);
  const known = { ...next, isAll: isFirst ? frame.is_whole : talk.isAll };
  return frame.standing ? stands(known, frame.standing) : known;
}

/** A message that is told again keeps its place: it may have been sent later than it was written. */
function merged(talk: Talk, told: readonly Line[]): Talk {
  const lines = new Map(talk.lines);
  for (const line of told) {
    lines.set(line.id, { ...line, at_ms: Math.min(line.at_ms, lines.get(line.id)?.at_ms ?? line.at_ms) });
  }
  return { ...talk, lines };
}

function acknowledged(talk: Talk, id: string, atMs: number): Talk {
  const saying = talk.pending.find(each => each.id === id);
  if (saying === undefined) return talk;
  const pending = talk.pending.filter(each => each !== saying);
  if (saying.type !== "say" || talk.lines.has(id)) return { ...talk, pending };
  return merged({ ...talk, pending }, [{ id, at_ms: atMs, text: saying.text, mine: true }]);
}

function refused(talk: Talk, id: string): Talk {
  const saying = talk.pending.find(each => each.id === id);
  if (saying === undefined) return talk;
  const pending = talk.pending.filter(each => each !== saying);
  return { ...talk, pending, refused: [...talk.refused, saying] };
}

function stands(talk: Talk, standing: Standing): Talk {
  if (!isOver(standing)) return { ...talk, standing, hadContact: true, rating: "none" };
  const isAsked = talk.hadContact && talk.rating === "none";
  return { ...talk, standing, hadContact: false, rating: isAsked ? "asked" : talk.rating };
}
