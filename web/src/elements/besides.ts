import { css, html, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { choicesIn, whereIn } from "../desktop/besides.ts";
import { ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import { CHOICES_MAX, LABEL_MAX, PLACE_MAX, type Place } from "../protocol.ts";

/** The answers to choose from were changed; one a line. */
export class ChoicesWritten extends Event {
  constructor(readonly lines: string) {
    super("tori-choices", { bubbles: true, composed: true });
  }
}

/** This place is to be sent. */
export class PlaceChosen extends Event {
  constructor(readonly place: Place) {
    super("tori-place", { bubbles: true, composed: true });
  }
}

/** What is written beside a message stands in such a panel. */
export const panelStyle = css`
  :host {
    display: grid;
    gap: var(--gap-s);
    border-radius: var(--round-s);
    background: var(--sunken);
    padding: var(--gap-s) var(--gap-m) var(--gap-m);
  }
  label {
    display: grid;
    gap: var(--gap-xs);
    font-size: var(--text-s);
  }
  button {
    justify-self: end;
  }
`;

const style = css`
  .over {
    color: var(--vermilion);
    font-weight: 600;
  }
`;

/** Where the answers are written that a customer taps. Fires `tori-choices`. */
@customElement("tori-choices")
export class ChoicesField extends ToriElement {
  static override styles = [...ToriElement.styles, panelStyle, style];

  @property({ attribute: false }) lines = "";
  @query("textarea") private readonly field!: HTMLTextAreaElement;

  override render(): TemplateResult {
    const words = this.words.message;
    const isOver = choicesIn(this.lines) === null;
    return html`<label>${words.choicesHint(CHOICES_MAX, LABEL_MAX)}
      <textarea rows="3" aria-label=${words.choices} aria-invalid=${isOver} .value=${live(this.lines)}
        @input=${() => this.dispatchEvent(new ChoicesWritten(this.field.value))}></textarea></label>
      <p class="over small" role="alert" ?hidden=${!isOver}>${words.choicesOver(CHOICES_MAX, LABEL_MAX)}</p>`;
  }

  override focus(): void {
    void this.updateComplete.then(() => this.field.focus());
  }
}

/** Where a place is named and pointed to. Fires `tori-place`. */
@customElement("tori-place")
export class PlaceField extends ToriElement {
  static override styles = [...ToriElement.styles, panelStyle, style];

  @state() private name = "";
  @state() private address = "";
  @state() private where = "";
  @query("input") private readonly field!: HTMLInputElement;

  override render(): TemplateResult {
    const words = this.words.message;
    const isOver = this.where !== "" && whereIn(this.where) === null;
    return html`
      <label>${words.placeName}<input maxlength=${PLACE_MAX} .value=${live(this.name)}
        @input=${(event: Event) => (this.name = textOf(event))}></label>
      <label>${words.placeAddress}<input maxlength=${PLACE_MAX} .value=${live(this.address)}
        @input=${(event: Event) => (this.address = textOf(event))}></label>
      <label>${words.placeWhere}<input aria-invalid=${isOver} .value=${live(this.where)}
        @input=${(event: Event) => (this.where = textOf(event))}></label>
      <p class="over small" role="alert" ?hidden=${!isOver}>${words.placeUnknown}</p>
      <button type="button" ?disabled=${this.place === null} @click=${this.send}>
        ${icon("place")}${words.sendPlace}</button>`;
  }

  override focus(): void {
    void this.updateComplete.then(() => this.field.focus());
  }

  private get place(): Place | null {
    const where = whereIn(this.where);
    const title = this.name.trim();
    return where === null || title === "" ? null : { title, address: this.address.trim(), ...where };
  }

  private readonly send = (): void => {
    if (this.place !== null) this.dispatchEvent(new PlaceChosen(this.place));
  };
}

function textOf(event: Event): string {
  return (event.target as HTMLInputElement).value;
}
