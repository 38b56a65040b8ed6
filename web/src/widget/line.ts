/** One WebSocket after the other: the widget's line to the hub, which mends itself. */

import { decode, type FromHub, type Saying, type ToHub } from "./protocol.ts";

/** The part of `WebSocket` that is used. */
export type Socket = Pick<WebSocket, "onopen" | "onmessage" | "onclose" | "send" | "close">;

export interface LinePorts {
  readonly open: () => Socket;
  /** What a new socket begins with. */
  readonly hello: () => ToHub;
  /** What is to be sent first, until the hub has it; `undefined` if there is nothing. */
  readonly next: () => Saying | undefined;
  readonly onFrame: (frame: FromHub) => void;
  readonly onChange: (state: "connecting" | "lost") => void;
  /** 0 to 1. Widgets that lost the same hub shall not come back in the same moment. */
  readonly random: () => number;
}

const PING_MS = 20_000;
const RETRY_MS = 500;
const RETRY_MS_MAX = 30_000;
/** RFC 6455 §7.4.1, policy violation: we asked for too much. */
const TOO_MUCH = 1008;
const TOO_MUCH_MS = 10_000;

/**
 * Keeps a socket open from `start()` to `stop()`, and sends one message after the other.
 *
 * The next one leaves when the hub has the one before, so that their order is kept whatever happens between.
 * Every 20 s it pings; when nothing was heard since the ping before, the socket is given up.
 */
export class Line {
  readonly #ports: LinePorts;
  #socket: Socket | null = null;
  #isOn = false;
  #isHeard = false;
  #sent = "";
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor(ports: LinePorts) {
    this.#ports = ports;
  }

  start(): void {
    if (this.#socket === null) this.#connect();
  }

  /** Close for good; may be called twice. */
  stop(): void {
    this.#drop();
    this.#failures = 0;
  }

  /** Try again at once if the next try is planned for later: the network is back, or somebody looks. */
  hurry(): void {
    if (this.#socket === null && this.#failures > 0) this.#connect();
  }

  /** Send something that need not arrive; whether there is a line. */
  tell(frame: ToHub): boolean {
    if (this.#socket === null || !this.#isOn) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Send what is to be sent next, unless the hub has not said of it what became of it. */
  push(): void {
    const next = this.#ports.next();
    if (next === undefined || next.id === this.#sent || this.#later !== undefined) return;
    if (this.tell(next)) this.#sent = next.id;
  }

  #connect(): void {
    this.#drop();
    this.#ports.onChange("connecting");
    const socket = this.#ports.open();
    this.#socket = socket;
    // A socket that was dropped may still speak: it is not listened to.
    const ifCurrent = (act: () => void): void => {
      if (this.#socket === socket) act();
    };
    socket.onopen = () => ifCurrent(() => socket.send(JSON.stringify(this.#ports.hello())));
    socket.onmessage = ({ data }) => ifCurrent(() => this.#heard(data));
    socket.onclose = ({ code }) => ifCurrent(() => this.#lost(code === TOO_MUCH ? TOO_MUCH_MS : 0));
    this.#timer = setTimeout(() => this.#watch(), PING_MS);
  }

  #heard(data: unknown): void {
    this.#isHeard = true;
    const frame = decode(data);
    if (frame === null) return;
    if (frame.type === "welcome") {
      this.#failures = 0;
      this.#isOn = true;
    }
    this.#ports.onFrame(frame);
    if (frame.type === "later") this.#wait(frame.retry_s * 1000);
    else this.push();
  }

  #wait(ms: number): void {
    this.#sent = "";
    clearTimeout(this.#later);
    this.#later = setTimeout(() => {
      this.#later = undefined;
      this.push();
    }, ms);
  }

  #watch(): void {
    if (!this.#isHeard) {
      this.#lost(0);
      return;
    }
    this.#isHeard = false;
    this.tell({ type: "ping" });
    this.#timer = setTimeout(() => this.#watch(), PING_MS);
  }

  #lost(leastMs: number): void {
    this.#drop();
    const waitMs = Math.min(RETRY_MS * 2 ** this.#failures, RETRY_MS_MAX) * (0.5 + this.#ports.random() / 2);
    this.#failures += 1;
    this.#ports.onChange("lost");
    this.#timer = setTimeout(() => this.#connect(), Math.max(waitMs, leastMs));
  }

  #drop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#sent = "";
    this.#isOn = this.#isHeard = false;
    this.#socket?.close();
    this.#socket = null;
  }
}
