import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Chat } from "../src/widget/chat.ts";
import type { Socket } from "../src/widget/line.ts";
import { Memory } from "../src/widget/memory.ts";

class FakeSocket implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly sent: { readonly type: string; readonly id?: string; readonly text?: string }[] = [];
  isClosed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  opens(token = "t1"): this {
    this.onopen?.call(this as never, {} as Event);
    this.says({ type: "welcome", token, lines: [], is_whole: true, standing: null, time_ms: 0 });
    return this;
  }

  says(frame: object): void {
    this.onmessage?.call(this as never, { data: JSON.stringify(frame) } as MessageEvent);
  }

  acks(at_ms = 1): void {
    this.says({ type: "ack", id: this.sent.at(-1)?.id, at_ms });
  }

  closes(code = 1006): void {
    this.onclose?.call(this as never, { code } as CloseEvent);
  }

  get texts(): readonly (string | undefined)[] {
    return this.sent.filter(each => each.type === "say").map(each => each.text);
  }
}

function bench(memory = new Memory("https://hub", null), post?: typeof fetch) {
  const sockets: FakeSocket[] = [];
  const chat = new Chat({
    hub: "https://hub",
    onChange: () => undefined,
    memory,
    open: () => {
      sockets.push(new FakeSocket());
      return sockets.at(-1) as FakeSocket;
    },
    ...(post ? { post } : {}),
  });
  const socket = (): FakeSocket => sockets.at(-1) as FakeSocket;
  return { chat, sockets, socket, memory };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("messages", () => {
  it("leave one after the other, each when the hub has the one before", () => {
    const { chat, socket } = bench();
    chat.start();
    chat.say("一");
    chat.say("二");
    socket().opens();
    expect(socket().texts).toEqual(["一"]);
    socket().acks();
    expect(socket().texts).toEqual(["一", "二"]);
    socket().acks();
    expect(chat.talk.pending).toEqual([]);
  });

  it("are sent again under their id when the line was lost in between", () => {
    const { chat, socket, sockets } = bench();
    chat.start();
    socket().opens();
    chat.say("届いていますか");
    const sent = socket().sent.at(-1);
    socket().closes();
    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(2);
    socket().opens();
    expect(socket().sent.at(-1)).toEqual(sent);
    expect(socket().sent[0]).toEqual({ type: "hello", token: "t1", after_ms: 0 });
  });

  it("outlive the page", () => {
    const first = bench();
    first.chat.start();
    first.socket().opens();
    first.chat.say("書きかけ");
    const second = bench(first.memory);
    second.chat.start();
    second.socket().opens();
    expect(second.socket().texts).toEqual(["書きかけ"]);
    second.socket().acks();
    expect(second.memory.value.pending).toEqual([]);
  });

  it("wait as long as the hub says, and keep their order", () => {
    const { chat, socket } = bench();
    chat.start();
    socket().opens();
    chat.say("一");
    chat.say("二");
    socket().says({ type: "later", id: chat.talk.pending[0]?.id, retry_s: 3 });
    vi.advanceTimersByTime(2_900);
    expect(socket().texts).toEqual(["一"]);
    vi.advanceTimersByTime(200);
    expect(socket().texts).toEqual(["一", "一"]);
    socket().acks();
    expect(socket().texts).toEqual(["一", "一", "二"]);
  });
});

describe("the line", () => {
  it("is given up when nothing at all is heard, and taken up at once when somebody looks", () => {
    const { chat, socket, sockets } = bench();
    chat.start();
    socket().opens();
    vi.advanceTimersByTime(20_000);
    expect(socket().sent.at(-1)).toEqual({ type: "ping" });
    vi.advanceTimersByTime(20_000);
    expect(sockets[0]?.isClosed).toBe(true);
    expect(chat.talk.line).toBe("lost");
    chat.hurry();
    expect(sockets).toHaveLength(2);
  });

  it("is not taken up at once when the hub found that too much", () => {
    const { chat, socket, sockets } = bench();
    chat.start();
    socket().opens();
    socket().closes(1008);
    vi.advanceTimersByTime(9_000);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(1_100);
    expect(sockets).toHaveLength(2);
  });

  it("asks from where it was", () => {
    const { chat, socket } = bench();
    chat.start();
    socket().opens();
    socket().says({ type: "lines", lines: [{ id: "m1", at_ms: 42, text: "x" }] });
    socket().closes();
    chat.hurry();
    socket().opens();
    expect(socket().sent[0]).toEqual({ type: "hello", token: "t1", after_ms: 42 });
  });

  it("tells of typing now and then, and of what was seen once", () => {
    const { chat, socket } = bench();
    chat.start();
    socket().opens();
    for (const at of [10_000, 10_500, 13_100]) chat.types(at);
    expect(socket().sent.filter(each => each.type === "typing")).toHaveLength(2);
    socket().says({ type: "lines", lines: [{ id: "m1", at_ms: 42, text: "x" }] });
    chat.sees();
    chat.sees();
    expect(socket().sent.filter(each => each.type === "read")).toEqual([{ type: "read", at_ms: 42 }]);
  });
});

describe("a file", () => {
  const answers =
    (status: number): typeof fetch =>
    () =>
      Promise.resolve(new Response(JSON.stringify({ id: "upload-1" }), { status }));
  const picture = new File(["x"], "写真.png", { type: "image/png" });

  it("goes as a message of its own", async () => {
    const { chat, socket } = bench(undefined, answers(200));
    chat.start();
    socket().opens();
    expect(await chat.attach(picture)).toBe("sent");
    expect(socket().sent.at(-1)).toMatchObject({ type: "say", text: "", files: ["upload-1"] });
  });

  it.each([
    [413, "too_large"],
    [429, "failed"],
  ])("that is not taken is not sent (%i)", async (status, result) => {
    const { chat } = bench(undefined, answers(status));
    expect(await chat.attach(picture)).toBe(result);
    expect(chat.talk.pending).toEqual([]);
  });
});

describe("a call", () => {
  const answers =
    (status: number, body: object): typeof fetch =>
    () =>
      Promise.resolve(new Response(JSON.stringify(body), { status }));

  it("is made at the page that the hub names", async () => {
    const post = vi.fn(answers(200, { token: "t", url: "https://hub/call/abc" }));
    const { chat, socket } = bench(undefined, post);
    chat.start();
    socket().opens();
    expect(await chat.call()).toEqual({ url: "https://hub/call/abc" });
    expect(post.mock.calls[0]?.[0]).toBe("https://hub/chat/call");
    expect(post.mock.calls[0]?.[1]?.headers).toEqual({ Authorization: "Bearer t1" });
  });

  it.each([
    [503, {}],
    [200, { url: "javascript:alert(1)" }],
  ])("fails where there is no such page (%i)", async (status, body) => {
    const { chat } = bench(undefined, answers(status, body));
    expect(await chat.call()).toBe("failed");
  });
});
