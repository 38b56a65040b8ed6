import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import { newId } from "../kit/ids.ts";
import type { Contact } from "../protocol.ts";

/** Sends the customer of a text contact what brings him to the phone, or his number to us. */
@customElement("tori-ways")
export class Ways extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      :host {
        display: contents;
      }
    `,
  ];

  @property({ attribute: false }) contact!: Contact;

  override render(): TemplateResult {
    const words = this.words.composer;
    return html`
      <button type="button" class="quiet icon" title=${words.callCode} aria-label=${words.callCode}
        @click=${() => this.intend({ type: "send_call_code", contact: this.contact.id, message: newId() })}>
        ${icon("keypad")}</button>
      ${
        this.contact.channel === "line"
          ? html`<button type="button" class="quiet icon" title=${words.accountLink} aria-label=${words.accountLink}
              @click=${() =>
                this.intend({ type: "send_account_link", contact: this.contact.id, message: newId() })}>
              ${icon("link")}</button>`
          : nothing
      }`;
  }
}
