/** Keeps a call while the network changes under it: first the socket is there again, then ICE is begun anew. */

export interface MenderPorts {
  /** How ICE stands (`RTCIceConnectionState`): begun anew beside a path that holds, it need not change. */
  readonly path: () => string;
  /** Whether the SIP line's socket is open. */
  readonly isConnected: () => boolean;
  /** Give the socket up: after a change of networks it may look open and be dead. */
  readonly renew: () => void;
  /** Begin ICE anew (RFC 8445 §9) by a re-INVITE; `false` if that cannot be sent now. */
  readonly restart: () => boolean;
  readonly onShaken: () => void;
  readonly onMended: () => void;
  /** It took too long: the call is over. */
  readonly onLost: () => void;
}

/** So long a call may be without its network. The hub gives up an agent's leg within some 5 s, and
 * rings anew; a customer's that is silent for 60 s. */
const PATIENCE_MS = 45_000;
const STEP_MS = 500;
/** So long one try may take. */
const TRY_MS = 6_000;
/** ICE says `disconnected` at each small gap and mends most of them itself. */
const GAP_MS = 1_500;

/** Told of what happens to socket and path; may be told anything at any time. */
export class Mender {
  readonly #ports: MenderPorts;
  /** Whether the server must be told by which socket we are to be reached. */
  #isMoved = false;
  #isMending = false;
  /** Until the next try. */
  #waitMs = 0;
  #passedMs = 0;
  #gap: ReturnType<typeof setTimeout> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(ports: MenderPorts) {
    this.#ports = ports;
  }

  /** The state of ICE changed (`RTCIceConnectionState`). */
  path(state: string): void {
    clearTimeout(this.#gap);
    if (isGood(state)) {
      this.#look();
    } else if (state === "disconnected") {
      this.#gap = setTimeout(() => this.#broken(), GAP_MS);
    } else if (state === "failed") {
      this.#broken();
    }
  }

  /** The socket was lost. */
  unplugged(): void {
    this.#isMoved = true;
    this.#begin();
  }

  /** The machine went to another network: nothing that stands can be trusted. */
  moved(): void {
    this.#broken();
  }

  /** What was asked of the other side was answered. */
  reoffered(): void {
    this.#isMoved = false;
    this.#look();
  }

  /** May be called twice. */
  stop(): void {
    clearTimeout(this.#gap);
    clearInterval(this.#timer);
    this.#isMending = false;
  }

  #broken(): void {
    this.#isMoved = true;
    this.#ports.renew();
    this.#begin();
  }

  #begin(): void {
    this.#waitMs = 0;
    if (this.#isMending) return;
    this.#isMending = true;
    this.#passedMs = 0;
    this.#ports.onShaken();
    this.#timer = setInterval(() => this.#step(), STEP_MS);
  }

  #step(): void {
    this.#passedMs += STEP_MS;
    this.#waitMs -= STEP_MS;
    if (this.#passedMs >= PATIENCE_MS) {
      this.stop();
      this.#ports.onLost();
      return;
    }
    this.#look();
    if (this.#isMending && this.#waitMs <= 0 && this.#ports.isConnected() && this.#ports.restart()) {
      this.#waitMs = TRY_MS;
      this.#isMoved = true;
    }
  }

  #look(): void {
    if (!this.#isMending || this.#isMoved || !this.#ports.isConnected() || !isGood(this.#ports.path()))
      return;
    this.stop();
    this.#ports.onMended();
  }
}

function isGood(state: string): boolean {
  return state === "connected" || state === "completed";
}
