/** By what the page may call: `#token=...` of its address, or the last step of its path (`/call/{short}`). */

const TOKEN = /[#&]token=([\w.~-]+)/;
const PATH = /\/call\/([\w.~-]+)\/?$/;

export function tokenOf({ hash, pathname }: Pick<Location, "hash" | "pathname">): string {
  return TOKEN.exec(hash)?.[1] ?? PATH.exec(pathname)?.[1] ?? "";
}

const KEY = "toritsugi.call";
/** So long a page that was loaded anew goes on calling. */
const AGAIN_MS = 60_000;

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The page goes while it is in a call: what comes after it may call again. */
export function interrupted(token: string, nowMs: number, store: Store | null = session()): void {
  store?.setItem(KEY, JSON.stringify({ token, atMs: nowMs }));
}

/** Whether this page was in a call just now, before it was loaded anew; true once. */
export function wasInterrupted(token: string, nowMs: number, store: Store | null = session()): boolean {
  const kept = store?.getItem(KEY) ?? null;
  if (kept === null) return false;
  store?.removeItem(KEY);
  try {
    const before = JSON.parse(kept) as { readonly token?: string; readonly atMs?: number };
    return before.token === token && nowMs - (before.atMs ?? 0) < AGAIN_MS;
  } catch {
    return false;
  }
}

// A private window may have no storage.
function session(): Store | null {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}
