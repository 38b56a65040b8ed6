/** What JsSIP's causes of an end mean to a person. */

import type { Ending } from "./call.ts";
import type { Fault } from "./faults.ts";

export interface End {
  readonly ending: Ending;
  readonly fault: Fault | null;
}

const CAUSES: Readonly<Record<string, End>> = {
  Busy: { ending: "busy", fault: null },
  Rejected: { ending: "refused", fault: null },
  Redirected: { ending: "refused", fault: null },
  Unavailable: { ending: "refused", fault: null },
  "Not Found": { ending: "refused", fault: null },
  "No Answer": { ending: "unanswered", fault: null },
  Expires: { ending: "unanswered", fault: null },
  "Authentication Error": { ending: "failed", fault: "expired" },
  "Incompatible SDP": { ending: "failed", fault: "codec" },
  "Missing SDP": { ending: "failed", fault: "codec" },
  "Bad Media Description": { ending: "failed", fault: "codec" },
  "WebRTC Error": { ending: "failed", fault: "codec" },
  "RTP Timeout": { ending: "failed", fault: "network" },
  "Connection Error": { ending: "failed", fault: "server" },
  "Request Timeout": { ending: "failed", fault: "server" },
};

/** Return why a call ended; `isOurs`: this side ended it. */
export function endOf(cause: string, isOurs: boolean): End {
  if (cause === "Terminated" || cause === "Canceled")
    return { ending: isOurs ? "hung_up" : "gone", fault: null };
  if (cause === "Rejected" && isOurs) return { ending: "hung_up", fault: null };
  return CAUSES[cause] ?? { ending: "failed", fault: null };
}

/** What happens to a call that was answered, and that JsSIP would end for it; we try to keep it. */
export const MENDABLE: ReadonlySet<string> = new Set(["RTP Timeout", "Connection Error", "Request Timeout"]);
/** The other side refused a change of the call, not the call. */
export const CHANGE_REFUSED = "WebRTC Error";
