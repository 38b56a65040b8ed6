/** `<tori-call-page>`: a customer calls from a browser. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { mark, markStyle } from "../elements/mark.ts";
import { controls as controlsStyle } from "../kit/controls.ts";
import { icon } from "../kit/icons.ts";
import { isLive, isOpen } from "../phone/call.ts";
import { CustomerCall } from "../phone/customer-call.ts";
import { type Choice, devices, hasScreen } from "../phone/devices.ts";
import { browserFault } from "../phone/faults.ts";
import { style } from "./style.ts";
import { type Texts, textsFor } from "./texts.ts";
import { interrupted, tokenOf, wasInterrupted } from "./token.ts";
import {
  type Callback,
  controls,
  devices as deviceFields,
  facts,
  keypad,
  media,
  otherWays,
  status,
} from "./views.ts";
import "../phone/level-meter.ts";

@customElement("tori-call-page")
export class CallPage extends LitElement {
  static override styles = [controlsStyle, markStyle, style];

  @state() private isKeypadOpen = false;
  @state() private found: readonly MediaDeviceInfo[] = [];
  @state() private callback: Callback = "none";
  @query("#sound") private readonly sound!: HTMLAudioElement;
  private readonly token = tokenOf(location);
  private readonly call = new CustomerCall(this.token, () => this.changed());
  private texts: Texts = textsFor([]).texts;
  private clock: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    const { lang, texts } = textsFor(navigator.languages);
    this.texts = texts;
    document.documentElement.lang = lang;
    document.title = texts.title;
    addEventListener("online", this.moved);
    addEventListener("pagehide", this.left);
    addEventListener("beforeunload", this.leaves);
    // Where nothing can be called, that is said at once, with what else there is.
    const isAgain = wasInterrupted(this.token, Date.now());
    if (isAgain || browserFault(globalThis) !== null) void this.call.begin(isAgain);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("online", this.moved);
    removeEventListener("pagehide", this.left);
    removeEventListener("beforeunload", this.leaves);
    clearInterval(this.clock);
  }

  override render(): TemplateResult {
    const { texts } = this;
    const { call, queue, fallback } = this.call.shown;
    return html`
      <header>${mark}<h1>${texts.title}</h1></header>
      <main>
        ${queue === "" ? nothing : html`<p class="facts soft">${texts.to(queue)}</p>`}
        <p class="status ${call.phase}" role="status">${status(call, texts)}</p>
        ${facts(call, texts, Date.now())}
        ${call.fault === null ? nothing : this.fault(texts.faults[call.fault])}
        ${media(call, texts, this.call)}
        ${isLive(call) ? this.talking() : nothing}
        ${this.button()}
        ${call.phase === "idle" ? html`<p class="soft">${texts.intro}</p>` : nothing}
        ${call.phase === "ended" ? otherWays(fallback, this.callback, texts, this.askCallback) : nothing}
        ${this.found.length > 0 && call.phase !== "preparing" ? this.settings() : nothing}
      </main>`;
  }

  private button(): TemplateResult {
    const { call } = this.call.shown;
    if (isOpen(call)) {
      return html`<button class="large danger" @click=${() => this.call.hangUp()}>${icon("hangUp")}${this.texts.hangUp}</button>`;
    }
    const label = call.phase === "ended" ? this.texts.again : this.texts.call;
    return html`<button class="large call" @click=${this.begin}>${icon("dial")}${label}</button>`;
  }

  private fault(text: string): TemplateResult {
    return html`
      <div class="card fault" role="alert"><p>${text}</p>
        ${
          isLive(this.call.shown.call)
            ? html`<button @click=${() => this.call.dismiss()}>${this.texts.dismiss}</button>`
            : nothing
        }
      </div>`;
  }

  private talking(): TemplateResult {
    const { call, mayVideo } = this.call.shown;
    const offered = { isKeypadOpen: this.isKeypadOpen, mayVideo, hasScreen: hasScreen() };
    return html`
      ${controls(call, this.texts, offered, {
        mute: () => this.call.mute(!call.muted),
        hold: () => this.call.hold(!call.held),
        keypad: () => {
          this.isKeypadOpen = !this.isKeypadOpen;
        },
        picture: source => {
          const isShown = call.source === source && (call.video === "on" || call.video === "asked");
          if (isShown) this.call.hide();
          else void this.call.show(source);
        },
      })}
      ${this.isKeypadOpen ? keypad(call, this.texts, key => this.call.digits(key)) : nothing}`;
  }

  private settings(): TemplateResult {
    const { texts } = this;
    return html`
      <details class="card">
        <summary>${texts.devices}</summary>
        ${deviceFields(this.found, this.call.choice, texts, this.choose)}
        ${this.call.sound ? html`<tori-level .stream=${this.call.sound} .label=${texts.level}></tori-level>` : nothing}
      </details>`;
  }

  private changed(): void {
    const { call } = this.call.shown;
    clearInterval(this.clock);
    if (isLive(call)) this.clock = setInterval(() => this.requestUpdate(), 1_000);
    else this.isKeypadOpen = false;
    if (call.phase === "calling" && this.found.length === 0) void this.look();
    this.requestUpdate();
  }

  private async look(): Promise<void> {
    this.found = await devices();
  }

  private readonly begin = (): void => {
    this.callback = "none";
    void this.call.begin();
  };

  private readonly choose = (choice: Partial<Choice>): void => {
    void this.call.choose(choice);
    if (choice.speaker !== undefined) void this.sound.setSinkId?.(choice.speaker).catch(() => undefined);
  };

  private readonly askCallback = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const number = String(new FormData(event.target as HTMLFormElement).get("number") ?? "").trim();
    this.callback = "asked";
    this.callback = (await this.call.callback(number)) ? "taken" : "failed";
  };

  private readonly moved = (): void => this.call.moved();

  /** A call is not ended by a slip: browsers ask. */
  private readonly leaves = (event: BeforeUnloadEvent): void => {
    if (isLive(this.call.shown.call)) event.preventDefault();
  };

  private readonly left = (): void => {
    if (isLive(this.call.shown.call)) interrupted(this.token, Date.now());
    if (isOpen(this.call.shown.call)) this.call.hangUp();
  };
}
