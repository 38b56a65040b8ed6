import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Directory } from "../desktop/floor.ts";
import { type NumberFault, readNumber, TYPED_MAX } from "../desktop/numbers.ts";
import { DIALOG } from "../desktop/places.ts";
import type { DeskState } from "../desktop/state.ts";
import { isCommandPending } from "../desktop/worklist.ts";
import { dialogStyle, ToriDialog } from "../kit/dialog.ts";
import { ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import { Polling } from "../kit/polling.ts";
import { refusalAt, refusalStyle } from "./refusal.ts";

/** Calling a number. Nothing is ever dialled but by the button here. */
@customElement("tori-dial-dialog")
export class DialDialog extends ToriDialog {
  static override styles = [
    ...ToriElement.styles,
    dialogStyle,
    refusalStyle,
    css`
      form {
        display: grid;
        gap: var(--gap-m);
      }
      label {
        display: grid;
        gap: var(--gap-xs);
        font-weight: 600;
      }
      input,
      select {
        font-weight: 400;
      }
      input {
        font-size: var(--text-xl);
      }
      .asked {
        border-radius: var(--round-s);
        background: var(--amber-ground);
        color: var(--amber);
        padding: var(--gap-s) var(--gap-m);
      }
      .fault {
        color: var(--vermilion);
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property() number = "";
  /** A link asked for it, and not this agent. */
  @property({ type: Boolean }) isAsked = false;
  @state() private fault: NumberFault | null = null;
  @query("input") private readonly field!: HTMLInputElement;
  @query("select") private readonly queue!: HTMLSelectElement;
  private readonly directory = new Polling<Directory>(this, "/directory");

  override firstUpdated(): void {
    super.firstUpdated();
    this.field.value = this.number;
    if (this.isAsked) this.fault = faultOf(this.number);
    this.field.focus();
    this.field.select();
  }

  override render(): TemplateResult {
    const { words, desk } = this;
    const { dial } = words;
    const isBusy = desk.link !== "open" || isCommandPending(desk, "dial");
    return html`
      <dialog aria-labelledby="title" @close=${this.closed}>
        <form @submit=${this.submit}>
          <h2 id="title">${dial.title}</h2>
          ${this.isAsked ? html`<p class="asked">${dial.asked}</p>` : nothing}
          <label>${dial.number}
            <input type="tel" class="number" maxlength=${TYPED_MAX} autocomplete="off" title=${dial.number}
              aria-describedby="fault hint" aria-invalid=${this.fault !== null} @input=${this.write} />
          </label>
          <p id="fault" class="fault" role="alert">${this.fault === null ? nothing : dial.faults[this.fault]}</p>
          <label>${dial.queue}
            <select title=${dial.queue}>
              <option value="">${dial.noQueue}</option>
              ${this.queues().map(each => html`<option value=${each}>${each}</option>`)}
            </select>
          </label>
          <p id="hint" class="soft small">${dial.hint}</p>
          ${refusalAt(desk, DIALOG, words)}
          <div class="foot">
            <button type="button" title=${words.cancel} @click=${this.close}>${words.cancel}</button>
            <button class="primary" title=${dial.submit} ?disabled=${isBusy}>${icon("dial")}${dial.submit}</button>
          </div>
        </form>
      </dialog>`;
  }

  /** All that there are; the agent's own until they are known. */
  private queues(): readonly string[] {
    return this.directory.value?.queues.map(each => each.name) ?? this.desk.agent?.queues ?? [];
  }

  private readonly write = (): void => {
    this.fault = null;
  };

  private readonly submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const read = readNumber(this.field.value);
    if ("fault" in read) {
      this.fault = read.fault;
      this.field.focus();
      return;
    }
    const queue = this.queue.value;
    this.intend({ type: "dial", number: read.number, ...(queue === "" ? {} : { queue }) });
  };
}

function faultOf(text: string): NumberFault | null {
  const read = readNumber(text);
  return "fault" in read ? read.fault : null;
}
