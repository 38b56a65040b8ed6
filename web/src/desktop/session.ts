/** Signing in and out (`/api/v1/session`). The session is a cookie that scripts cannot read. */

import { type Refusal, refusalOf } from "./api.ts";

/** `null`: signed in. Else why not; `unreachable` if the hub did not answer. */
export type SignInResult = null | Refusal;

const SESSION = "/api/v1/session";
const TIMEOUT_MS = 10_000;

/** Begin a session. */
export async function signIn(id: string, password: string): Promise<SignInResult> {
  try {
    const answer = await fetch(SESSION, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ id, password }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return answer.ok ? null : refusalOf(await answer.json());
  } catch {
    return "unreachable";
  }
}

/** End the session; that the hub cannot be reached does not keep the agent here. */
export async function signOut(): Promise<void> {
  await fetch(SESSION, { method: "DELETE", signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => undefined);
}

/** Whether a session stands; rejects if the hub does not answer, or not to the point. */
export async function isSignedIn(): Promise<boolean> {
  const answer = await fetch("/api/v1/me", { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (answer.status === 401) return false;
  if (!answer.ok) throw new Error(`unexpected status ${answer.status}`);
  return true;
}
