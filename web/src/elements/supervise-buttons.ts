import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { DeskState } from "../desktop/state.ts";
import { isPending } from "../desktop/worklist.ts";
import { KeepFocus, ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import type { SuperviseMode, Supervision } from "../protocol.ts";

const ICONS = { listen: "ear", whisper: "mic", barge: "people" } as const;
const MODES: readonly SuperviseMode[] = ["listen", "whisper", "barge"];

/** How a supervisor comes into an agent's call, changes how, and goes again. */
@customElement("tori-supervise-buttons")
export class SuperviseButtons extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-xs);
      }
      button {
        min-height: 2rem;
        padding: 0 var(--gap-s);
        font-size: var(--text-s);
      }
      button[aria-pressed="true"] {
        border-color: var(--indigo);
        background: var(--indigo-ground);
        color: var(--indigo);
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property() contact = "";
  /** The name of whose call it is. */
  @property() agent = "";

  constructor() {
    super();
    new KeepFocus(this);
  }

  override render(): TemplateResult {
    const { supervision: words } = this.words;
    const { contact, agent } = this;
    const current = this.desk.supervision?.contact === contact ? this.desk.supervision : null;
    return html`
      ${MODES.map(
        mode => html`
          <button title="${words.modes[mode]}: ${words.modeHints[mode]}" aria-pressed=${current?.mode === mode}
            ?disabled=${this.isAway} aria-disabled=${this.isBusy("supervise")}
            @click=${() => this.supervise(mode, current)}>
            ${icon(ICONS[mode])}${words.modes[mode]}</button>`,
      )}
      <button title="${words.takeOver}: ${words.takeOverHint}" ?disabled=${this.isAway} aria-disabled=${this.isBusy("take_over")}
        @click=${() => this.intend({ type: "dialog_opened", dialog: { kind: "take_over", contact, agent } })}>
        ${icon("transfer")}${words.takeOver}</button>
      ${
        current === null
          ? nothing
          : html`<button class="danger" title=${words.stop} ?disabled=${this.isAway} aria-disabled=${this.isBusy("stop_supervising")}
              @click=${this.stop}>${icon("stop")}${words.stop}</button>`
      }`;
  }

  private readonly stop = (): void => {
    if (!this.isBusy("stop_supervising")) this.intend({ type: "stop_supervising", contact: this.contact });
  };

  private isBusy(type: "supervise" | "take_over" | "stop_supervising"): boolean {
    return isPending(this.desk, type, this.contact);
  }

  private get isAway(): boolean {
    return this.desk.link !== "open";
  }

  private supervise(mode: SuperviseMode, current: Supervision | null): void {
    if (this.isBusy("supervise") || current?.mode === mode) return;
    this.intend({ type: "supervise", contact: this.contact, mode });
  }
}
