/** What was said in a call that is over, as the hub keeps it. */

import type { TranscriptLine } from "../protocol.ts";

/** `GET /api/v1/contacts/{contact}/transcript`, oldest first. */
export interface Transcript {
  readonly lines: readonly TranscriptLine[];
}

/** What one side said without a pause; `after_ms` is when, from the beginning of the call. */
export interface SaidLine {
  readonly id: string;
  /** `null`: the customer. */
  readonly agent: string | null;
  readonly text: string;
  readonly after_ms: number;
}

/** Where the transcript of a call stands below `/api/v1`. */
export function transcriptPath(contact: string): string {
  return `/contacts/${encodeURIComponent(contact)}/transcript`;
}

/** Return what was said, in the order in which it was; a call began at `began_ms`. */
export function saidIn({ lines }: Transcript, began_ms: number): readonly SaidLine[] {
  return [...lines]
    .sort((a, b) => a.at_ms - b.at_ms)
    .map(({ id, side, agent, text, at_ms }) => ({
      id,
      agent: side === "customer" ? null : (agent ?? ""),
      text,
      after_ms: Math.max(0, at_ms - began_ms),
    }));
}
