import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Link, type LinkPorts } from "../src/desktop/link.ts";
import type { LinkState } from "../src/desktop/state.ts";
import type { HubEvent } from "../src/protocol.ts";
import { FakeSocket } from "./fake-socket.ts";
import { welcome } from "./samples.ts";

class Bench {
  readonly sockets: FakeSocket[] = [];
  readonly events: HubEvent[] = [];
  readonly changes: LinkState[] = [];
  signedIn: () => Promise<boolean> = () => Promise.resolve(true);
  readonly link: Link;

  constructor(more: Partial<LinkPorts> = {}) {
    this.link = new Link({
      open: () => {
        this.sockets.push(new FakeSocket());
        return this.socket;
      },
      isSignedIn: () => this.signedIn(),
      onEvent: event => this.events.push(event),
      onChange: link => this.changes.push(link),
      random: () => 1,
      ...more,
    });
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }

  welcomed(): this {
    this.link.start();
    this.socket.opens();
    this.socket.says(welcome());
    return this;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a link that stands", () => {
  it("hands events on and numbers commands", () => {
    const bench = new Bench().welcomed();
    expect(bench.events).toEqual([welcome()]);
    expect(bench.link.send({ type: "hold", contact: "v1" })).toBe("1");
    expect(bench.link.send({ type: "resume", contact: "v1" })).toBe("2");
    expect(bench.socket.sent).toEqual([
      { type: "hold", contact: "v1", ref: "1" },
      { type: "resume", contact: "v1", ref: "2" },
    ]);
  });

  it.each(["not json", "[]", "7", "null", '{"type":7}', '{"type":"news"}', '{"type":"toString"}'])(
    "passes over what it does not know: %s",
    frame => {
      const bench = new Bench().welcomed();
      bench.socket.says(frame);
      expect(bench.events).toHaveLength(1);
    },
  );

  it("pings each 10 s and keeps the answers to itself", () => {
    const bench = new Bench().welcomed();
    vi.advanceTimersByTime(10_000);
    expect(bench.socket.sent).toEqual([{ type: "ping", ref: "1" }]);
    bench.socket.says({ type: "ack", ref: "1" });
    vi.advanceTimersByTime(10_000);
    expect(bench.sockets).toHaveLength(1);
    expect(bench.events).toHaveLength(1);
  });

  it("is given up when a ping is followed by silence", () => {
    const bench = new Bench().welcomed();
    const [first] = bench.sockets;
    vi.advanceTimersByTime(20_000);
    expect(first?.isClosed).toBe(true);
    expect(bench.changes).toEqual(["connecting", "waiting"]);
  });
});

describe("a link that is lost", () => {
  it("comes back after 0.5, 1, 2... s, at most 15", async () => {
    const bench = new Bench().welcomed();
    for (const wait_ms of [500, 1000, 2000, 4000, 8000, 15_000, 15_000]) {
      bench.socket.closes();
      const count = bench.sockets.length;
      await vi.advanceTimersByTimeAsync(wait_ms - 1);
      expect(bench.sockets).toHaveLength(count);
      await vi.advanceTimersByTimeAsync(1);
      expect(bench.sockets).toHaveLength(count + 1);
    }
  });

  it("begins anew with short waits once it was welcomed", async () => {
    const bench = new Bench().welcomed();
    bench.socket.closes();
    await vi.advanceTimersByTimeAsync(500);
    bench.socket.closes();
    await vi.advanceTimersByTimeAsync(1000);
    bench.socket.opens();
    bench.socket.says(welcome());
    bench.socket.closes();
    await vi.advanceTimersByTimeAsync(500);
    expect(bench.sockets).toHaveLength(4);
  });

  it("spreads the tries of many desktops", async () => {
    const bench = new Bench({ random: () => 0 }).welcomed();
    bench.socket.closes();
    await vi.advanceTimersByTimeAsync(250);
    expect(bench.sockets).toHaveLength(2);
  });

  it("comes back at once when hurried, and does not when it stands", async () => {
    const bench = new Bench().welcomed();
    bench.link.hurry();
    expect(bench.sockets).toHaveLength(1);
    bench.socket.closes();
    bench.link.hurry();
    expect(bench.sockets).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(600);
    expect(bench.sockets).toHaveLength(2);
  });

  it("sends nothing", () => {
    const bench = new Bench();
    bench.link.start();
    expect(bench.link.send({ type: "hold", contact: "v1" })).toBeNull();
  });

  it("does not hear the socket that was given up", () => {
    const bench = new Bench().welcomed();
    const [first] = bench.sockets;
    first?.closes();
    bench.link.hurry();
    first?.says(welcome());
    first?.closes();
    expect(bench.events).toHaveLength(1);
    expect(bench.changes).toEqual(["connecting", "waiting", "connecting"]);
  });

  it("gives up a socket that never opens", async () => {
    const bench = new Bench();
    bench.link.start();
    await vi.advanceTimersByTimeAsync(10_500);
    expect(bench.sockets).toHaveLength(2);
    expect(bench.sockets[0]?.isClosed).toBe(true);
  });
});

describe("a link whose session is over", () => {
  it("ends when the hub says so", () => {
    const bench = new Bench().welcomed();
    bench.socket.closes(1008);
    expect(bench.changes.at(-1)).toBe("ended");
  });

  it("ends when the session turns out to be gone", async () => {
    const bench = new Bench().welcomed();
    bench.signedIn = () => Promise.resolve(false);
    bench.socket.closes();
    await vi.advanceTimersByTimeAsync(500);
    expect(bench.changes.at(-1)).toBe("ended");
    expect(bench.sockets).toHaveLength(1);
  });

  it("goes on trying while nobody can say", async () => {
    const bench = new Bench().welcomed();
    bench.signedIn = () => Promise.reject(new Error("unreachable"));
    bench.socket.closes();
    await vi.advanceTimersByTimeAsync(500);
    expect(bench.sockets).toHaveLength(2);
  });

  it("is not brought back by an answer that comes after stop()", async () => {
    const bench = new Bench().welcomed();
    let answer = (_: boolean): void => undefined;
    bench.signedIn = () =>
      new Promise(resolve => {
        answer = resolve;
      });
    bench.socket.closes();
    await vi.advanceTimersByTimeAsync(500);
    bench.link.stop();
    bench.link.stop();
    answer(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(bench.sockets).toHaveLength(1);
  });
});
