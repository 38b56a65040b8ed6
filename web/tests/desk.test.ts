import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Answer } from "../src/desktop/api.ts";
import { Desk } from "../src/desktop/desk.ts";
import type { MessageFile } from "../src/protocol.ts";
import { FakeSocket } from "./fake-socket.ts";
import { contact, message, NOW_MS, welcome } from "./samples.ts";

const SEND = { type: "send", contact: "k1", message: "a", text: "hello" } as const;

const FILE = { id: "f1", name: "a.png", type: "image/png", size: 9, refused: "" };
const BROUGHT: Readonly<Record<string, Answer<MessageFile>>> = { "a.png": { value: FILE } };

class Bench {
  readonly sockets: FakeSocket[] = [];
  readonly desk = new Desk({
    open: () => {
      this.sockets.push(new FakeSocket());
      return this.socket;
    },
    isSignedIn: () => Promise.resolve(true),
    random: () => 1,
    nowMs: () => NOW_MS,
    bring: (_, { name }) => Promise.resolve(BROUGHT[name] ?? { refused: "unreachable" }),
  });

  constructor() {
    this.desk.start();
    this.welcome();
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }

  welcome(contacts = [contact("k1")]): void {
    this.socket.opens();
    this.socket.says(welcome({ contacts }));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a desk", () => {
  it("sends commands and settles them by their answer", () => {
    const { desk, socket } = new Bench();
    desk.perform({ type: "set_presence", presence: "available" });
    expect(socket.sent).toEqual([{ type: "set_presence", presence: "available", ref: "1" }]);
    expect(desk.state.pending).toHaveProperty("1");
    socket.says({ type: "ack", ref: "1" });
    expect(desk.state.pending).toEqual({});
    vi.advanceTimersByTime(60_000);
    expect(desk.state.notices).toEqual([]);
  });

  it("keeps a mail's subject when it is sent again", () => {
    const bench = new Bench();
    bench.desk.perform({ ...SEND, subject: "Your quote" });
    expect(bench.socket.sent.at(-1)).toMatchObject({ subject: "Your quote" });
    bench.socket.closes();
    vi.advanceTimersByTime(60_000);
    bench.welcome();
    expect(bench.socket.sent.at(-1)).toMatchObject({ message: "a", subject: "Your quote" });
  });

  it("brings files and sends them with the next message, again if the link was lost", async () => {
    const bench = new Bench();
    const { desk, socket } = bench;
    desk.perform({ type: "attach", contact: "k1", key: "1", file: new File(["x"], "a.png") });
    expect(desk.state.attached).toMatchObject({ k1: [{ name: "a.png", file: null }] });
    desk.perform({ type: "attach", contact: "k1", key: "2", file: new File(["x"], "b.png") });
    await Promise.resolve();
    expect(desk.state.attached).toMatchObject({ k1: [{ file: FILE }, { refused: "unreachable" }] });
    desk.perform({ ...SEND, text: "", files: ["f1"] });
    expect(socket.sent.at(-1)).toMatchObject({ files: ["f1"] });
    expect(desk.state.attached).toEqual({});
    expect(desk.state.outgoing[0]?.message.files).toEqual([FILE]);
    socket.closes();
    vi.advanceTimersByTime(60_000);
    bench.welcome();
    expect(bench.socket.sent.at(-1)).toMatchObject({ type: "send", message: "a", files: ["f1"] });
  });

  it("leaves away a file that was taken away while it was brought", async () => {
    const { desk } = new Bench();
    desk.perform({ type: "attach", contact: "k1", key: "1", file: new File(["x"], "a.png") });
    desk.perform({ type: "file_detached", contact: "k1", key: "1" });
    await Promise.resolve();
    expect(desk.state.attached).toEqual({ k1: [] });
  });

  it("keeps to itself what concerns only the page", () => {
    const { desk, socket } = new Bench();
    desk.perform({ type: "draft_changed", contact: "k1", text: "x" });
    expect(socket.sent).toEqual([]);
    expect(desk.state.drafts).toEqual({ k1: "x" });
  });

  it("tells when the hub does not answer", () => {
    const { desk, socket } = new Bench();
    desk.perform({ type: "hold", contact: "k1" });
    vi.advanceTimersByTime(9_999);
    socket.says({ type: "presence", agent: "tanaka", presence: "available", reason: "" });
    vi.advanceTimersByTime(5_001);
    expect(desk.state.refusals).toEqual({ k1: "unanswered" });
  });

  it("tells at once when there is no link", () => {
    const { desk, socket } = new Bench();
    socket.closes();
    desk.perform({ type: "hold", contact: "k1" });
    expect(desk.state.refusals).toEqual({ k1: "no_link" });
    desk.perform({ type: "set_presence", presence: "not_ready" });
    expect(desk.state.notices.at(-1)?.content).toBe("no_link");
  });

  it("tells of commands that were lost with the link", () => {
    const { desk, socket } = new Bench();
    desk.perform({ type: "hold", contact: "k1" });
    socket.closes();
    expect(desk.state).toMatchObject({ pending: {}, refusals: { k1: "unanswered" } });
  });

  it("sends messages again that the hub may not have, under their own id", async () => {
    const bench = new Bench();
    bench.desk.perform(SEND);
    bench.socket.closes();
    bench.desk.perform({ ...SEND, message: "b" });
    await vi.advanceTimersByTimeAsync(500);
    bench.welcome([contact("k1", { messages: [message("a", { direction: "out" })] })]);
    expect(bench.socket.sent).toEqual([
      { type: "send", contact: "k1", message: "b", text: "hello", ref: "2" },
    ]);
    bench.socket.says({ type: "message", contact: "k1", message: message("b", { direction: "out" }) });
    expect(bench.desk.state.outgoing).toEqual([]);
  });

  it("does not send again by itself what was refused", async () => {
    const bench = new Bench();
    bench.desk.perform(SEND);
    bench.socket.says({ type: "error", ref: "1", code: "wrong_state", message: { ja: "", en: "" } });
    bench.socket.closes();
    await vi.advanceTimersByTimeAsync(500);
    bench.welcome();
    expect(bench.socket.sent).toEqual([]);
    bench.desk.perform(SEND);
    expect(bench.socket.sent).toHaveLength(1);
  });

  it("tells its listeners of each event, before and after", () => {
    const { desk } = new Bench();
    const listener = vi.fn();
    const stop = desk.subscribe(listener);
    const before = desk.state;
    desk.perform({ type: "contact_selected", contact: null });
    expect(listener).toHaveBeenCalledExactlyOnceWith(
      { type: "contact_selected", contact: null },
      before,
      desk.state,
    );
    stop();
    desk.perform({ type: "contact_selected", contact: "k1" });
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("forgets everything when it stops, and can start again", () => {
    const bench = new Bench();
    bench.desk.perform(SEND);
    bench.desk.stop();
    expect(bench.desk.state).toMatchObject({ link: "ended", contacts: [], outgoing: [], pending: {} });
    vi.advanceTimersByTime(60_000);
    expect(bench.sockets).toHaveLength(1);
    bench.desk.start();
    bench.welcome();
    expect(bench.desk.state).toMatchObject({ link: "open", contacts: [{ id: "k1" }] });
  });
});
