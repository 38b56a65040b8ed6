import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { isRinging, type PhoneAct } from "../desktop/phone.ts";
import type { DeskState } from "../desktop/state.ts";
import { ToriElement } from "../kit/element.ts";
import { channelIcon, icon } from "../kit/icons.ts";
import { isLive as isTalking, type VideoSource } from "../phone/call.ts";
import type { Choice } from "../phone/devices.ts";
import { gradeOf } from "../phone/quality.ts";
import { isLive } from "../protocol.ts";
import "../phone/level-meter.ts";

/** This browser as the agent's phone: what rings without an offer, pictures, devices, and what is wrong. */
@customElement("tori-browser-phone")
export class BrowserPhone extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      section {
        display: grid;
        gap: var(--gap-s);
        margin: var(--gap-s) var(--gap-l);
        border: 1px solid var(--line);
        border-radius: var(--round);
        background: var(--surface);
        padding: var(--gap-s) var(--gap-l);
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-s) var(--gap-m);
      }
      .line > p,
      .fault > span {
        margin-right: auto;
      }
      .mending,
      .lost,
      .fault {
        color: var(--amber);
        font-weight: 600;
      }
      button[aria-pressed="true"] {
        border-color: var(--indigo);
        background: var(--indigo-ground);
        color: var(--indigo);
      }
      .pictures {
        position: relative;
        overflow: hidden;
        border-radius: var(--round-s);
        background: #101418;
        aspect-ratio: 16 / 9;
        max-height: 50dvh;
      }
      video {
        width: 100%;
        height: 100%;
        object-fit: contain;
      }
      .own {
        position: absolute;
        right: var(--gap-s);
        bottom: var(--gap-s);
        width: 24%;
        height: auto;
        border-radius: var(--round-s);
      }
      details > div {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr));
        gap: var(--gap-m);
        padding: var(--gap-s) 0;
      }
      label {
        display: grid;
        gap: var(--gap-xs);
      }
      summary {
        cursor: pointer;
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @query("#sound") private readonly sound!: HTMLAudioElement;

  override render(): TemplateResult {
    const { phone: words } = this.words;
    const { phone } = this.desk;
    const { mode, call } = phone;
    const fault = call.fault ?? phone.fault;
    return html`
      <section aria-label=${words.region}>
        <div class="line">
          <p class="small ${mode} ${call.phase}" role="status">${this.status()}</p>
          ${call.quality && isTalking(call) ? html`<span class="small">${words.quality[gradeOf(call.quality)]}</span>` : nothing}
          ${isTalking(call) ? this.pictureButtons() : nothing}
          ${isRinging(phone) && !this.desk.offers.some(each => isLive(each.channel)) ? this.ring() : nothing}
        </div>
        ${
          fault === null
            ? nothing
            : html`<div class="line fault" role="alert">${icon("alert")}<span>${words.faults[fault]}</span>
                <button class="icon quiet" aria-label=${this.words.close} @click=${() => this.act({ act: "dismiss" })}>${icon("close")}</button></div>`
        }
        <audio id="sound" autoplay .srcObject=${phone.theirs}></audio>
        ${this.pictures()}
        ${phone.devices.length > 0 ? this.devices() : nothing}
      </section>`;
  }

  override updated(changed: PropertyValues<this>): void {
    const { speaker } = this.desk.phone.choice;
    const before = changed.get("desk")?.phone.choice.speaker ?? "";
    if (speaker !== before) void this.sound.setSinkId?.(speaker).catch(() => undefined);
  }

  private status(): string {
    const { phone: words } = this.words;
    const { mode, call } = this.desk.phone;
    if (call.phase === "ringing") return words.ringing;
    if (call.phase === "talking") return words.talking;
    if (call.phase === "mending") return words.mending;
    return words.modes[mode];
  }

  private ring(): TemplateResult {
    const { phone: words } = this.words;
    return html`
      <button class="primary" aria-keyshortcuts="Alt+A" @click=${() => this.act({ act: "answer" })}>${channelIcon("voice")}${words.answer}</button>
      <button @click=${() => this.act({ act: "decline" })}>${words.decline}</button>`;
  }

  private pictureButtons(): readonly TemplateResult[] {
    const { phone: words } = this.words;
    const { call } = this.desk.phone;
    const button = (source: VideoSource): TemplateResult => {
      const isShown = call.source === source && (call.video === "on" || call.video === "asked");
      const asked: PhoneAct = isShown ? { act: "hide" } : { act: "show", source };
      return html`<button aria-pressed=${isShown} @click=${() => this.act(asked)}>${icon(source)}${words[source]}</button>`;
    };
    return [button("camera"), button("screen")];
  }

  private pictures(): TemplateResult | typeof nothing {
    const { phone: words } = this.words;
    const { call, theirs, picture } = this.desk.phone;
    if (!call.theirVideo && picture === null) return nothing;
    return html`
      <div class="pictures">
        ${call.theirVideo ? html`<video class="theirs" autoplay playsinline muted aria-label=${words.theirPicture} .srcObject=${theirs} .muted=${true}></video>` : nothing}
        ${picture === null ? nothing : html`<video class="own" autoplay playsinline muted aria-label=${words.ownPicture} .srcObject=${picture} .muted=${true}></video>`}
      </div>`;
  }

  private devices(): TemplateResult {
    const { phone: words } = this.words;
    const { sound, theirs } = this.desk.phone;
    return html`
      <details>
        <summary class="small">${words.devices}</summary>
        <div>
          ${this.device("audioinput", "microphone", words.microphone)}
          ${this.device("audiooutput", "speaker", words.speaker)}
          ${this.device("videoinput", "camera", words.cameraDevice)}
          ${sound ? html`<div><span class="small" aria-hidden="true">${words.ownLevel}</span><tori-level .stream=${sound} .label=${words.ownLevel}></tori-level></div>` : nothing}
          ${theirs ? html`<div><span class="small" aria-hidden="true">${words.theirLevel}</span><tori-level .stream=${theirs} .label=${words.theirLevel}></tori-level></div>` : nothing}
        </div>
      </details>`;
  }

  private device(kind: MediaDeviceKind, name: keyof Choice, label: string): TemplateResult | typeof nothing {
    const { devices, choice } = this.desk.phone;
    const found = devices.filter(
      each => each.kind === kind && each.deviceId !== "" && each.deviceId !== "default",
    );
    if (found.length === 0) return nothing;
    const change = (event: Event): void =>
      this.act({ act: "choose", choice: { [name]: (event.target as HTMLSelectElement).value } });
    return html`
      <label><span class="small">${label}</span>
        <select @change=${change}>
          <option value="" .selected=${choice[name] === ""}>${this.words.phone.usual}</option>
          ${found.map(each => html`<option value=${each.deviceId} .selected=${choice[name] === each.deviceId}>${each.label}</option>`)}
        </select></label>`;
  }

  private act(asked: PhoneAct): void {
    this.intend({ type: "phone_act", ...asked });
  }
}
