/** An agent's phone in his browser: registered while it is on, rung by the hub, answered by the page. */

import type { RTCSession } from "jssip/lib/RTCSession.js";
import { NO_PHONE, type PhoneAct, type PhoneState } from "../desktop/phone.ts";
import { type CallEvent, isOpen, reduce } from "./call.ts";
import { type Choice, devices, microphone, release } from "./devices.ts";
import { browserFault, type Fault } from "./faults.ts";
import type { Credentials } from "./hub.ts";
import { Leg } from "./leg.ts";
import { type LineState, SipLine } from "./line.ts";
import { Ringer } from "./ringer.ts";

export interface DeskPhonePorts {
  /** Ask for a phone of this session. */
  readonly borrow: () => Promise<Credentials | "refused" | "later">;
  readonly giveBack: () => Promise<void>;
  readonly onChange: (phone: PhoneState) => void;
}

const BUSY = 486;
const DECLINED = 603;
const LOCK = "toritsugi.phone";
/** A page that is loaded anew has to wait for the one before. */
const CLAIM_MS = 3_000;
const AGAIN_MS = 2_000;

export class DeskPhone {
  #state: PhoneState = NO_PHONE;
  readonly #ports: DeskPhonePorts;
  readonly #ringer = new Ringer();
  #line: SipLine | null = null;
  #leg: Leg | null = null;
  #session: RTCSession | null = null;
  #release: () => void = () => undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(ports: DeskPhonePorts) {
    this.#ports = ports;
  }

  perform(asked: PhoneAct): void {
    switch (asked.act) {
      case "on":
        void this.#switchOn();
        break;
      case "off":
        void this.#switchOff();
        break;
      case "answer":
        void this.#answer();
        break;
      case "decline":
        this.#session?.terminate({ status_code: DECLINED });
        break;
      case "show":
        void this.#leg?.show(asked.source, this.#state.choice);
        break;
      case "hide":
        void this.#leg?.hide();
        break;
      case "choose":
        void this.#choose(asked.choice);
        break;
      case "dismiss":
        this.#change({ fault: null });
        this.#heard({ type: "fault_cleared" });
        break;
    }
  }

  /** The machine went to another network. */
  moved(): void {
    if (this.#leg !== null) this.#leg.moved();
    else this.#line?.renew();
  }

  async #switchOn(): Promise<void> {
    if (this.#state.mode !== "off") return;
    this.#change({ mode: "starting", fault: null });
    const fault = browserFault(globalThis) ?? (await this.#claim()) ?? (await this.#tryMicrophone());
    if (fault !== null) {
      this.#failed(fault);
      return;
    }
    this.#change({ devices: await devices() });
    await this.#connect();
  }

  /** One tab at a time: a second one would take the phone away from the first, in a call, too. */
  async #claim(): Promise<Fault | null> {
    return new Promise(resolve => {
      const held = navigator.locks.request(LOCK, { signal: AbortSignal.timeout(CLAIM_MS) }, () => {
        resolve(null);
        return new Promise<void>(release => {
          this.#release = release;
        });
      });
      held.catch(() => resolve("other_tab"));
    });
  }

  #failed(fault: Fault): void {
    this.#release();
    this.#change({ mode: "off", fault });
  }

  /** So that a microphone that is missing is known before somebody calls. */
  async #tryMicrophone(): Promise<Fault | null> {
    const given = await microphone(this.#state.choice.microphone);
    if ("fault" in given) return given.fault;
    release(given.stream);
    return null;
  }

  async #connect(): Promise<void> {
    const credentials = await this.#ports.borrow();
    if (this.#state.mode === "off") return;
    if (credentials === "refused") {
      this.#failed("server");
      return;
    }
    if (credentials === "later") {
      this.#retry();
      return;
    }
    this.#line?.stop();
    this.#line = new SipLine(credentials, true, {
      onState: state => this.#lineChanged(state),
      onRing: session => this.#rung(session),
    });
    this.#line.start();
  }

  #lineChanged(state: LineState): void {
    if (this.#state.mode === "off") return;
    if (state === "on") this.#change({ mode: "on", fault: null });
    if (state === "lost" || state === "refused") this.#change({ mode: "lost" });
    // The account may be gone with the hub's session of before.
    if (state === "refused" && this.#leg === null) this.#retry();
  }

  #retry(): void {
    this.#change({ mode: "lost" });
    clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      if (this.#state.mode !== "off") void this.#connect();
    }, AGAIN_MS);
  }

  async #switchOff(): Promise<void> {
    clearTimeout(this.#again);
    this.#leg?.end();
    this.#line?.stop();
    this.#line = null;
    this.#release();
    this.#change({ mode: "off", fault: null });
    await this.#ports.giveBack();
  }

  #rung(session: RTCSession): void {
    if (this.#line === null || isOpen(this.#state.call)) {
      session.terminate({ status_code: BUSY });
      return;
    }
    this.#session = session;
    this.#heard({ type: "rang" });
    this.#leg = new Leg(session, this.#line, null, {
      dispatch: event => this.#heard(event),
      onStreams: () => this.#streams(),
    });
    this.#ringer.start();
  }

  async #answer(): Promise<void> {
    const leg = this.#leg;
    if (leg === null || this.#state.call.phase !== "ringing") return;
    this.#ringer.stop();
    const given = await microphone(this.#state.choice.microphone);
    if ("fault" in given) {
      this.#heard({ type: "failed", fault: given.fault });
    } else if (this.#leg !== leg || this.#state.call.phase !== "ringing") {
      release(given.stream);
    } else {
      leg.answer(given.stream);
      this.#streams();
    }
  }

  async #choose(choice: Partial<Choice>): Promise<void> {
    this.#change({ choice: { ...this.#state.choice, ...choice } });
    if (choice.microphone === undefined || this.#leg === null) return;
    const given = await microphone(choice.microphone);
    if ("fault" in given) this.#heard({ type: "failed", fault: given.fault });
    else await this.#leg.microphone(given.stream);
    this.#streams();
  }

  #streams(): void {
    const { theirs = null, sound = null, picture = null } = this.#leg ?? {};
    this.#change({ theirs, sound, picture });
  }

  #heard(event: CallEvent): void {
    const call = reduce(this.#state.call, event);
    if (call.phase !== "ringing") this.#ringer.stop();
    if (event.type === "ended") this.#leg = this.#session = null;
    const none = event.type === "ended" ? { theirs: null, sound: null, picture: null } : {};
    this.#change({ call, ...none });
  }

  #change(change: Partial<PhoneState>): void {
    this.#state = { ...this.#state, ...change };
    this.#ports.onChange(this.#state);
  }
}
