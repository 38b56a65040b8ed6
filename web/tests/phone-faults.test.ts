import { describe, expect, it } from "vitest";
import { interrupted, tokenOf, wasInterrupted } from "../src/call/token.ts";
import { endOf } from "../src/phone/endings.ts";
import { browserFault, deviceFault, refusalFault, troubleOf } from "../src/phone/faults.ts";

const ABLE = {
  isSecureContext: true,
  RTCPeerConnection: class {},
  WebSocket: class {},
  navigator: { mediaDevices: { getUserMedia: () => undefined } },
};

describe("faults", () => {
  it.each([
    ["NotAllowedError", "microphone_denied"],
    ["NotFoundError", "microphone_missing"],
    ["NotReadableError", "microphone_in_use"],
    ["TypeError", "microphone_failed"],
  ])("tells %s apart", (name, fault) => {
    expect(deviceFault("microphone", new DOMException("", name))).toBe(fault);
  });

  it("takes a screen that was not chosen for what it is", () => {
    expect(deviceFault("screen", new DOMException("", "NotAllowedError"))).toBe("screen_denied");
    expect(deviceFault("camera", null)).toBe("camera_failed");
  });

  it("knows which browsers cannot call", () => {
    expect(browserFault(ABLE)).toBeNull();
    expect(browserFault({ ...ABLE, isSecureContext: false })).toBe("insecure");
    expect(browserFault({ ...ABLE, RTCPeerConnection: undefined })).toBe("unsupported");
    expect(browserFault({ ...ABLE, navigator: {} })).toBe("unsupported");
  });

  it("says why there are no credentials", () => {
    expect([401, 404, 409, 429, 503, 0].map(refusalFault)).toEqual([
      "expired",
      "expired",
      "exists",
      "busy",
      "busy",
      "server",
    ]);
  });

  it("tells the hub under its heads", () => {
    expect(troubleOf("microphone_denied")).toBe("microphone");
    expect(troubleOf("screen_failed")).toBe("camera");
    expect(troubleOf("server")).toBe("network");
    expect(troubleOf("insecure")).toBe("unsupported");
    expect(troubleOf("busy")).toBeNull();
  });
});

describe("ends", () => {
  it.each([
    ["Terminated", true, "hung_up", null],
    ["Terminated", false, "gone", null],
    ["Canceled", true, "hung_up", null],
    ["Rejected", true, "hung_up", null],
    ["Rejected", false, "refused", null],
    ["Busy", false, "busy", null],
    ["Incompatible SDP", false, "failed", "codec"],
    ["RTP Timeout", true, "failed", "network"],
    ["Something new", false, "failed", null],
  ])("takes %s (ours: %s) for %s", (cause, isOurs, ending, fault) => {
    expect(endOf(cause, isOurs)).toEqual({ ending, fault });
  });
});

describe("the page's address", () => {
  it("names what is called by", () => {
    expect(tokenOf({ hash: "", pathname: "/call/AbC-1" })).toBe("AbC-1");
    expect(tokenOf({ hash: "#token=e30.x-_y", pathname: "/call/" })).toBe("e30.x-_y");
    expect(tokenOf({ hash: "", pathname: "/call/" })).toBe("");
  });

  it("is called again once by a page that was loaded anew", () => {
    const kept = new Map<string, string>();
    const store = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
      removeItem: (name: string) => void kept.delete(name),
    };
    interrupted("a", 1_000, store);
    expect(wasInterrupted("a", 2_000, store)).toBe(true);
    expect(wasInterrupted("a", 2_000, store)).toBe(false);
    interrupted("a", 1_000, store);
    expect(wasInterrupted("b", 2_000, store)).toBe(false);
    interrupted("a", 1_000, store);
    expect(wasInterrupted("a", 100_000, store)).toBe(false);
  });
});
