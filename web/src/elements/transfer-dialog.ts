import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";
import type { Directory } from "../desktop/floor.ts";
import { TYPED_MAX } from "../desktop/numbers.ts";
import { DIALOG } from "../desktop/places.ts";
import type { DeskState } from "../desktop/state.ts";
import { type Choice, canBeConsulted, choicesOf, keyOfChoice, targetOf } from "../desktop/targets.ts";
import { isPending } from "../desktop/worklist.ts";
import { dialogStyle, ToriDialog } from "../kit/dialog.ts";
import { ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import { Polling } from "../kit/polling.ts";
import { address } from "../text/format.ts";
import { word } from "../text/preferences.ts";
import { refusalAt, refusalStyle, staleness } from "./refusal.ts";
import { transferStyle } from "./transfer-style.ts";

/** Whom a call is to go to: somebody of the directory or a number, at once or after a talk. */
@customElement("tori-transfer-dialog")
export class TransferDialog extends ToriDialog {
  static override styles = [...ToriElement.styles, dialogStyle, refusalStyle, transferStyle];

  @property({ attribute: false }) desk!: DeskState;
  @property() contact = "";
  @state() private search = "";
  @state() private chosen = "";
  @state() private isMissing = false;
  @query("#search") private readonly field!: HTMLInputElement;
  private readonly directory = new Polling<Directory>(this, "/directory");

  override firstUpdated(): void {
    super.firstUpdated();
    this.field.focus();
  }

  override render(): TemplateResult {
    const { words, desk } = this;
    const { transfer } = words;
    const choices = choicesOf(this.directory.value, this.search, desk.agent?.id ?? "");
    return html`
      <dialog aria-labelledby="title" @close=${this.closed}>
        <form @submit=${(event: SubmitEvent) => this.submit(event, this.choice(choices))}>
          <h2 id="title">${transfer.title}</h2>
          <input id="search" maxlength=${TYPED_MAX} autocomplete="off" spellcheck="false" title=${transfer.search}
            aria-label=${transfer.search} placeholder=${transfer.searchHint} @input=${this.narrow}
            @keydown=${this.toChoices} />
          ${staleness(this.directory.refused, words)}
          <fieldset><legend class="unseen">${transfer.choices}</legend>${this.list(choices)}</fieldset>
          <p class="error" role="alert">${this.isMissing ? transfer.choose : ""}</p>
          ${refusalAt(desk, DIALOG, words)}
          ${this.foot(this.choice(choices))}
        </form>
      </dialog>`;
  }

  /** What is chosen and still there; a number that is typed is what is meant. */
  private choice(choices: readonly Choice[]): Choice | null {
    const chosen = choices.find(each => keyOfChoice(each) === this.chosen);
    return (
      chosen ??
      choices.find(each => each.kind === "number") ??
      (choices.length === 1 ? choices[0] : null) ??
      null
    );
  }

  private list(choices: readonly Choice[]): TemplateResult {
    const { words, directory } = this;
    const isKnown = directory.value !== null || directory.refused !== null;
    if (choices.length === 0) {
      return html`<p class="soft none">${isKnown ? words.transfer.none : words.loading}</p>`;
    }
    const current = this.choice(choices);
    return html`${repeat(choices, keyOfChoice, each => {
      const key = keyOfChoice(each);
      return html`
        <label><input type="radio" name="to" value=${key} .checked=${live(each === current)}
          @change=${() => this.choose(key)} />
          <span class="name number cut">${each.kind === "number" ? address(each.name) : each.name}</span>
          <span class="soft small">${this.facts(each)}</span></label>`;
    })}`;
  }

  private facts(choice: Choice): TemplateResult {
    const { transfer, presence } = this.words;
    switch (choice.kind) {
      case "number":
        return html`${transfer.number}`;
      case "queue":
        return html`${transfer.queue}　${transfer.waiting(choice.waiting)}`;
      case "agent":
        return html`
          <span class="presence ${choice.presence}">${word(presence.names, choice.presence)}</span>
          ${choice.presence === "not_ready" && choice.reason !== "" ? word(presence.reasons, choice.reason) : nothing}
          ${choice.isOnCall ? html`<span class="busy">${transfer.onCall}</span>` : nothing}`;
    }
  }

  private foot(choice: Choice | null): TemplateResult {
    const { words, desk, contact } = this;
    const { transfer } = words;
    const isBusy =
      desk.link !== "open" || isPending(desk, "transfer", contact) || isPending(desk, "consult", contact);
    const isQueue = choice !== null && !canBeConsulted(choice);
    return html`
      <div class="foot">
        <button type="button" title=${words.cancel} @click=${this.close}>${words.cancel}</button>
        ${
          isQueue
            ? nothing
            : html`<button name="how" value="consult" class="primary" title=${transfer.consultHint} ?disabled=${isBusy}>
                ${icon("people")}${transfer.consult}</button>`
        }
        <button name="how" value="transfer" class=${isQueue ? "primary" : ""} title=${transfer.blindHint} ?disabled=${isBusy}>
          ${icon("transfer")}${transfer.blind}</button>
      </div>`;
  }

  private choose(key: string): void {
    this.chosen = key;
    this.isMissing = false;
  }

  private readonly narrow = (): void => {
    this.search = this.field.value;
    this.chosen = "";
    this.isMissing = false;
  };

  /** Down goes to the list, where the arrows go on. Enter is for the buttons: which one, the agent says. */
  private readonly toChoices = (event: KeyboardEvent): void => {
    if (event.isComposing || (event.key !== "ArrowDown" && event.key !== "Enter")) return;
    event.preventDefault();
    const radios = [...this.renderRoot.querySelectorAll<HTMLInputElement>("[type=radio]")];
    const first = radios.find(each => each.checked) ?? radios[0];
    if (first === undefined) return;
    first.focus();
    this.choose(first.value);
  };

  private submit(event: SubmitEvent, choice: Choice | null): void {
    event.preventDefault();
    this.isMissing = choice === null;
    if (choice === null) {
      this.field.focus();
      return;
    }
    // Enter presses the first button: who is not sure asks first.
    const isConsult = (event.submitter as HTMLButtonElement | null)?.value === "consult";
    const type = isConsult ? "consult" : "transfer";
    this.intend({ type, contact: this.contact, to: targetOf(choice) });
  }
}
