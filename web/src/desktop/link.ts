/** One WebSocket after the other: the page's line to the hub, which mends itself. */

import type { Command, HubEvent } from "../protocol.ts";
import { decode } from "../protocol.ts";
import type { LinkState } from "./state.ts";

/** The part of `WebSocket` that is used. */
export type Socket = Pick<WebSocket, "onopen" | "onmessage" | "onclose" | "send" | "close">;

/** What the link needs from outside, and whom it tells. */
export interface LinkPorts {
  /** Open a socket. */
  readonly open: () => Socket;
  /** Whether the session still stands; rejects if the hub cannot be reached. */
  readonly isSignedIn: () => Promise<boolean>;
  readonly onEvent: (event: HubEvent) => void;
  readonly onChange: (link: LinkState) => void;
  /** 0 to 1. Desktops that lost the same hub shall not come back in the same moment. */
  readonly random: () => number;
}

const PING_MS = 10_000;
const RETRY_MS = 500;
const RETRY_MS_MAX = 15_000;
/** RFC 6455 §7.4.1, policy violation: the session has ended. */
const SIGNED_OUT = 1008;

/**
 * Keeps a socket open from `start()` to `stop()`.
 *
 * Every 10 s it pings; when nothing at all was heard since the ping before, the socket is given up without
 * waiting for the network to notice. Lost sockets are replaced after 0.5, 1, 2... 15 s, times 0.5 to 1.
 */
export class Link {
  readonly #ports: LinkPorts;
  #socket: Socket | null = null;
  #isOpen = false;
  #isHeard = false;
  #failures = 0;
  #ref = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #pings = new Set<string>();

  constructor(ports: LinkPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#connect();
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

  /** Send a command and return its `ref`; `null` if there is no link. */
  send(command: Command | { readonly type: "ping" }): string | null {
    if (this.#socket === null || !this.#isOpen) return null;
    this.#ref += 1;
    const ref = String(this.#ref);
    this.#socket.send(JSON.stringify({ ...command, ref }));
    return ref;
  }

  #connect(): void {
    this.#drop();
    this.#ports.onChange("connecting");
    const socket = this.#ports.open();
    this.#socket = socket;
    // A socket that was dropped may still speak: it is not listened to.
    const ifCurrent = (act: () => void) => (): void => {
      if (this.#socket === socket) act();
    };
    socket.onopen = ifCurrent(() => {
      this.#isOpen = true;
    });
    socket.onmessage = ({ data }) => ifCurrent(() => this.#heard(data))();
    socket.onclose = ({ code }) => ifCurrent(() => this.#lost(code))();
    this.#timer = setTimeout(() => this.#watch(), PING_MS);
  }

  #heard(data: unknown): void {
    this.#isHeard = true;
    const event = typeof data === "string" ? decode(data) : null;
    if (event === null) return;
    if ((event.type === "ack" || event.type === "error") && this.#pings.delete(event.ref)) return;
    if (event.type === "welcome") this.#failures = 0;
    this.#ports.onEvent(event);
  }

  #watch(): void {
    if (!this.#isHeard) {
      this.#lost(null);
      return;
    }
    this.#isHeard = false;
    const ref = this.send({ type: "ping" });
    if (ref !== null) this.#pings.add(ref);
    this.#timer = setTimeout(() => this.#watch(), PING_MS);
  }

  #lost(code: number | null): void {
    this.#drop();
    if (code === SIGNED_OUT) {
      this.#ports.onChange("ended");
      return;
    }
    const waitMs = Math.min(RETRY_MS * 2 ** this.#failures, RETRY_MS_MAX) * (0.5 + this.#ports.random() / 2);
    this.#failures += 1;
    this.#ports.onChange("waiting");
    this.#timer = setTimeout(() => void this.#retry(), waitMs);
  }

  /** A browser does not say why a handshake failed, so ask whether the session is what has gone. */
  async #retry(): Promise<void> {
    const timer = this.#timer;
    const isSignedIn = await this.#ports.isSignedIn().catch(() => true);
    if (timer !== this.#timer) return;
    if (isSignedIn) this.#connect();
    else this.#ports.onChange("ended");
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const socket = this.#socket;
    this.#socket = null;
    this.#isOpen = false;
    this.#isHeard = false;
    this.#pings.clear();
    socket?.close();
  }
}
