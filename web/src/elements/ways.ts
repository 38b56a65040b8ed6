import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { keysOf } from "../desktop/shortcuts.ts";
import type { DeskState } from "../desktop/state.ts";
import { isPending } from "../desktop/worklist.ts";
import { ToriElement } from "../kit/element.ts";
import { hint } from "../kit/hint.ts";
import { channelIcon, icon } from "../kit/icons.ts";
import { newId } from "../kit/ids.ts";
import type { Contact } from "../protocol.ts";

/** Calls the customer of a text contact, or sends him what brings him to the phone, or his number to us. */
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

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) contact!: Contact;

  override render(): TemplateResult {
    const words = this.words.composer;
    const { callLink } = this.words.message;
    return html`
      <button type="button" class="quiet icon" title=${hint(this.words, words.callMe, "callCustomer")}
        aria-label=${words.callMe} aria-keyshortcuts=${keysOf("callCustomer")}
        ?disabled=${this.desk.link !== "open"}
        aria-disabled=${isPending(this.desk, "call_me", this.contact.id)} @click=${this.callCustomer}>
        ${channelIcon("voice")}</button>
      <button type="button" class="quiet icon" title=${callLink} aria-label=${callLink}
        ?disabled=${this.desk.link !== "open"}
        aria-disabled=${isPending(this.desk, "send_call_link", this.contact.id)} @click=${this.sendCallLink}>
        ${icon("dial")}</button>
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

  private readonly callCustomer = (): void => {
    const contact = this.contact.id;
    if (!isPending(this.desk, "call_me", contact)) this.intend({ type: "call_me", contact });
  };

  private readonly sendCallLink = (): void => {
    const contact = this.contact.id;
    if (!isPending(this.desk, "send_call_link", contact)) {
      this.intend({ type: "send_call_link", contact, video: true });
    }
  };
}
