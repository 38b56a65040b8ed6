/** `<tori-level>`: how loud a stream is, ten times a second while it is seen. */

import { css, html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { Level } from "./level.ts";

const EACH_MS = 100;

@customElement("tori-level")
export class LevelMeter extends LitElement {
  static override styles = css`
    :host {
      display: block;
    }
    meter {
      width: 100%;
      height: 0.75rem;
    }
  `;

  @property({ attribute: false }) stream: MediaStream | null = null;
  @property() label = "";
  @query("meter") private readonly meter!: HTMLMeterElement;
  private level: Level | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;

  override render(): TemplateResult {
    return html`<meter min="0" max="1" low="0.15" high="0.9" optimum="0.5" aria-label=${this.label}></meter>`;
  }

  override updated(changed: PropertyValues<this>): void {
    if (!changed.has("stream")) return;
    this.close();
    if (this.stream === null || this.stream.getAudioTracks().length === 0) return;
    this.level = new Level(this.stream);
    this.timer = setInterval(() => {
      this.meter.value = this.level?.read() ?? 0;
    }, EACH_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.close();
  }

  private close(): void {
    clearInterval(this.timer);
    this.level?.close();
    this.level = null;
  }
}
