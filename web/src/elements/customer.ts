import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Conversation } from "../desktop/worklist.ts";
import { ToriElement } from "../kit/element.ts";
import { channelIcon, icon } from "../kit/icons.ts";
import type { Candidate, Channel, Identifier, IdentifierKind, ScreenPop, Thread } from "../protocol.ts";
import { address, duration } from "../text/format.ts";
import { word } from "../text/preferences.ts";
import { path, pathStyle } from "./path.ts";

const CHANNEL_OF: Readonly<Record<IdentifierKind, Channel>> = {
  phone: "voice",
  line: "line",
  email: "email",
  chat: "chat",
  social: "social",
};

/** The screen pop: who the customer is, how that is known, and how this contact came. Fires `tori-side`. */
@customElement("tori-customer")
export class CustomerPanel extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    pathStyle,
    css`
      :host {
        display: block;
        overflow-y: auto;
        padding: var(--gap-l);
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--gap-s);
      }
      .close {
        display: none;
      }
      h2 {
        line-height: var(--target);
      }
      h3 {
        margin-bottom: var(--gap-s);
        color: var(--ink-soft);
        font-size: var(--text-s);
      }
      section {
        border-top: 1px solid var(--line);
        margin-top: var(--gap-l);
        padding-top: var(--gap-l);
      }
      ul {
        display: grid;
        gap: var(--gap-m);
      }
      li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 0 var(--gap-s);
      }
      li svg {
        margin-top: 0.15em;
        color: var(--ink-soft);
      }
      .value {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      li .small {
        grid-column: 2;
      }
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: var(--gap-s) var(--gap-l);
      }
      dt {
        color: var(--ink-soft);
      }
      dd {
        text-align: end;
        overflow-wrap: anywhere;
      }
      .path {
        justify-content: flex-end;
      }
      @media (max-width: 68rem) {
        .close {
          display: inline-flex;
        }
      }
    `,
  ];

  @property({ attribute: false }) conversation!: Conversation;

  override render(): TemplateResult {
    const { words, conversation } = this;
    const { pop } = conversation;
    const open = (pop?.open_threads ?? []).filter(
      each => !conversation.contacts.some(own => own.id === each.id),
    );
    return html`
      <header>
        <h2>${words.customer.show}</h2>
        <button class="quiet icon close" aria-label=${words.close} @click=${this.close}>${icon("close")}</button>
      </header>
      ${pop !== null && pop.customer === null ? html`<p class="soft">${words.customer.unrecognised}</p>` : nothing}
      ${pop?.url ? html`<p><a href=${pop.url} target="_blank" rel="noopener noreferrer">${words.customer.outside}</a></p>` : nothing}
      ${pop && pop.candidates.length > 0 ? this.candidates(pop.candidates) : nothing}
      ${pop && pop.identifiers.length > 0 ? this.identifiers(pop.identifiers) : nothing}
      ${pop ? this.origin(pop) : nothing}
      ${open.length > 0 ? this.openThreads(open) : nothing}`;
  }

  private identifiers(identifiers: readonly Identifier[]): TemplateResult {
    const { customer } = this.words;
    return html`
      <section aria-labelledby="known"><h3 id="known">${customer.identifiers}</h3>
        <ul>${identifiers.map(
          ({ kind, value, how }) => html`
            <li>${channelIcon(CHANNEL_OF[kind])}
              <span class="value number" title=${value}><span class="unseen">${word(customer.kinds, kind)} </span>${address(value)}</span>
              <span class="soft small">${word(customer.how, how)}</span></li>`,
        )}</ul>
      </section>`;
  }

  private candidates(candidates: readonly Candidate[]): TemplateResult {
    const { customer, unknownCustomer } = this.words;
    return html`
      <section aria-labelledby="maybe"><h3 id="maybe">${customer.candidates}</h3>
        <ul>${candidates.map(
          each => html`<li>${channelIcon("voice")}<span class="value">${each.customer.name || unknownCustomer}</span>
            <span class="soft small number">${address(each.value)} · ${word(customer.reasons, each.reason)}</span></li>`,
        )}</ul>
      </section>`;
  }

  private origin(pop: ScreenPop): TemplateResult {
    const { customer, channels, withheld } = this.words;
    const isCall = pop.channel === "voice" || pop.channel === "video";
    return html`
      <section aria-labelledby="origin"><h3 id="origin">${word(channels, pop.channel)}</h3>
        <dl>
          <dt>${customer.cameBy}</dt>
          <dd class="number" title=${pop.address ?? ""}>${pop.address === null ? withheld : address(pop.address)}</dd>
          <dt>${customer.queue}</dt><dd>${pop.queue}</dd>
          <dt>${customer.waited}</dt><dd class="number">${duration(pop.waited_ms)}</dd>
          ${
            isCall
              ? html`<dt>${customer.path}</dt>
                  <dd>${pop.ivr.length > 0 ? path(pop.ivr, this.words) : customer.noPath}</dd>`
              : nothing
          }
          ${pop.intent === "" ? nothing : html`<dt>${customer.intent}</dt><dd>${pop.intent}</dd>`}
          ${pop.heard.map(({ name, value, said }) => html`<dt>${name}</dt><dd title=${said}>${value}</dd>`)}
        </dl>
      </section>`;
  }

  private openThreads(contacts: readonly Thread[]): TemplateResult {
    const { customer, channels } = this.words;
    return html`
      <section aria-labelledby="open"><h3 id="open">${customer.openThreads}</h3>
        <ul>${contacts.map(
          each => html`<li>${channelIcon(each.channel)}<span class="value">${word(channels, each.channel)}</span>
            <span class="soft small cut">${each.messages.at(-1)?.text || each.queue}</span></li>`,
        )}</ul>
      </section>`;
  }

  private readonly close = (): void => {
    this.dispatchEvent(new Event("tori-side", { bubbles: true, composed: true }));
  };
}
