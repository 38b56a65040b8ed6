import { css, html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ToriElement } from "../kit/element.ts";
import { duration } from "../text/format.ts";

/** One recording, to be heard. Nothing is fetched before it is played, since each hearing is noted. */
@customElement("tori-recording")
export class RecordingPlayer extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-xs) var(--gap-m);
      }
      audio {
        flex: 1 1 14rem;
        height: 2.25rem;
        min-width: 0;
      }
      .fault {
        flex: 1 1 100%;
        color: var(--vermilion);
      }
      .fault:empty {
        position: absolute;
      }
    `,
  ];

  @property() recording = "";
  @property({ type: Number }) lengthMs = 0;
  /** What a screen reader calls it. */
  @property() name = "";
  @state() private hasFailed = false;

  override render(): TemplateResult {
    const address = `/api/v1/recordings/${encodeURIComponent(this.recording)}/audio`;
    return html`
      <audio controls preload="none" src=${address} title=${this.name} aria-label=${this.name}
        @error=${() => this.fail(true)} @play=${() => this.fail(false)}></audio>
      <span class="soft small number">${duration(this.lengthMs)}</span>
      <p class="fault small" role="alert">${this.hasFailed ? this.words.team.unheard : ""}</p>`;
  }

  private fail(hasFailed: boolean): void {
    this.hasFailed = hasFailed;
  }
}
