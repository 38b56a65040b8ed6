import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Mender } from "../src/phone/mender.ts";

function bench() {
  const told: string[] = [];
  const state = { path: "connected", isConnected: true, restarts: 0, canRestart: true };
  const mender = new Mender({
    path: () => state.path,
    isConnected: () => state.isConnected,
    renew: () => {
      told.push("renewed");
      state.isConnected = false;
      mender.unplugged();
    },
    restart: () => {
      if (state.canRestart) state.restarts += 1;
      return state.canRestart;
    },
    onShaken: () => told.push("shaken"),
    onMended: () => told.push("mended"),
    onLost: () => told.push("lost"),
  });
  return { mender, state, told };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a call whose network fails", () => {
  it("is mended once socket, offer and path are good again", () => {
    const { mender, state, told } = bench();
    state.isConnected = false;
    mender.unplugged();
    vi.advanceTimersByTime(2_000);
    expect(state.restarts).toBe(0);
    state.isConnected = true;
    vi.advanceTimersByTime(500);
    expect(state.restarts).toBe(1);
    expect(told).toEqual(["shaken"]);
    mender.reoffered();
    expect(told).toEqual(["shaken", "mended"]);
    vi.advanceTimersByTime(60_000);
    expect(state.restarts).toBe(1);
  });

  it("bears a small gap without a word", () => {
    const { mender, told } = bench();
    mender.path("disconnected");
    vi.advanceTimersByTime(1_000);
    mender.path("connected");
    vi.advanceTimersByTime(5_000);
    expect(told).toEqual([]);
  });

  it("gives the socket up when the path is gone", () => {
    const { mender, state, told } = bench();
    state.path = "disconnected";
    mender.path("disconnected");
    vi.advanceTimersByTime(1_500);
    expect(told).toEqual(["renewed", "shaken"]);
    state.isConnected = true;
    vi.advanceTimersByTime(500);
    mender.reoffered();
    expect(told).not.toContain("mended");
    state.path = "connected";
    mender.path("connected");
    expect(told.at(-1)).toBe("mended");
  });

  it("is tried again, and given up after 45 s", () => {
    const { mender, state, told } = bench();
    state.path = "failed";
    mender.path("failed");
    state.isConnected = true;
    vi.advanceTimersByTime(15_000);
    expect(state.restarts).toBe(3);
    vi.advanceTimersByTime(40_000);
    expect(told.at(-1)).toBe("lost");
    expect(told.filter(each => each === "lost")).toHaveLength(1);
  });

  it("waits while another offer is on its way", () => {
    const { mender, state } = bench();
    state.canRestart = false;
    mender.moved();
    state.isConnected = true;
    vi.advanceTimersByTime(2_000);
    state.canRestart = true;
    vi.advanceTimersByTime(500);
    expect(state.restarts).toBe(1);
  });

  it("is left alone when it has ended", () => {
    const { mender, told } = bench();
    mender.moved();
    mender.stop();
    mender.stop();
    vi.advanceTimersByTime(60_000);
    expect(told).not.toContain("lost");
  });
});
