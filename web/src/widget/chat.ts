/** Talk, line and memory together: what the element shows and what it asks for. */

import { isWeb } from "./addresses.ts";
import { Line, type Socket } from "./line.ts";
import { Memory } from "./memory.ts";
import { type FromHub, newId, type Page, type Saying, SUBPROTOCOL } from "./protocol.ts";
import { heard, NEW, newestMs, ordered, said, type Talk } from "./talk.ts";

export interface ChatPorts {
  /** Where the hub is: `https://hub.example.jp`. */
  readonly hub: string;
  readonly onChange: () => void;
  readonly memory?: Memory;
  readonly open?: () => Socket;
  readonly post?: typeof fetch;
}

/** What goes with the first message of a contact. */
export interface Intro {
  readonly name?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly page?: Page;
  readonly link?: string;
}

export type CallResult = { readonly url: string } | "failed";
export type FileResult = "sent" | "too_large" | "failed";

const TYPING_MS = 3_000;

export class Chat {
  readonly memory: Memory;
  #talk: Talk;
  readonly #ports: ChatPorts;
  readonly #line: Line;
  #typedMs = 0;
  #readMs = 0;

  constructor(ports: ChatPorts) {
    this.#ports = ports;
    this.memory = ports.memory ?? new Memory(ports.hub);
    const { pending, hadContact } = this.memory.value;
    this.#talk = { ...NEW, pending, hadContact };
    const socket = `${ports.hub.replace(/^http/, "ws")}/chat/socket`;
    this.#line = new Line({
      open: ports.open ?? (() => new WebSocket(socket, SUBPROTOCOL)),
      hello: () => ({ type: "hello", token: this.memory.value.token, after_ms: newestMs(this.#talk) }),
      next: () => this.#talk.pending[0],
      onFrame: frame => this.#heard(frame),
      onChange: line => this.#change({ ...this.#talk, line }),
      random: Math.random,
    });
  }

  get talk(): Talk {
    return this.#talk;
  }

  /** Whether there is anything to go on with: before that, nothing connects until somebody opens the chat. */
  get hasBegun(): boolean {
    return this.memory.value.token !== "";
  }

  start(): void {
    this.#line.start();
  }

  stop(): void {
    this.#line.stop();
  }

  hurry(): void {
    this.#line.hurry();
  }

  say(text: string, intro: Intro = {}): void {
    this.#send({ type: "say", id: newId(), text, ...intro });
  }

  choose(label: string, data: string): void {
    this.#send({ type: "say", id: newId(), text: label, data });
  }

  rate(stars: number, text: string): void {
    this.#send({ type: "rate", id: newId(), stars, text });
  }

  /** Send a file as a message of its own. */
  async attach(file: File, intro: Intro = {}): Promise<FileResult> {
    try {
      const answer = await (this.#ports.post ?? fetch)(`${this.#ports.hub}/chat/files`, {
        method: "POST",
        body: file,
        credentials: "omit",
        headers: {
          Authorization: `Bearer ${this.memory.value.token}`,
          "Content-Type": file.type || "application/octet-stream",
          "X-File-Name": encodeURIComponent(file.name),
        },
      });
      if (answer.status === 413) return "too_large";
      if (!answer.ok) return "failed";
      const { id } = (await answer.json()) as { readonly id: string };
      this.#send({ type: "say", id: newId(), text: "", files: [id], ...intro });
      return "sent";
    } catch {
      return "failed";
    }
  }

  /** Ask for the page by which this visitor calls: he then reaches whoever has the chat. */
  async call(): Promise<CallResult> {
    try {
      const answer = await (this.#ports.post ?? fetch)(`${this.#ports.hub}/chat/call`, {
        method: "POST",
        credentials: "omit",
        headers: { Authorization: `Bearer ${this.memory.value.token}` },
      });
      if (!answer.ok) return "failed";
      const { url } = (await answer.json()) as { readonly url: string };
      return isWeb(url) ? { url } : "failed";
    } catch {
      return "failed";
    }
  }

  older(): void {
    const first = ordered(this.#talk)[0];
    if (first !== undefined) this.#line.tell({ type: "older", before_ms: first.at_ms });
  }

  /** Somebody types: told at most every three seconds. */
  types(nowMs: number): void {
    if (nowMs - this.#typedMs < TYPING_MS) return;
    if (this.#line.tell({ type: "typing" })) this.#typedMs = nowMs;
  }

  /** Somebody sees what was said so far. */
  sees(): void {
    const newest = newestMs(this.#talk);
    if (newest > this.memory.value.seenMs) this.memory.keep({ seenMs: newest });
    if (newest > this.#readMs && this.#line.tell({ type: "read", at_ms: newest })) this.#readMs = newest;
  }

  #send(saying: Saying): void {
    this.#change(said(this.#talk, saying));
    this.#line.start();
    this.#line.push();
  }

  #heard(frame: FromHub): void {
    if (frame.type === "welcome") this.memory.keep({ token: frame.token });
    this.#change(heard(this.#talk, frame, Date.now()));
  }

  #change(talk: Talk): void {
    const before = this.#talk;
    this.#talk = talk;
    if (talk.pending !== before.pending || talk.hadContact !== before.hadContact) {
      this.memory.keep({ pending: talk.pending, hadContact: talk.hadContact });
    }
    this.#ports.onChange();
  }
}
