import { css, html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { DIALOG } from "../desktop/places.ts";
import type { DeskState } from "../desktop/state.ts";
import { isPending } from "../desktop/worklist.ts";
import { dialogStyle, ToriDialog } from "../kit/dialog.ts";
import { ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import { refusalAt, refusalStyle } from "./refusal.ts";

/** Asks before an agent loses a call. */
@customElement("tori-take-over-dialog")
export class TakeOverDialog extends ToriDialog {
  static override styles = [
    ...ToriElement.styles,
    dialogStyle,
    refusalStyle,
    css`
      dialog > :not(:first-child) {
        margin-top: var(--gap-m);
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) supervised!: { readonly contact: string; readonly agent: string };

  override render(): TemplateResult {
    const { words, desk } = this;
    const { contact, agent } = this.supervised;
    const { takeOver, takeOverAsk, takeOverHint } = words.supervision;
    const isBusy = desk.link !== "open" || isPending(desk, "take_over", contact);
    return html`
      <dialog aria-labelledby="title" aria-describedby="hint" @close=${this.closed}>
        <h2 id="title">${takeOverAsk(agent)}</h2>
        <p id="hint" class="soft">${takeOverHint}</p>
        ${refusalAt(desk, DIALOG, words)}
        <div class="foot">
          <button title=${words.cancel} @click=${this.close}>${words.cancel}</button>
          <button class="primary" title=${takeOverHint} ?disabled=${isBusy}
            @click=${() => this.intend({ type: "take_over", contact })}>${icon("transfer")}${takeOver}</button>
        </div>
      </dialog>`;
  }
}
