import { describe, expect, it, vi } from "vitest";
import { Reports } from "../src/phone/hub.ts";
import { levelOf } from "../src/phone/level.ts";
import { type Counters, countersOf, gradeOf, mos, qualityOf, ratingOf } from "../src/phone/quality.ts";

const ZERO: Counters = {
  received: 0,
  lost: 0,
  jitterS: 0.005,
  roundTripS: 0.04,
  buffered: 0,
  emitted: 0,
  codec: "opus",
  relay: false,
};

describe("the E-model", () => {
  it("is at its best without delay and loss", () => {
    expect(ratingOf(0, 0, "opus")).toBeCloseTo(93.2);
    expect(mos(93.2)).toBeCloseTo(4.41, 2); // ITU-T G.107: 93.2 is a MOS of 4.41
  });

  it("gives the values of table B.1 of G.107", () => {
    for (const [rating, value] of [
      [90, 4.34],
      [80, 4.03],
      [70, 3.6],
      [60, 3.1],
      [50, 2.58],
    ] as const) {
      expect(Math.abs(mos(rating) - value)).toBeLessThan(0.01);
    }
    expect(mos(-5)).toBe(1);
    expect(mos(3)).toBe(1);
    expect(mos(100)).toBe(4.5);
  });

  it("falls with loss and with delay", () => {
    expect(ratingOf(20, 0.01, "opus")).toBeLessThan(ratingOf(20, 0, "opus"));
    expect(ratingOf(400, 0, "opus")).toBeLessThan(ratingOf(150, 0, "opus") - 25);
    expect(ratingOf(20, 0, "G722")).toBeLessThan(ratingOf(20, 0, "PCMU"));
  });
});

describe("the quality of some seconds", () => {
  it("is counted from one moment to the next", () => {
    const now = { ...ZERO, received: 460, lost: 40, buffered: 4_800, emitted: 96_000, jitterS: 0.012 };
    const quality = qualityOf(ZERO, now, 12.4);
    expect(quality).toMatchObject({ loss: 0.08, jitter_ms: 12, round_trip_ms: 40, at_s: 12, codec: "opus" });
    expect(gradeOf(quality)).toBe("fair");
  });

  it("is nothing where nothing came", () => {
    expect(qualityOf(ZERO, ZERO, 1)).toMatchObject({ loss: 1 });
    expect(gradeOf(qualityOf(ZERO, ZERO, 1))).toBe("poor");
  });

  it("is read from the browser's report", () => {
    const entries = [
      { type: "inbound-rtp", kind: "audio", packetsReceived: 5, packetsLost: 1, jitter: 0.01, codecId: "C" },
      { id: "C", type: "codec", mimeType: "audio/opus" },
      { type: "transport", selectedCandidatePairId: "P" },
      { id: "P", type: "candidate-pair", currentRoundTripTime: 0.03, localCandidateId: "L" },
      { id: "L", type: "local-candidate", candidateType: "relay" },
    ];
    const report = new Map(entries.map((each, at) => [each.id ?? String(at), each]));
    expect(countersOf(report)).toMatchObject({
      received: 5,
      lost: 1,
      roundTripS: 0.03,
      codec: "opus",
      relay: true,
    });
    expect(countersOf(new Map())).toBeNull();
  });
});

describe("levels", () => {
  it("go from silence to full scale", () => {
    expect(levelOf([0, 0])).toBe(0);
    expect(levelOf([1, -1])).toBe(1);
    expect(levelOf([0.0316, -0.0316])).toBeCloseTo(0.5, 2);
  });
});

describe("reports", () => {
  it("prove themselves, and tell of a fault once", async () => {
    const post = vi.fn(async () => new Response(null, { status: 204 }));
    const reports = new Reports({ call: "c/1", key: "k" }, post as unknown as typeof fetch);
    reports.trouble("microphone_denied");
    reports.trouble("microphone_denied");
    reports.trouble("busy");
    expect(await reports.callback("090")).toBe(true);
    const asked = post.mock.calls as unknown as [string, RequestInit][];
    expect(asked.map(([url]) => url)).toEqual([
      "/webrtc/calls/c%2F1/trouble",
      "/webrtc/calls/c%2F1/callback",
    ]);
    expect(asked[0]?.[1].headers).toMatchObject({ Authorization: "Bearer k" });
    expect(asked[0]?.[1].body).toBe('{"kind":"microphone","detail":"microphone_denied"}');
  });
});
