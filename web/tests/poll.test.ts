import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Answer } from "../src/desktop/api.ts";
import { Poll } from "../src/desktop/poll.ts";

class Bench {
  asked = 0;
  changes = 0;
  answer: () => Promise<Answer<number>> = () => Promise.resolve({ value: this.asked });
  readonly poll = new Poll<number>(
    () => {
      this.asked += 1;
      return this.answer();
    },
    () => {
      this.changes += 1;
    },
  );
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a poll", () => {
  it("asks at once, then every 2 s", async () => {
    const bench = new Bench();
    bench.poll.start();
    bench.poll.start();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(bench.asked).toBe(3);
    expect(bench.poll.polled).toEqual({ value: 3, refused: null });
    expect(bench.changes).toBe(3);
  });

  it("asks no more once it stopped, and does not hear what comes then", async () => {
    const bench = new Bench();
    let answered: (answer: Answer<number>) => void = () => undefined;
    bench.answer = () => new Promise(resolve => (answered = resolve));
    bench.poll.start();
    bench.poll.stop();
    bench.poll.stop();
    answered({ value: 7 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(bench).toMatchObject({ asked: 1, changes: 0 });
    bench.poll.start();
    expect(bench.asked).toBe(2);
  });

  it("keeps what was told last when there is nothing newer, and says why", async () => {
    const bench = new Bench();
    bench.poll.start();
    await vi.advanceTimersByTimeAsync(0);
    bench.answer = () => Promise.resolve({ refused: "unreachable" });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(bench.poll.polled).toEqual({ value: 1, refused: "unreachable" });
    bench.answer = () => Promise.resolve({ value: 9 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(bench.poll.polled).toEqual({ value: 9, refused: null });
  });

  it("asks at once when something was changed, but not while it is stopped", async () => {
    const bench = new Bench();
    bench.poll.hurry();
    expect(bench.asked).toBe(0);
    bench.poll.start();
    await vi.advanceTimersByTimeAsync(500);
    bench.poll.hurry();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(bench.asked).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(bench.asked).toBe(3);
  });
});
