/** Microphones, cameras, screens: asked for, and why they were not given. */

import { type Device, deviceFault, type Fault } from "./faults.ts";

export type Given = { readonly stream: MediaStream } | { readonly fault: Fault };

/** What a person chose; empty: what the browser takes. */
export interface Choice {
  readonly microphone: string;
  readonly camera: string;
  readonly speaker: string;
}

export const NO_CHOICE: Choice = { microphone: "", camera: "", speaker: "" };
const WIDTH = 1280;
const HEIGHT = 720;
const FRAMES = 24;

export async function microphone(id = ""): Promise<Given> {
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...wanted(id) };
  const given = await ask("microphone", () => navigator.mediaDevices.getUserMedia({ audio }));
  // The one that was chosen may have been pulled out.
  return "fault" in given && given.fault === "microphone_missing" && id !== "" ? microphone() : given;
}

export async function camera(id = ""): Promise<Given> {
  const video = {
    width: { ideal: WIDTH },
    height: { ideal: HEIGHT },
    frameRate: { ideal: FRAMES },
    ...(id === "" ? { facingMode: "user" } : wanted(id)),
  };
  return ask("camera", () => navigator.mediaDevices.getUserMedia({ video }));
}

/** Whether the browser can show its screen; those of phones cannot. */
export function hasScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

export async function screen(): Promise<Given> {
  return ask("screen", () => navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } } }));
}

/** Return what there is, with names only once a device was given. */
export async function devices(): Promise<readonly MediaDeviceInfo[]> {
  return (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
}

/** Let a device go: its light goes out. */
export function release(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

function wanted(id: string): { readonly deviceId?: { readonly exact: string } } {
  return id === "" ? {} : { deviceId: { exact: id } };
}

async function ask(device: Device, get: () => Promise<MediaStream>): Promise<Given> {
  try {
    return { stream: await get() };
  } catch (error) {
    return { fault: deviceFault(device, error) };
  }
}
