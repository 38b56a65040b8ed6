/** What the call page draws of a call. */

import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../kit/icons.ts";
import { type Call, isLive, type VideoSource } from "../phone/call.ts";
import type { Choice } from "../phone/devices.ts";
import type { Fallback } from "../phone/hub.ts";
import { gradeOf } from "../phone/quality.ts";
import type { Texts } from "./texts.ts";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** How the call stands, in a word or two. */
export function status(call: Call, texts: Texts): string {
  if (call.phase === "ended") return texts.endings[call.ending ?? "gone"];
  if (call.phase === "talking" && call.held) return texts.held;
  if (call.phase === "talking" && call.heldByThem) return texts.heldByThem;
  return texts.phases[call.phase];
}

export function facts(call: Call, texts: Texts, nowMs: number): TemplateResult | typeof nothing {
  if (!isLive(call)) return nothing;
  const seconds = Math.max(0, Math.floor((nowMs - call.answeredMs) / 1000));
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return html`
    <p class="facts soft"><span class="number">${clock}</span>
      ${call.quality ? html`<span>${texts.quality[gradeOf(call.quality)]}</span>` : nothing}
      ${call.video === "asked" ? html`<span>${texts.videoAsked}</span>` : nothing}</p>`;
}

export interface Deeds {
  readonly mute: () => void;
  readonly hold: () => void;
  readonly keypad: () => void;
  readonly picture: (source: VideoSource) => void;
}

export interface Offered {
  readonly isKeypadOpen: boolean;
  readonly mayVideo: boolean;
  readonly hasScreen: boolean;
}

export function controls(call: Call, texts: Texts, offered: Offered, deeds: Deeds): TemplateResult {
  const isShowing = (source: VideoSource): boolean =>
    (call.video === "on" || call.video === "asked") && call.source === source;
  const toggle = (name: Parameters<typeof icon>[0], label: string, is: boolean, act: () => void) => html`
    <button aria-pressed=${is} @click=${act}>${icon(name)}${label}</button>`;
  return html`
    <div class="controls" role="group" aria-label=${texts.controls}>
      ${toggle("micOff", texts.mute, call.muted, deeds.mute)}
      ${toggle("pause", texts.hold, call.held, deeds.hold)}
      <button aria-expanded=${offered.isKeypadOpen} @click=${deeds.keypad}>${icon("keypad")}${texts.keypad}</button>
      ${offered.mayVideo ? toggle("camera", texts.camera, isShowing("camera"), () => deeds.picture("camera")) : nothing}
      ${
        offered.mayVideo && offered.hasScreen
          ? toggle("screen", texts.screen, isShowing("screen"), () => deeds.picture("screen"))
          : nothing
      }
    </div>`;
}

export function keypad(call: Call, texts: Texts, onKey: (key: string) => void): TemplateResult {
  return html`
    <section class="keys" aria-label=${texts.keypad}>
      ${KEYS.map(
        key => html`<button aria-label=${texts.key(key)} @click=${() => onKey(key)}>${key}</button>`,
      )}
      <output aria-label=${texts.sent}>${call.digits}</output>
    </section>`;
}

export interface Streams {
  readonly theirs: MediaStream | null;
  readonly picture: MediaStream | null;
}

/** Their sound, and the pictures of both. */
export function media(call: Call, texts: Texts, { theirs, picture }: Streams): TemplateResult {
  const isOwn = picture !== null;
  return html`
    <audio id="sound" autoplay .srcObject=${theirs}></audio>
    ${
      call.theirVideo || isOwn
        ? html`<div class="pictures">
            ${
              call.theirVideo
                ? html`<video class="theirs" autoplay playsinline muted aria-label=${texts.theirPicture}
                    .srcObject=${theirs} .muted=${true}></video>`
                : nothing
            }
            ${
              isOwn
                ? html`<video class="own ${call.source} ${call.theirVideo ? "" : "alone"}" autoplay playsinline muted
                    aria-label=${texts.ownPicture} .srcObject=${picture} .muted=${true}></video>`
                : nothing
            }
          </div>`
        : nothing
    }`;
}

/** Which devices are used. Their names are known only once one was given. */
export function devices(
  all: readonly MediaDeviceInfo[],
  choice: Choice,
  texts: Texts,
  onChoice: (choice: Partial<Choice>) => void,
): readonly TemplateResult[] {
  const kinds = [
    ["audioinput", "microphone", texts.microphone],
    ["videoinput", "camera", texts.cameraDevice],
    ["audiooutput", "speaker", texts.speaker],
  ] as const;
  return kinds.flatMap(([kind, name, label]) => {
    const found = all.filter(
      each => each.kind === kind && each.deviceId !== "" && each.deviceId !== "default",
    );
    if (found.length === 0) return [];
    const change = (event: Event): void => onChoice({ [name]: (event.target as HTMLSelectElement).value });
    return html`
      <label>${label}
        <select @change=${change}>
          <option value="" .selected=${choice[name] === ""}>${texts.usual}</option>
          ${found.map(
            each =>
              html`<option value=${each.deviceId} .selected=${choice[name] === each.deviceId}>${each.label || each.deviceId}</option>`,
          )}
        </select></label>`;
  });
}

export type Callback = "none" | "asked" | "taken" | "failed";

/** What to do where the browser cannot call. */
export function otherWays(
  { phone, callback }: Fallback,
  state: Callback,
  texts: Texts,
  onCallback: (event: SubmitEvent) => void,
): TemplateResult | typeof nothing {
  if (phone === null && !callback) return nothing;
  return html`
    <section class="card" aria-labelledby="ways">
      <h2 id="ways">${texts.otherWays}</h2>
      ${phone === null ? nothing : html`<a class="button" href="tel:${phone}">${icon("dial")}${texts.phone(phone)}</a>`}
      ${callback ? callbackForm(state, texts, onCallback) : nothing}
    </section>`;
}

function callbackForm(
  state: Callback,
  texts: Texts,
  onCallback: (event: SubmitEvent) => void,
): TemplateResult {
  if (state === "taken") return html`<p role="status">${texts.callbackTaken}</p>`;
  return html`
    <form class="card" @submit=${onCallback}>
      <label>${texts.callback}
        <input name="number" type="tel" autocomplete="tel" required maxlength="20" placeholder=${texts.number} /></label>
      <button ?disabled=${state === "asked"}>${texts.askCallback}</button>
      ${state === "failed" ? html`<p role="alert">${texts.callbackFailed}</p>` : nothing}
    </form>`;
}
