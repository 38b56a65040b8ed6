/** The chat protocol (docs/chat.md), as it goes over the wire. */

export const SUBPROTOCOL = "toritsugi.chat.v1";
export const TEXT_MAX = 5_000;

export interface SharedFile {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly url: string;
  readonly refused: string;
}

export interface Choice {
  readonly label: string;
  readonly data?: string;
  readonly url?: string;
}

/** One message. `mine`: the customer's own. What is at its default is left out by the hub. */
export interface Line {
  readonly id: string;
  readonly at_ms: number;
  readonly text: string;
  readonly mine?: boolean;
  readonly kind?: string;
  readonly files?: readonly SharedFile[];
  readonly choices?: readonly Choice[];
  readonly withdrawn?: boolean;
}

export interface Standing {
  readonly state: "none" | "waiting" | "connected" | "ended" | "open";
  readonly position: number;
  readonly wait_s: number | null;
}

export interface Page {
  readonly url: string;
  readonly title: string;
}

/** What is sent until the hub has it. */
export type Saying =
  | {
      readonly type: "say";
      readonly id: string;
      readonly text: string;
      readonly data?: string;
      readonly name?: string;
      readonly fields?: Readonly<Record<string, string>>;
      readonly page?: Page;
      readonly link?: string;
      readonly files?: readonly string[];
    }
  | { readonly type: "rate"; readonly id: string; readonly stars: number; readonly text: string };

export type ToHub =
  | Saying
  | { readonly type: "hello"; readonly token: string; readonly after_ms: number }
  | { readonly type: "typing" }
  | { readonly type: "read"; readonly at_ms: number }
  | { readonly type: "older"; readonly before_ms: number }
  | { readonly type: "ping" };

export type FromHub =
  | {
      readonly type: "welcome";
      readonly token: string;
      readonly lines: readonly Line[];
      readonly is_whole: boolean;
      readonly standing: Standing | null;
      readonly time_ms: number;
    }
  | { readonly type: "lines"; readonly lines: readonly Line[] }
  | { readonly type: "older_lines"; readonly lines: readonly Line[]; readonly is_all: boolean }
  | { readonly type: "ack"; readonly id: string; readonly at_ms: number }
  | { readonly type: "later"; readonly id: string; readonly retry_s: number }
  | { readonly type: "refused"; readonly id: string; readonly code: string }
  | ({ readonly type: "standing" } & Standing)
  | { readonly type: "agent_typing" }
  | { readonly type: "agent_read"; readonly id: string }
  | { readonly type: "pong" };

const TYPES: ReadonlySet<string> = new Set([
  "welcome",
  "lines",
  "older_lines",
  "ack",
  "later",
  "refused",
  "standing",
  "agent_typing",
  "agent_read",
  "pong",
]);

/** Read a frame; `null` for one of a newer hub, or none at all. */
export function decode(data: unknown): FromHub | null {
  if (typeof data !== "string") return null;
  try {
    const frame: unknown = JSON.parse(data);
    const type = (frame as { readonly type?: unknown } | null)?.type;
    return typeof type === "string" && TYPES.has(type) ? (frame as FromHub) : null;
  } catch {
    return null;
  }
}

/** 128 random bits. `crypto.randomUUID` is missing where a page comes by plain HTTP. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), each =>
    each.toString(16).padStart(2, "0"),
  ).join("");
}
