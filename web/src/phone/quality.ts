/** How good a call is to hear: from the browser's counters (W3C WebRTC Statistics) to one number. */

/** Of the last seconds. `loss` is a share of 0 to 1; `mos` is 1 to 4.5. */
export interface Quality {
  readonly loss: number;
  readonly jitter_ms: number;
  readonly round_trip_ms: number;
  readonly mos: number;
  readonly codec: string;
  /** By a TURN server. */
  readonly relay: boolean;
  /** Since the answer. */
  readonly at_s: number;
}

/** The counters at one moment, of sound that comes and of the path it takes. */
export interface Counters {
  readonly received: number;
  readonly lost: number;
  readonly jitterS: number;
  readonly roundTripS: number;
  /** Sum of the time that sound waited in the buffer, in s, and for how many samples. */
  readonly buffered: number;
  readonly emitted: number;
  readonly codec: string;
  readonly relay: boolean;
}

type Entry = Readonly<Record<string, unknown>> & { readonly type: string };

const number = (value: unknown): number => (typeof value === "number" ? value : 0);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Read the report of `getStats()`; `null` if no sound came yet. */
export function countersOf(report: ReadonlyMap<string, Entry>): Counters | null {
  const all = [...report.values()];
  const inbound = all.find(each => each.type === "inbound-rtp" && each.kind === "audio");
  if (inbound === undefined) return null;
  const transport = all.find(each => each.type === "transport");
  const pair =
    report.get(text(transport?.selectedCandidatePairId)) ??
    all.find(each => each.type === "candidate-pair" && each.nominated === true);
  const remote = all.find(each => each.type === "remote-inbound-rtp" && each.kind === "audio");
  const ends = [pair?.localCandidateId, pair?.remoteCandidateId].map(each => report.get(text(each)));
  return {
    received: number(inbound.packetsReceived),
    lost: number(inbound.packetsLost),
    jitterS: number(inbound.jitter),
    roundTripS: number(pair?.currentRoundTripTime ?? remote?.roundTripTime),
    buffered: number(inbound.jitterBufferDelay),
    emitted: number(inbound.jitterBufferEmittedCount),
    codec: text(report.get(text(inbound.codecId))?.mimeType).replace("audio/", ""),
    relay: ends.some(each => each?.candidateType === "relay"),
  };
}

/** Return the quality between two moments. Nothing that came is all lost. */
export function qualityOf(before: Counters, now: Counters, atS: number): Quality {
  const received = Math.max(0, now.received - before.received);
  const lost = Math.max(0, now.lost - before.lost);
  const loss = received + lost === 0 ? 1 : lost / (received + lost);
  const emitted = now.emitted - before.emitted;
  const bufferS = emitted > 0 ? (now.buffered - before.buffered) / emitted : 2 * now.jitterS;
  const delayMs = (now.roundTripS / 2 + bufferS) * 1000 + FRAME_MS;
  return {
    loss: rounded(loss, 4),
    jitter_ms: rounded(now.jitterS * 1000, 1),
    round_trip_ms: rounded(now.roundTripS * 1000, 1),
    mos: rounded(mos(ratingOf(delayMs, loss, now.codec)), 2),
    codec: now.codec,
    relay: now.relay,
    at_s: Math.round(atS),
  };
}

const FRAME_MS = 20;
/** R without delay and loss, all parameters at their defaults: ITU-T G.107 (06/2015), clause 7.7, table 2. */
const R0 = 93.2;
/** Equipment impairment and robustness to loss: ITU-T G.113 (11/2007), appendix I; Opus is taken as G.711 with concealment. */
const CODECS: Readonly<Record<string, { readonly ie: number; readonly bpl: number }>> = {
  G722: { ie: 13, bpl: 13 },
};
const CONCEALED = { ie: 0, bpl: 25.1 };

/**
 * The E-model's transmission rating: `R = Ro - Is - Id - Ie,eff + A` (ITU-T G.107, equation 7-1), with `Ro - Is` at
 * its default, `A = 0`, and `Ie,eff = Ie + (95 - Ie) * Ppl / (Ppl / BurstR + Bpl)` (equation 7-29, BurstR = 1).
 * `Id` is the usual approximation of its clause 7.4 for a line without echo: 0.024 for each ms, 0.11 more beyond
 * 177.3 ms.
 */
export function ratingOf(delayMs: number, loss: number, codec: string): number {
  const { ie, bpl } = CODECS[codec.toUpperCase()] ?? CONCEALED;
  const percent = loss * 100;
  const ieEff = ie + ((95 - ie) * percent) / (percent + bpl);
  const id = 0.024 * delayMs + 0.11 * Math.max(0, delayMs - 177.3);
  return R0 - id - ieEff;
}

/** `MOS = 1 + 0.035 R + R (R - 60) (100 - R) 7e-6` for 0 < R < 100 (ITU-T G.107, annex B, equation B-4). */
export function mos(rating: number): number {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  // Just above 0 the cubic dips below 1.
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}

/** What a person is told: the steps are the usual ones of user satisfaction (ITU-T G.107, table B.1). */
export function gradeOf({ mos: value }: Quality): "good" | "fair" | "poor" {
  if (value >= 4) return "good";
  return value >= 3.1 ? "fair" : "poor";
}

function rounded(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
