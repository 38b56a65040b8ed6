import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { type FloorCall, type FloorCalls, parked } from "../desktop/floor.ts";
import type { DeskState } from "../desktop/state.ts";
import { isPending } from "../desktop/worklist.ts";
import { dialogStyle, ToriDialog } from "../kit/dialog.ts";
import { EachSecond, ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import { Polling } from "../kit/polling.ts";
import { customerName, duration } from "../text/format.ts";
import { refusalAt, refusalStyle, staleness } from "./refusal.ts";

/** The calls that wait for whoever picks them up. */
@customElement("tori-parked-dialog")
export class ParkedDialog extends ToriDialog {
  static override styles = [
    ...ToriElement.styles,
    dialogStyle,
    refusalStyle,
    css`
      dialog > :not(:first-child) {
        margin-top: var(--gap-m);
      }
      ul {
        display: grid;
        gap: var(--gap-s);
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        align-items: center;
        gap: var(--gap-xs) var(--gap-m);
        border: 1px solid var(--line);
        border-radius: var(--round);
        padding: var(--gap-s) var(--gap-s) var(--gap-s) var(--gap-m);
      }
      .name {
        font-weight: 600;
      }
      .refusal {
        grid-column: 1 / -1;
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  private readonly floor = new Polling<FloorCalls>(this, "/calls");

  constructor() {
    super();
    new EachSecond(this);
  }

  override render(): TemplateResult {
    const { words } = this;
    return html`
      <dialog aria-labelledby="title" @close=${this.closed}>
        <h2 id="title">${words.parked.title}</h2>
        ${staleness(this.floor.refused, words)}
        ${this.list()}
        <div class="foot"><button title=${words.close} @click=${this.close}>${words.close}</button></div>
      </dialog>`;
  }

  private list(): TemplateResult {
    const { words, floor } = this;
    if (floor.value === null) {
      return html`<p class="soft">${floor.refused === null ? words.loading : nothing}</p>`;
    }
    const calls = parked(floor.value);
    if (calls.length === 0) return html`<p class="soft">${words.parked.none}</p>`;
    return html`<ul aria-labelledby="title">${repeat(
      calls,
      each => each.contact,
      each => this.item(each),
    )}</ul>`;
  }

  private item(call: FloorCall): TemplateResult {
    const { words, desk } = this;
    const isBusy = desk.link !== "open" || isPending(desk, "pick_up", call.contact);
    const name = customerName(call.name, call.address, words);
    const since = duration(Date.now() + desk.skewMs - call.since_ms);
    return html`
      <li>
        <div><p class="name cut">${name}</p>
          <p class="soft small number">${call.queue}　${words.parked.since(since)}
            ${call.agent === null ? nothing : words.parked.by(call.agent)}</p></div>
        <button class="primary" title="${words.parked.pickUp}: ${name}" ?disabled=${isBusy}
          @click=${() => this.intend({ type: "pick_up", contact: call.contact })}>
          ${icon("check")}${words.parked.pickUp}</button>
        ${refusalAt(desk, call.contact, words)}
      </li>`;
  }
}
