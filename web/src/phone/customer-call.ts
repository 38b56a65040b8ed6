/** A customer's call from its first click to its end: credentials, microphone, line, call. */

import { type Call, type CallEvent, isOpen, NO_CALL, reduce, type VideoSource } from "./call.ts";
import { type Choice, microphone, NO_CHOICE, release } from "./devices.ts";
import { browserFault, type Fault } from "./faults.ts";
import { type Asked, askForCall, type Credentials, type Fallback, NO_FALLBACK, Reports } from "./hub.ts";
import type { Leg } from "./leg.ts";
import type { SipLine } from "./line.ts";

const AGAIN = 10;
const AGAIN_MS = 1_000;

/** What a page shows. */
export interface Shown {
  readonly call: Call;
  readonly fallback: Fallback;
  /** Where the call goes; empty before that is known. */
  readonly queue: string;
  readonly mayVideo: boolean;
}

export class CustomerCall {
  shown: Shown = { call: NO_CALL, fallback: NO_FALLBACK, queue: "", mayVideo: false };
  choice: Choice = NO_CHOICE;
  readonly #token: string;
  readonly #onChange: () => void;
  #reports: Reports | null = null;
  #line: SipLine | null = null;
  #leg: Leg | null = null;
  /** Of a call that is not dialled yet. */
  #sound: MediaStream | null = null;
  /** Which try an answer belongs to: one that was given up is not heard. */
  #try = 0;

  constructor(token: string, onChange: () => void) {
    this.#token = token;
    this.#onChange = onChange;
  }

  get theirs(): MediaStream | null {
    return this.#leg?.theirs ?? null;
  }

  get sound(): MediaStream | null {
    return this.#leg?.sound ?? null;
  }

  get picture(): MediaStream | null {
    return this.#leg?.picture ?? null;
  }

  /** Call; does nothing while a call is open. `isAgain`: this page was in a call, and was loaded anew. */
  async begin(isAgain = false): Promise<void> {
    if (isOpen(this.shown.call)) return;
    this.#dispatch({ type: "prepared" });
    this.#try += 1;
    const mine = this.#try;
    const asked = await this.#ask(mine, isAgain ? AGAIN : 0);
    if (mine !== this.#try) return;
    const credentials = this.#given(asked);
    if (credentials === null) return;
    const fault = browserFault(globalThis);
    if (fault !== null) {
      this.#failed(fault);
      return;
    }
    // JsSIP is most of this page's bytes: it comes while the person is asked for the microphone.
    const [given, phone] = await Promise.all([
      microphone(this.choice.microphone),
      import("./phone.ts").catch(() => null),
    ]);
    const isGivenUp = mine !== this.#try;
    if ("fault" in given || phone === null || isGivenUp) {
      if ("stream" in given) release(given.stream);
      if (!isGivenUp) this.#failed("fault" in given ? given.fault : "server");
      return;
    }
    this.#dial(phone, credentials, given.stream);
  }

  hangUp(): void {
    this.#try += 1;
    if (this.#leg) this.#leg.end();
    else this.#dispatch({ type: "ended", ending: "hung_up", fault: null });
  }

  mute(is: boolean): void {
    this.#leg?.mute(is);
  }

  hold(is: boolean): void {
    this.#leg?.hold(is);
  }

  digits(digits: string): void {
    this.#leg?.digits(digits);
  }

  async show(source: VideoSource): Promise<void> {
    if ((await this.#reports?.hasVideo()) === false) this.#dispatch({ type: "failed", fault: "no_video" });
    else await this.#leg?.show(source, this.choice);
  }

  hide(): void {
    void this.#leg?.hide();
  }

  /** The machine went to another network. */
  moved(): void {
    this.#leg?.moved();
  }

  /** Take other devices, in a call that goes on, too. */
  async choose(choice: Partial<Choice>): Promise<void> {
    this.choice = { ...this.choice, ...choice };
    if (choice.microphone !== undefined && this.#leg !== null) {
      const given = await microphone(choice.microphone);
      if ("stream" in given) await this.#leg.microphone(given.stream);
      else this.#dispatch({ type: "failed", fault: given.fault });
    }
    this.#onChange();
  }

  /** Ask to be called back; whether that was taken. */
  async callback(number: string): Promise<boolean> {
    return (await this.#reports?.callback(number)) ?? false;
  }

  dismiss(): void {
    this.#dispatch({ type: "fault_cleared" });
  }

  /** The hub may not have noticed yet that the page of before is gone. */
  async #ask(mine: number, tries: number): Promise<Asked> {
    const asked = await askForCall(this.#token, true);
    if (!("fault" in asked) || asked.fault !== "exists" || tries === 0) return asked;
    await new Promise(resolve => setTimeout(resolve, AGAIN_MS));
    return mine === this.#try ? this.#ask(mine, tries - 1) : asked;
  }

  #given(asked: Asked): Credentials | null {
    if ("fault" in asked) {
      this.shown = { ...this.shown, fallback: asked.fallback };
      if (asked.known !== null) this.#reports = new Reports(asked.known);
      this.#failed(asked.fault);
      return null;
    }
    const { credentials } = asked;
    this.#reports = new Reports(credentials);
    this.shown = {
      ...this.shown,
      fallback: credentials.fallback,
      queue: credentials.queue_name,
      mayVideo: credentials.video,
    };
    return credentials;
  }

  #dial(phone: typeof import("./phone.ts"), credentials: Credentials, sound: MediaStream): void {
    const line = new phone.SipLine(credentials, false, {
      onState: state => {
        // Before the first connection there is nothing to be mended.
        if (state === "lost" && this.#leg === null) this.#failed("server");
        if (state === "on" && this.#leg === null) this.#begun(phone, line, sound);
      },
      onRing: session => session.terminate(),
    });
    this.#line = line;
    this.#sound = sound;
    line.start();
  }

  #begun(phone: typeof import("./phone.ts"), line: SipLine, sound: MediaStream): void {
    this.#dispatch({ type: "dialled" });
    this.#sound = null;
    this.#leg = new phone.Leg(line.call(sound), line, sound, {
      dispatch: event => this.#dispatch(event),
      onStreams: this.#onChange,
    });
  }

  #failed(fault: Fault): void {
    this.#dispatch({ type: "ended", ending: "failed", fault });
  }

  #dispatch(event: CallEvent): void {
    const call = reduce(this.shown.call, event);
    this.shown = { ...this.shown, call };
    if (event.type === "measured" && !call.held) this.#reports?.quality(event.quality);
    if (event.type === "failed") this.#reports?.trouble(event.fault);
    if (event.type === "ended") {
      if (event.fault !== null) this.#reports?.trouble(event.fault);
      this.#line?.stop();
      this.#line = null;
      this.#leg = null;
      release(this.#sound);
      this.#sound = null;
    }
    this.#onChange();
  }
}
