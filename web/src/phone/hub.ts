/** What the hub gives and takes for calls of browsers (docs/webrtc.md). */

import { type Fault, refusalFault, troubleOf } from "./faults.ts";
import type { Quality } from "./quality.ts";

/** Where to turn to when a browser cannot call. */
export interface Fallback {
  readonly phone: string | null;
  readonly callback: boolean;
}

export interface IceServer {
  readonly urls: string | string[];
  readonly username?: string;
  readonly credential?: string;
}

/** Good for one call of a customer, or for an agent's phone. */
export interface Credentials {
  readonly call: string;
  /** Proves that what is told of a call comes from its page. */
  readonly key: string;
  /** Path and query. */
  readonly websocket: string;
  readonly uri: string;
  readonly user: string;
  readonly password: string;
  /** Empty for an agent's phone. */
  readonly dial: string;
  readonly expires_s: number;
  readonly ice_servers: readonly IceServer[];
  readonly ice_transport_policy: "all" | "relay";
  readonly video: boolean;
  readonly queue_name: string;
  readonly fallback: Fallback;
}

export const NO_FALLBACK: Fallback = { phone: null, callback: false };
const TIMEOUT_MS = 10_000;

/** A call that the hub knows of, and the proof that it is ours. */
export type Known = Pick<Credentials, "call" | "key">;

/** `known`: there can be no call, but a call back can be asked for. */
export type Asked =
  | { readonly credentials: Credentials }
  | { readonly fault: Fault; readonly fallback: Fallback; readonly known: Known | null };

/** Ask for a call by a link's token. */
export async function askForCall(
  token: string,
  video: boolean,
  post: typeof fetch = (...asked) => fetch(...asked),
): Promise<Asked> {
  try {
    const answer = await post("/webrtc/calls", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, video }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await answer.json();
    if (answer.ok) return { credentials: body as Credentials };
    return { fault: refusalFault(answer.status), ...without(body) };
  } catch {
    return { fault: "server", fallback: NO_FALLBACK, known: null };
  }
}

function without(body: unknown): { readonly fallback: Fallback; readonly known: Known | null } {
  const { fallback, call, key } = body as { readonly fallback?: Fallback } & Partial<Known>;
  const known = call !== undefined && key !== undefined ? { call, key } : null;
  return { fallback: fallback ?? NO_FALLBACK, known };
}

/** Tells the hub of one call: how good it is, what is wrong with it. What does not arrive is not missed. */
export class Reports {
  readonly #base: string;
  readonly #key: string;
  readonly #post: typeof fetch;
  readonly #told = new Set<Fault>();

  constructor({ call, key }: Known, post: typeof fetch = (...asked) => fetch(...asked)) {
    this.#base = `/webrtc/calls/${encodeURIComponent(call)}`;
    this.#key = key;
    this.#post = post;
  }

  quality(quality: Quality): void {
    void this.#tell("quality", quality);
  }

  /** Tell of a fault, once for each. */
  trouble(fault: Fault): void {
    const kind = troubleOf(fault);
    if (kind === null || this.#told.has(fault)) return;
    this.#told.add(fault);
    void this.#tell("trouble", { kind, detail: fault });
  }

  /** Ask to be called back; whether that was taken. */
  async callback(number: string): Promise<boolean> {
    return this.#tell("callback", { number });
  }

  /** Whether the other side has video; where that is not known, it may. */
  async hasVideo(): Promise<boolean> {
    try {
      const headers = { Authorization: `Bearer ${this.#key}` };
      const answer = await this.#post(this.#base, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
      return !answer.ok || ((await answer.json()) as { readonly video?: boolean }).video !== false;
    } catch {
      return true;
    }
  }

  async #tell(what: string, body: object): Promise<boolean> {
    try {
      const answer = await this.#post(`${this.#base}/${what}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.#key}` },
        body: JSON.stringify(body),
        keepalive: true,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return answer.ok;
    } catch {
      return false;
    }
  }
}
