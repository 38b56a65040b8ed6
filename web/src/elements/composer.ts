import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { DeskState } from "../desktop/state.ts";
import { ToriElement } from "../kit/element.ts";
import { channelIcon, icon } from "../kit/icons.ts";
import { smsParts } from "../kit/sms.ts";
import { type Contact, TEXT_MAX } from "../protocol.ts";
import { word } from "../text/preferences.ts";

const COUNTED_FROM = TEXT_MAX - 500;

/** Where a reply is written. Ctrl+Enter sends; Enter alone is a new line, and an IME's own. */
@customElement("tori-composer")
export class Composer extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      form {
        display: grid;
        gap: var(--gap-s);
        border: 1px solid var(--line-strong);
        border-radius: var(--round);
        background: var(--surface);
        padding: var(--gap-s);
      }
      form:has(textarea:focus-visible) {
        border-color: var(--focus);
        outline: 1px solid var(--focus);
      }
      textarea {
        min-height: 3.5rem;
        max-height: 14rem;
        border: 0;
        background: transparent;
        padding: var(--gap-xs) var(--gap-s);
        field-sizing: content;
      }
      textarea:focus-visible {
        outline: 0;
      }
      .foot {
        display: flex;
        align-items: center;
        gap: var(--gap-m);
      }
      .via {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        padding-left: var(--gap-s);
      }
      .hint {
        margin-left: auto;
      }
      .over {
        color: var(--vermilion);
        font-weight: 600;
      }
      @media (max-width: 45rem) {
        .hint {
          display: none;
        }
        .foot button {
          margin-left: auto;
        }
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  /** Open threads with the customer; replies go to `contact`, one of them. */
  @property({ attribute: false }) threads: readonly Contact[] = [];
  @property({ attribute: false }) contact!: Contact;
  @query("textarea") private readonly field!: HTMLTextAreaElement;

  override render(): TemplateResult {
    const words = this.words.composer;
    const channel = word(this.words.channels, this.contact.channel);
    const left = TEXT_MAX - this.text.length;
    return html`
      <form @submit=${this.send}>
        <textarea rows="2" aria-label=${words.label(channel)} placeholder=${words.placeholder(channel)}
          .value=${live(this.text)} @input=${this.write} @keydown=${this.typed}></textarea>
        <div class="foot">
          ${this.via(channel)}
          ${
            this.contact.channel === "sms" && this.text !== ""
              ? html`<span class="soft small number">${words.smsParts(smsParts(this.text.trim()))}</span>`
              : nothing
          }
          <span class="hint soft small">${words.hint}</span>
          ${
            this.text.length > COUNTED_FROM
              ? html`<span class="small number ${left < 0 ? "over" : "soft"}" role="status">${words.lengthLeft(left)}</span>`
              : nothing
          }
          <button class="primary" ?disabled=${!this.canSend}>${icon("send")}${words.send}</button>
        </div>
      </form>`;
  }

  /** Move the focus to the text; may be called before it is drawn. */
  override focus(): void {
    void this.updateComplete.then(() => this.field.focus());
  }

  private get text(): string {
    return this.desk.drafts[this.contact.id] ?? "";
  }

  /** Without a link, too: what is written then leaves once it is back. */
  private get canSend(): boolean {
    return this.text.trim() !== "" && this.text.length <= TEXT_MAX;
  }

  private via(channel: string): TemplateResult {
    if (this.threads.length < 2) {
      return html`<span class="via soft small">${channelIcon(this.contact.channel)}${channel}</span>`;
    }
    return html`
      <select aria-label=${this.words.composer.via} @change=${this.change}>
        ${this.threads.map(
          each => html`<option value=${each.id} .selected=${each.id === this.contact.id}>
            ${word(this.words.channels, each.channel)}</option>`,
        )}
      </select>`;
  }

  private readonly change = (event: Event): void => {
    this.intend({ type: "contact_selected", contact: (event.target as HTMLSelectElement).value });
  };

  private readonly write = (): void => {
    this.intend({ type: "draft_changed", contact: this.contact.id, text: this.field.value });
  };

  private readonly typed = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) this.send(event);
  };

  private readonly send = (event: Event): void => {
    event.preventDefault();
    if (!this.canSend) return;
    this.intend({ type: "send", contact: this.contact.id, message: newId(), text: this.text.trim() });
    this.focus();
  };
}

/** 128 random bits. `crypto.randomUUID` is missing where the page comes by plain HTTP. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), each =>
    each.toString(16).padStart(2, "0"),
  ).join("");
}
