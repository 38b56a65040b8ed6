import { describe, expect, it } from "vitest";
import { type Call, type CallEvent, isLive, isOpen, NO_CALL, reduce } from "../src/phone/call.ts";

const story = (...events: readonly CallEvent[]): Call => events.reduce(reduce, NO_CALL);
const ANSWERED = [
  { type: "prepared" },
  { type: "dialled" },
  { type: "answered", atMs: 5 },
] as const satisfies CallEvent[];

describe("a call", () => {
  it("goes from its first click to its end", () => {
    expect(story({ type: "prepared" }).phase).toBe("preparing");
    expect(story({ type: "prepared" }, { type: "dialled" }).phase).toBe("calling");
    expect(story(...ANSWERED)).toMatchObject({ phase: "talking", answeredMs: 5 });
    const over = story(...ANSWERED, { type: "ended", ending: "gone", fault: null });
    expect(over).toMatchObject({ phase: "ended", ending: "gone", answeredMs: 5 });
    expect(isOpen(over)).toBe(false);
  });

  it("is mended and forgets nothing", () => {
    const muted = story(...ANSWERED, { type: "muted", is: true }, { type: "shaken" });
    expect(muted).toMatchObject({ phase: "mending", muted: true });
    expect(isLive(muted)).toBe(true);
    expect(reduce(muted, { type: "mended" })).toMatchObject({ phase: "talking", muted: true });
  });

  it("does not change by what comes too late", () => {
    const over = story(...ANSWERED, { type: "ended", ending: "hung_up", fault: null });
    for (const event of [
      { type: "mended" },
      { type: "shaken" },
      { type: "answered", atMs: 9 },
      { type: "failed", fault: "network" },
      { type: "ended", ending: "gone", fault: null },
    ] as const) {
      expect(reduce(over, event)).toBe(over);
    }
  });

  it("is not dialled twice", () => {
    const calling = story({ type: "prepared" }, { type: "dialled" });
    expect(reduce(calling, { type: "prepared" })).toBe(calling);
    expect(reduce(calling, { type: "rang" })).toBe(calling);
  });

  it("keeps what was wrong when it ends by it, and begins anew without", () => {
    const over = story(
      ...ANSWERED,
      { type: "failed", fault: "camera_denied" },
      { type: "ended", ending: "failed", fault: "network" },
    );
    expect(over.fault).toBe("network");
    expect(reduce(over, { type: "prepared" })).toEqual({ ...NO_CALL, phase: "preparing" });
  });

  it("shows our picture once it is agreed to", () => {
    const asked = story(...ANSWERED, { type: "video_asked", source: "screen" });
    expect(asked).toMatchObject({ video: "asked", source: "screen" });
    expect(reduce(asked, { type: "video_settled", video: "refused" }).video).toBe("refused");
  });
});
