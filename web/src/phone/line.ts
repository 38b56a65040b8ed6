/** A SIP user agent on the hub's WebSocket: JsSIP with what this project wants of it. */

import { UA } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession.js";
import type { RTCSessionEvent } from "jssip/lib/UA.js";
import type { Credentials } from "./hub.ts";
import { SipSocket } from "./socket.ts";

export type LineState = "connecting" | "on" | "lost" | "refused";

export interface LinePorts {
  readonly onState: (state: LineState) => void;
  /** Somebody calls us. */
  readonly onRing: (session: RTCSession) => void;
}

const REGISTER_S = 120;
/** How JsSIP waits before it opens another socket. */
const RETRY_S = { min: 1, max: 4 };

export class SipLine {
  readonly #credentials: Credentials;
  readonly #socket: SipSocket;
  readonly #agent: UA;
  readonly #listeners = new Set<(isConnected: boolean) => void>();

  /** `isPhone`: it can be called, so it registers. */
  constructor(credentials: Credentials, isPhone: boolean, ports: LinePorts) {
    this.#credentials = credentials;
    this.#socket = new SipSocket(socketUrl(credentials.websocket));
    this.#agent = new UA({
      sockets: this.#socket,
      uri: credentials.uri,
      authorization_user: credentials.user,
      password: credentials.password,
      register: isPhone,
      register_expires: REGISTER_S,
      // Silence is what ends a call (`rtp_timeout`), not a missing refresh: a network may be away for longer.
      session_timers: false,
      no_answer_timeout: 180,
      connection_recovery_min_interval: RETRY_S.min,
      connection_recovery_max_interval: RETRY_S.max,
      user_agent: "Toritsugi",
    });
    this.#listen(isPhone, ports);
  }

  get isConnected(): boolean {
    return this.#agent.isConnected() && this.#socket.isConnected();
  }

  start(): void {
    this.#agent.start();
  }

  /** Hang up, unregister, close; may be called twice. */
  stop(): void {
    this.#agent.stop();
  }

  /** Give the socket up and open another. */
  renew(): void {
    this.#socket.renew();
  }

  /** Be told when the socket is there, and when it is lost; returns how to stop that. */
  watch(listener: (isConnected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Call what the credentials are for. */
  call(stream: MediaStream): RTCSession {
    return this.#agent.call(this.#credentials.dial, { mediaStream: stream, pcConfig: this.peers });
  }

  get peers(): RTCConfiguration {
    return {
      iceServers: this.#credentials.ice_servers.map(each => ({ ...each })),
      iceTransportPolicy: this.#credentials.ice_transport_policy,
    };
  }

  #listen(isPhone: boolean, { onState, onRing }: LinePorts): void {
    const tell = (isConnected: boolean): void => {
      for (const each of [...this.#listeners]) each(isConnected);
    };
    this.#agent.on("connecting", () => onState("connecting"));
    this.#agent.on("connected", () => {
      if (!isPhone) onState("on");
      tell(true);
    });
    this.#agent.on("disconnected", () => {
      onState("lost");
      tell(false);
    });
    this.#agent.on("registered", () => onState("on"));
    this.#agent.on("registrationFailed", ({ response }) => onState(response ? "refused" : "lost"));
    this.#agent.on("newRTCSession", ({ originator, session }: RTCSessionEvent) => {
      if ((originator as string) === "remote") onRing(session);
    });
  }
}

function socketUrl(path: string): string {
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}
