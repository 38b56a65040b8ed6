/** Looks at a connection's counters every few seconds. */

import type { CallEvent } from "./call.ts";
import { type Counters, countersOf, qualityOf } from "./quality.ts";

const EACH_MS = 2_000;
/** A quality is of so many looks: 10 s. */
const LOOKS = 5;

type Report = ReadonlyMap<string, Readonly<Record<string, unknown>> & { readonly type: string }>;

/** Tells of quality, and whether their picture comes, until it is stopped. */
export class Sampler {
  readonly #connection: RTCPeerConnection;
  readonly #dispatch: (event: CallEvent) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #beganMs = Date.now();
  #before: Counters | null = null;
  #looks = 0;
  #frames = 0;
  #isVideo = false;

  constructor(connection: RTCPeerConnection, dispatch: (event: CallEvent) => void) {
    this.#connection = connection;
    this.#dispatch = dispatch;
    this.#timer = setInterval(() => void this.#look(), EACH_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const report = (await this.#connection.getStats()) as unknown as Report;
    this.#video(report);
    const now = countersOf(report);
    if (now === null) return;
    this.#looks += 1;
    if (this.#before === null) this.#before = now;
    else if (this.#looks >= LOOKS) {
      this.#dispatch({
        type: "measured",
        quality: qualityOf(this.#before, now, (Date.now() - this.#beganMs) / 1000),
      });
      this.#before = now;
      this.#looks = 0;
    }
  }

  /** A picture comes if its frames do: who stops sending need not say so. */
  #video(report: Report): void {
    const inbound = [...report.values()].filter(each => each.type === "inbound-rtp" && each.kind === "video");
    const frames = inbound.reduce((sum, each) => sum + Number(each.framesDecoded ?? 0), 0);
    const is = frames > this.#frames;
    this.#frames = frames;
    if (is !== this.#isVideo) this.#dispatch({ type: "their_video", is });
    this.#isVideo = is;
  }
}
