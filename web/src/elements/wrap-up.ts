import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { type DeskState, NO_WRAP_UP, type WrapUpDraft } from "../desktop/state.ts";
import { isPending } from "../desktop/worklist.ts";
import { EachSecond, ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import { type Contact, NOTE_MAX } from "../protocol.ts";
import { secondsUntil } from "../text/format.ts";
import { language } from "../text/preferences.ts";

/** How a contact ended: disposition and note. */
@customElement("tori-wrap-up")
export class WrapUp extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      form {
        display: grid;
        gap: var(--gap-m);
        padding: 0 var(--gap-l) var(--gap-l);
      }
      legend,
      .label {
        display: block;
        padding: 0;
        margin-bottom: var(--gap-xs);
        color: var(--ink-soft);
        font-size: var(--text-s);
      }
      .choices {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-s);
      }
      .choices label {
        position: relative;
        display: inline-flex;
        align-items: center;
        min-height: var(--target);
        border: 1px solid var(--line-strong);
        border-radius: 99px;
        padding: 0 var(--gap-l);
        cursor: pointer;
      }
      .choices label:hover {
        background: var(--hover);
      }
      .choices label:has(:checked) {
        border-color: var(--indigo);
        background: var(--indigo-ground);
        color: var(--indigo);
        font-weight: 600;
      }
      .choices label:has(:focus-visible) {
        outline: 2px solid var(--focus);
        outline-offset: 2px;
      }
      .choices input {
        position: absolute;
        inset: 0;
        margin: 0;
        opacity: 0;
        cursor: pointer;
      }
      .foot {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-s) var(--gap-m);
      }
      .foot button.primary {
        margin-left: auto;
      }
      .error {
        color: var(--vermilion);
      }
      .late {
        color: var(--amber);
      }
      textarea {
        min-height: 4.5rem;
        field-sizing: content;
        max-height: 12rem;
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) contact!: Contact;
  @state() private isMissing = false;
  @query("input") private readonly firstChoice!: HTMLInputElement | null;

  constructor() {
    super();
    new EachSecond(this);
  }

  override render(): TemplateResult {
    const words = this.words.wrapUp;
    const { desk, contact } = this;
    const isBusy = desk.link !== "open" || isPending(desk, "wrap_up", contact.id);
    return html`
      <form @submit=${this.finish}>
        <fieldset><legend>${words.disposition}</legend><div class="choices">${this.choices()}</div></fieldset>
        <label><span class="label">${words.note}</span>
          <textarea maxlength=${NOTE_MAX} placeholder=${words.notePlaceholder} .value=${live(this.draft.note)}
            @input=${this.writeNote}></textarea></label>
        <div class="foot">
          ${this.timeLeft()}
          <p class="error" role="alert">${this.isMissing ? words.choose : nothing}</p>
          ${
            contact.state === "ended"
              ? html`<button type="button" class="quiet" @click=${this.discard}>${words.discard}</button>`
              : nothing
          }
          <button class="primary" ?disabled=${isBusy}>${icon("check")}${words.finish}</button>
        </div>
      </form>`;
  }

  /** Move the focus to the first thing to be done here; may be called before it is drawn. */
  override focus(): void {
    void this.updateComplete.then(() => this.firstChoice?.focus());
  }

  private get draft(): WrapUpDraft {
    return this.desk.wrapUps[this.contact.id] ?? NO_WRAP_UP;
  }

  private choices(): TemplateResult[] {
    return this.desk.dispositions.map(
      each => html`
        <label><input type="radio" name="disposition" value=${each.code}
          .checked=${live(this.draft.disposition === each.code)} @change=${() => this.choose(each.code)} />
          ${each[language.value]}</label>`,
    );
  }

  private timeLeft(): TemplateResult | typeof nothing {
    const { contact, desk } = this;
    const words = this.words.wrapUp;
    if (contact.state === "ended") return html`<p class="late">${words.late}</p>`;
    if (contact.wrap_up_until_ms === 0) return nothing;
    const left_s = secondsUntil(contact.wrap_up_until_ms, Date.now() + desk.skewMs);
    return html`<p class="soft number">${words.secondsLeft(left_s)}</p>`;
  }

  private choose(disposition: string): void {
    this.isMissing = false;
    this.keep({ ...this.draft, disposition });
  }

  private readonly writeNote = (event: Event): void => {
    this.keep({ ...this.draft, note: (event.target as HTMLTextAreaElement).value });
  };

  private keep(draft: WrapUpDraft): void {
    this.intend({ type: "wrap_up_changed", contact: this.contact.id, draft });
  }

  private readonly finish = (event: SubmitEvent): void => {
    event.preventDefault();
    const { disposition, note } = this.draft;
    this.isMissing = disposition === "";
    if (this.isMissing) this.focus();
    else this.intend({ type: "wrap_up", contact: this.contact.id, disposition, note });
  };

  private readonly discard = (): void => {
    this.intend({ type: "wrap_up_discarded", contact: this.contact.id });
  };
}
