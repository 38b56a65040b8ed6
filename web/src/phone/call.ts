/** What is known of one call by this browser, and every way in which that changes. No clock, no browser in it. */

import type { Fault } from "./faults.ts";
import type { Quality } from "./quality.ts";

/**
 * `preparing`: microphone and credentials are asked for. `calling`: nobody answered yet; there may be sound
 * (early media). `ringing`: somebody calls us. `mending`: it was answered, and the network fails.
 */
export type Phase = "idle" | "preparing" | "calling" | "ringing" | "talking" | "mending" | "ended";
export type VideoSource = "camera" | "screen";
/** Our own picture: `asked` until the other side agreed; `refused`: it has no video. */
export type OwnVideo = "off" | "asked" | "on" | "refused";
export type Ending = "hung_up" | "gone" | "busy" | "refused" | "unanswered" | "failed";

export interface Call {
  readonly phase: Phase;
  /** Unix time in ms at which it was answered; 0 before. */
  readonly answeredMs: number;
  readonly muted: boolean;
  readonly held: boolean;
  readonly heldByThem: boolean;
  readonly video: OwnVideo;
  readonly source: VideoSource;
  /** Their picture comes. */
  readonly theirVideo: boolean;
  readonly digits: string;
  readonly quality: Quality | null;
  /** What is wrong now, or was at the end. */
  readonly fault: Fault | null;
  readonly ending: Ending | null;
}

/** What happens while both sides are in it. */
type LiveEvent =
  | { readonly type: "shaken" }
  | { readonly type: "mended" }
  | { readonly type: "muted" | "held" | "held_by_them" | "their_video"; readonly is: boolean }
  | { readonly type: "video_asked"; readonly source: VideoSource }
  | { readonly type: "video_settled"; readonly video: Exclude<OwnVideo, "asked"> }
  | { readonly type: "digits_sent"; readonly digits: string }
  | { readonly type: "measured"; readonly quality: Quality };

export type CallEvent =
  | { readonly type: "prepared" }
  | { readonly type: "dialled" }
  | { readonly type: "rang" }
  | { readonly type: "answered"; readonly atMs: number }
  | { readonly type: "ended"; readonly ending: Ending; readonly fault: Fault | null }
  | { readonly type: "failed"; readonly fault: Fault }
  | { readonly type: "fault_cleared" }
  | LiveEvent;

export const NO_CALL: Call = {
  phase: "idle",
  answeredMs: 0,
  muted: false,
  held: false,
  heldByThem: false,
  video: "off",
  source: "camera",
  theirVideo: false,
  digits: "",
  quality: null,
  fault: null,
  ending: null,
};

const LIVE: ReadonlySet<Phase> = new Set(["talking", "mending"]);
const OPEN: ReadonlySet<Phase> = new Set(["preparing", "calling", "ringing", "talking", "mending"]);

/** Whether both sides are in it. */
export function isLive({ phase }: Call): boolean {
  return LIVE.has(phase);
}

/** Whether there is something that could be hung up. */
export function isOpen({ phase }: Call): boolean {
  return OPEN.has(phase);
}

/** Return what is known after an event; what comes too late changes nothing. */
export function reduce(call: Call, event: CallEvent): Call {
  switch (event.type) {
    case "prepared":
    case "rang":
      return isOpen(call) ? call : { ...NO_CALL, phase: event.type === "rang" ? "ringing" : "preparing" };
    case "dialled":
      return call.phase === "preparing" ? { ...call, phase: "calling", fault: null } : call;
    case "ended":
      return isOpen(call) ? ended(call, event.ending, event.fault) : call;
    case "failed":
      return isOpen(call) ? { ...call, fault: event.fault } : call;
    case "fault_cleared":
      return { ...call, fault: null };
    case "answered":
      return answered(call, event.atMs);
    default:
      return isLive(call) ? whileLive(call, event) : call;
  }
}

function whileLive(call: Call, event: LiveEvent): Call {
  switch (event.type) {
    case "shaken":
      return { ...call, phase: "mending" };
    case "mended":
      return { ...call, phase: "talking" };
    case "muted":
      return { ...call, muted: event.is };
    case "held":
      return { ...call, held: event.is };
    case "held_by_them":
      return { ...call, heldByThem: event.is };
    case "their_video":
      return { ...call, theirVideo: event.is };
    case "video_asked":
      return { ...call, video: "asked", source: event.source, fault: null };
    case "video_settled":
      return { ...call, video: event.video };
    case "digits_sent":
      return { ...call, digits: call.digits + event.digits };
    case "measured":
      return { ...call, quality: event.quality };
  }
}

function answered(call: Call, atMs: number): Call {
  if (call.phase !== "calling" && call.phase !== "ringing") return call;
  return { ...call, phase: "talking", answeredMs: atMs, fault: null };
}

function ended(call: Call, ending: Ending, fault: Fault | null): Call {
  const { answeredMs, quality } = call;
  return { ...NO_CALL, phase: "ended", answeredMs, quality, ending, fault: fault ?? call.fault };
}
