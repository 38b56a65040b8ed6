import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { DeskState } from "../desktop/state.ts";
import { wantedPresence } from "../desktop/worklist.ts";
import { ToriElement } from "../kit/element.ts";
import type { Presence } from "../protocol.ts";
import { word } from "../text/preferences.ts";
import { REASONS } from "../text/words.ts";

const CHOICES: readonly Presence[] = ["available", "not_ready"];

/** Whether the agent takes contacts, and if not, why. */
@customElement("tori-presence")
export class PresenceSwitch extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
      }
      fieldset {
        display: flex;
        border-radius: 99px;
        background: var(--sunken);
        padding: 2px;
      }
      label {
        position: relative;
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        min-height: calc(var(--target) - 4px);
        border-radius: 99px;
        padding: 0 var(--gap-l);
        color: var(--ink-soft);
        font-weight: 600;
        cursor: pointer;
        white-space: nowrap;
      }
      label:hover {
        color: var(--ink);
      }
      input {
        position: absolute;
        inset: 0;
        margin: 0;
        opacity: 0;
        cursor: pointer;
      }
      label::before {
        content: "";
        width: 0.5rem;
        height: 0.5rem;
        border-radius: 50%;
        background: currentColor;
      }
      label:has(:checked) {
        background: var(--surface);
        box-shadow: 0 0 0 1px var(--line);
      }
      label.available:has(:checked) {
        background: var(--pine);
        color: var(--pine-ink);
        box-shadow: none;
      }
      label.not_ready:has(:checked) {
        color: var(--amber);
      }
      label:has(:focus-visible) {
        outline: 2px solid var(--focus);
        outline-offset: 2px;
      }
      fieldset[data-pending] {
        opacity: 0.7;
      }
      select {
        border-color: var(--line);
        border-radius: 99px;
        max-width: 9rem;
      }
      @media (max-width: 45rem) {
        :host {
          flex-wrap: wrap;
          justify-content: flex-end;
        }
        label {
          padding: 0 var(--gap-m);
        }
        select {
          max-width: 7rem;
        }
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;

  override render(): TemplateResult {
    const { presence: words } = this.words;
    const wanted = wantedPresence(this.desk);
    const presence = wanted ?? this.desk.presence;
    return html`
      <fieldset ?data-pending=${wanted !== null} ?disabled=${this.desk.link !== "open"}>
        <legend class="unseen">${words.label}</legend>
        ${CHOICES.map(
          each => html`
            <label class=${each}>
              <input type="radio" name="presence" value=${each} .checked=${presence === each}
                @change=${() => this.intend({ type: "set_presence", presence: each })} />
              ${words.names[each]}
            </label>`,
        )}
      </fieldset>
      ${presence === "not_ready" ? this.reasons() : nothing}`;
  }

  private reasons(): TemplateResult {
    const { presence: words } = this.words;
    const current = this.desk.presenceReason;
    const codes: readonly string[] = ["", ...REASONS];
    const shown = codes.includes(current) ? codes : [current, ...codes];
    return html`
      <select aria-label=${words.reason} ?disabled=${this.desk.link !== "open"} @change=${this.changeReason}>
        ${shown.map(
          each => html`<option value=${each} .selected=${each === current}>
            ${each === "" ? words.noReason : word(words.reasons, each)}
          </option>`,
        )}
      </select>`;
  }

  private readonly changeReason = (event: Event): void => {
    const reason = (event.target as HTMLSelectElement).value;
    this.intend({ type: "set_presence", presence: "not_ready", reason });
  };
}
