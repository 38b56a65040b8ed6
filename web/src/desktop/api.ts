/** Asking the hub's API. Every answer is a value: `refused` holds what the hub says of why not. */

import type { Credentials } from "../phone/hub.ts";
import type { Bilingual, MessageFile } from "../protocol.ts";

export type Refusal = Bilingual | "unreachable";
export type Answer<T> = { readonly value: T } | { readonly refused: Refusal };

const BASE = "/api/v1";
const TIMEOUT_MS = 10_000;
const UPLOAD_MS = 600_000;

/** Fetch what stands at a path below `/api/v1`. */
export async function read<T>(path: string): Promise<Answer<T>> {
  return ask<T>("GET", path);
}

/** Have something changed; `null` if it was. */
export async function change(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: object,
): Promise<Refusal | null> {
  const answer = await ask<unknown>(method, path, body);
  return "refused" in answer ? answer.refused : null;
}

async function ask<T>(method: string, path: string, body?: object): Promise<Answer<T>> {
  try {
    const answer = await fetch(`${BASE}${path}`, {
      method,
      ...(body ? { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!answer.ok) return { refused: refusalOf(await answer.json()) };
    return { value: (answer.status === 204 ? null : await answer.json()) as T };
  } catch {
    return { refused: "unreachable" };
  }
}

/** Ask for this session's phone in the browser; `later`: hub or Asterisk are away. */
export async function borrowPhone(): Promise<Credentials | "refused" | "later"> {
  try {
    const answer = await fetch(`${BASE}/phone`, { method: "POST", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (answer.ok) return (await answer.json()) as Credentials;
    return answer.status >= 500 || answer.status === 429 ? "later" : "refused";
  } catch {
    return "later";
  }
}

/** Bring a file for a contact's next message. It may take long. */
export async function bring(contact: string, file: File): Promise<Answer<MessageFile>> {
  const path = `${BASE}/contacts/${encodeURIComponent(contact)}/files?name=${encodeURIComponent(file.name)}`;
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body: file,
      signal: AbortSignal.timeout(UPLOAD_MS),
    });
    if (!answer.ok) return { refused: refusalOf(await answer.json()) };
    return { value: (await answer.json()) as MessageFile };
  } catch {
    return { refused: "unreachable" };
  }
}

/** Read `{"error": {"code", "message": {"ja", "en"}}}`. */
export function refusalOf(body: unknown): Refusal {
  const { error } = body as { readonly error?: { readonly message?: Bilingual } };
  return error?.message ?? "unreachable";
}
