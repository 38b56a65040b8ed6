/** What outlives the page: in the page's own storage, which no other site reads. */

import type { Saying } from "./protocol.ts";

export interface Remembered {
  readonly token: string;
  readonly pending: readonly Saying[];
  readonly hadContact: boolean;
  readonly seenMs: number;
  readonly isOpen: boolean;
}

export const NOTHING: Remembered = { token: "", pending: [], hadContact: false, seenMs: 0, isOpen: false };

/** A private window may have no storage: what is remembered then lasts as long as the page. */
export class Memory {
  readonly #name: string;
  #value: Remembered;

  constructor(
    hub: string,
    readonly storage: Pick<Storage, "getItem" | "setItem"> | null = ownStorage(),
  ) {
    this.#name = `toritsugi.chat ${hub}`;
    this.#value = this.#read();
  }

  get value(): Remembered {
    return this.#value;
  }

  keep(change: Partial<Remembered>): void {
    this.#value = { ...this.#value, ...change };
    try {
      this.storage?.setItem(this.#name, JSON.stringify(this.#value));
    } catch {
      // Full, or not allowed.
    }
  }

  #read(): Remembered {
    try {
      return { ...NOTHING, ...JSON.parse(this.storage?.getItem(this.#name) ?? "{}") };
    } catch {
      return NOTHING;
    }
  }
}

function ownStorage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
