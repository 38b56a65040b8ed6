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
  /** Path and query; the key in it proves the call's own reports, too. */
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

export type Asked =
  | { readonly credentials: Credentials }
  | { readonly fault: Fault; readonly fallback: Fallback };

/** Ask for a call by a link's token. */
export async function askForCall(token: string, video: boolean, post: typeof fetch = fetch): Promise<Asked> {
  try {
    const answer = await post("/webrtc/calls", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, video }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await answer.json();
    if (answer.ok) return { credentials: body as Credentials };
    return { fault: refusalFault(answer.status), fallback: fallbackOf(body) };
  } catch {
    return { fault: "server", fallback: NO_FALLBACK };
  }
}

function fallbackOf(body: unknown): Fallback {
  const { fallback } = body as { readonly fallback?: Fallback | null };
  return fallback ?? NO_FALLBACK;
}

/** Tells the hub of one call: how good it is, what is wrong with it. What does not arrive is not missed. */
export class Reports {
  readonly #base: string;
  readonly #key: string;
  readonly #post: typeof fetch;
  readonly #told = new Set<Fault>();

  constructor({ call, websocket }: Pick<Credentials, "call" | "websocket">, post: typeof fetch = fetch) {
    this.#base = `/webrtc/calls/${encodeURIComponent(call)}`;
    this.#key = new URL(websocket, "http://hub").searchParams.get("key") ?? "";
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
