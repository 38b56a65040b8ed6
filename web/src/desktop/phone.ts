/** The agent's phone in this browser as the page shows it, and what can be asked of it. */

import { type Call, NO_CALL, type VideoSource } from "../phone/call.ts";
import { type Choice, NO_CHOICE } from "../phone/devices.ts";
import type { Fault } from "../phone/faults.ts";

/** `lost`: it was on, and comes back by itself. */
export type PhoneMode = "off" | "starting" | "on" | "lost";

export interface PhoneState {
  readonly mode: PhoneMode;
  /** Why it is off though it was to be on. */
  readonly fault: Fault | null;
  readonly call: Call;
  /** Their sound and picture. */
  readonly theirs: MediaStream | null;
  readonly sound: MediaStream | null;
  readonly picture: MediaStream | null;
  readonly choice: Choice;
  readonly devices: readonly MediaDeviceInfo[];
}

export const NO_PHONE: PhoneState = {
  mode: "off",
  fault: null,
  call: NO_CALL,
  theirs: null,
  sound: null,
  picture: null,
  choice: NO_CHOICE,
  devices: [],
};

export type PhoneAct =
  | { readonly act: "on" | "off" | "answer" | "decline" | "hide" | "dismiss" }
  | { readonly act: "show"; readonly source: VideoSource }
  | { readonly act: "choose"; readonly choice: Partial<Choice> };

export type PhoneIntent = { readonly type: "phone_act" } & PhoneAct;

/** Whether somebody calls, and this browser can answer. */
export function isRinging({ call }: PhoneState): boolean {
  return call.phase === "ringing";
}
