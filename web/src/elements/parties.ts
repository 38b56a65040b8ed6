import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { isConsulted } from "../desktop/calls.ts";
import type { DeskState } from "../desktop/state.ts";
import { isPending } from "../desktop/worklist.ts";
import { ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import type { Contact, Party } from "../protocol.ts";
import { address } from "../text/format.ts";
import { word } from "../text/preferences.ts";

/** Who was brought into a call, and how far each is. */
@customElement("tori-parties")
export class Parties extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      ul {
        display: grid;
        gap: var(--gap-xs);
        border-top: 1px solid var(--line);
        padding: var(--gap-s) var(--gap-s) var(--gap-s) var(--gap-l);
      }
      li {
        display: flex;
        align-items: center;
        gap: var(--gap-s) var(--gap-m);
        min-height: var(--target);
      }
      .name {
        font-weight: 600;
      }
      .talking,
      .joined {
        color: var(--pine);
      }
      .held,
      .ringing {
        color: var(--amber);
      }
      button {
        margin-left: auto;
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) contact!: Contact;

  override render(): TemplateResult {
    return html`
      <ul aria-label=${this.words.call.parties} aria-live="polite">${this.contact.parties.map(each => this.party(each))}</ul>`;
  }

  private party(party: Party): TemplateResult {
    const { call } = this.words;
    const name = nameOf(party);
    return html`
      <li>${icon("person")}<span class="name number cut">${name}</span>
        <span class="small ${party.state}">${word(call.party, party.state)}</span>
        ${isConsulted(this.contact) ? nothing : this.removal(party, name)}</li>`;
  }

  private removal({ id }: Party, name: string): TemplateResult {
    const { desk, contact } = this;
    const label = this.words.call.remove(name);
    const isBusy = desk.link !== "open" || isPending(desk, "remove_party", contact.id);
    return html`
      <button class="quiet icon" title=${label} aria-label=${label} ?disabled=${isBusy}
        @click=${() => this.intend({ type: "remove_party", contact: contact.id, party: id })}>
        ${icon("close")}</button>`;
  }
}

/** Return what a party is called: by name, else by what it was called with. */
export function nameOf({ name, number, agent }: Party): string {
  return name || (number === null ? (agent ?? "") : address(number));
}
