import { describe, expect, it } from "vitest";
import type { JourneyItem } from "../src/protocol.ts";
import { en } from "../src/text/en.ts";
import { webNote } from "../src/text/web-calls.ts";

const item = (kind: JourneyItem["kind"], text: string, detail: JourneyItem["detail"]): JourneyItem => ({
  at_ms: 1,
  kind,
  channel: "voice",
  contact: "v1",
  agent: null,
  text,
  detail,
});

describe("the journey of a call from a browser", () => {
  it("says what failed at the customer's device", () => {
    expect(webNote(item("trouble", "microphone", { detail: "microphone_missing" }), en)).toBe(
      "There is no microphone. Please check that it is plugged in, then call again.",
    );
    expect(webNote(item("trouble", "network", { detail: "newer" }), en)).toBe("newer");
  });

  it("says how it sounded", () => {
    const detail = { last: { mos: 4.31 }, worst: { mos: 3.9 } };
    expect(webNote(item("quality", "", detail), en)).toBe("MOS 4.3 (at worst 3.9)");
    expect(webNote(item("quality", "", {}), en)).toBe("");
    expect(webNote(item("ended", "", detail), en)).toBe("");
  });
});
