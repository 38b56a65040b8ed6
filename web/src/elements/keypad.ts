import { css, html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { focused, ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import type { Contact } from "../protocol.ts";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
const MASK = "•";

/** Keys that the other side hears (DTMF). What was sent can be hidden: it may be a secret of the customer's. */
@customElement("tori-keypad")
export class Keypad extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      :host {
        display: block;
        border-top: 1px solid var(--line);
        padding: var(--gap-m) var(--gap-l);
      }
      section {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-m) var(--gap-xl);
      }
      .keys {
        display: grid;
        grid-template-columns: repeat(3, 3.25rem);
        gap: var(--gap-xs);
      }
      .keys button {
        font-size: var(--text-l);
      }
      .sent {
        display: grid;
        flex: 1 1 12rem;
        align-content: start;
        gap: var(--gap-xs);
        min-width: 0;
      }
      output {
        font-size: var(--text-xl);
        letter-spacing: 0.1em;
        overflow-wrap: anywhere;
        min-height: 1.5em;
      }
      .sent button {
        justify-self: start;
        margin-top: var(--gap-s);
      }
    `,
  ];

  @property({ attribute: false }) contact!: Contact;
  /** The keys that were sent. */
  @property() sent = "";
  @property({ type: Boolean }) isBusy = false;
  @state() private isMasked = false;
  private opener: HTMLElement | null = null;

  override render(): TemplateResult {
    const words = this.words.keypad;
    return html`
      <section aria-label=${words.title} @keydown=${this.typed}>
        <div class="keys">${KEYS.map(
          key => html`<button title=${words.key(key)} aria-label=${words.key(key)} ?disabled=${this.isBusy}
            @click=${() => this.send(key)}>${key}</button>`,
        )}</div>
        <div class="sent">
          <p class="soft small">${words.sent}</p>
          <output class="number" aria-label=${words.sent}>${this.shown()}</output>
          <p class="soft small">${words.hint}</p>
          <button aria-pressed=${this.isMasked} title=${words.mask} @click=${this.toggleMask}>
            ${icon("eyeOff")}${this.isMasked ? words.unmask : words.mask}</button>
        </div>
      </section>`;
  }

  override firstUpdated(): void {
    this.opener = focused();
    this.renderRoot.querySelector("button")?.focus();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.opener?.isConnected) this.opener.focus();
  }

  private shown(): unknown {
    const words = this.words.keypad;
    if (this.sent === "") return html`<span class="soft small">${words.none}</span>`;
    if (!this.isMasked) return this.sent;
    return html`<span aria-hidden="true">${MASK.repeat(this.sent.length)}</span>
      <span class="unseen">${words.masked(this.sent.length)}</span>`;
  }

  private readonly toggleMask = (): void => {
    this.isMasked = !this.isMasked;
  };

  private readonly typed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key === "Escape") {
      this.intend({ type: "keypad_toggled", contact: this.contact.id });
    } else if (KEYS.some(each => each === event.key) && !this.isBusy) {
      event.preventDefault();
      this.send(event.key);
    }
  };

  private send(digits: string): void {
    this.intend({ type: "send_digits", contact: this.contact.id, digits });
  }
}
