import { css, html, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { ToriElement } from "../kit/element.ts";
import { SUBJECT_MAX } from "../protocol.ts";

/** The subject was changed to `text`. */
export class SubjectNamed extends Event {
  constructor(readonly text: string) {
    super("tori-subject", { bubbles: true, composed: true });
  }
}

/** What a mail is about; left empty, it is what the thread is about. Fires `tori-subject`, `tori-close` on Enter. */
@customElement("tori-subject")
export class SubjectLine extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      input {
        width: 100%;
        border: 0;
        border-bottom: 1px solid var(--line);
        background: transparent;
        padding: var(--gap-xs) var(--gap-s);
      }
    `,
  ];

  /** What the thread is about. */
  @property() about = "";
  @property({ attribute: false }) value = "";
  @query("input") private readonly field!: HTMLInputElement;

  override render(): TemplateResult {
    const words = this.words.composer;
    return html`<input aria-label=${words.subject} maxlength=${SUBJECT_MAX} .value=${live(this.value)}
      placeholder=${this.about === "" ? words.subject : words.subjectKept(this.about)}
      @input=${() => this.dispatchEvent(new SubjectNamed(this.field.value))} @keydown=${this.typed}>`;
  }

  /** Enter goes on to the text: it sends nothing that is half written. */
  private readonly typed = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.dispatchEvent(new Event("tori-close"));
  };
}
