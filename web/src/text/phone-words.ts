/** The texts of the agent's phone in the browser. */

import type { PhoneMode } from "../desktop/phone.ts";
import type { FaultWords } from "../phone/fault-words.ts";

export interface PhoneWords {
  readonly region: string;
  readonly use: string;
  readonly modes: Readonly<Record<PhoneMode, string>>;
  readonly ringing: string;
  readonly answer: string;
  readonly decline: string;
  readonly talking: string;
  readonly mending: string;
  readonly camera: string;
  readonly screen: string;
  readonly theirPicture: string;
  readonly ownPicture: string;
  readonly quality: Readonly<Record<"good" | "fair" | "poor", string>>;
  readonly devices: string;
  readonly microphone: string;
  readonly cameraDevice: string;
  readonly speaker: string;
  readonly usual: string;
  readonly ownLevel: string;
  readonly theirLevel: string;
  readonly faults: FaultWords;
}
