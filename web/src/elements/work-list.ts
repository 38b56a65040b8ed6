import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { isApart } from "../desktop/calls.ts";
import type { DeskState } from "../desktop/state.ts";
import { type Conversation, conversations, shown } from "../desktop/worklist.ts";
import { EachSecond, ToriElement } from "../kit/element.ts";
import { channelIcon } from "../kit/icons.ts";
import { type Contact, isLive } from "../protocol.ts";
import { customerName, duration } from "../text/format.ts";
import { word } from "../text/preferences.ts";

/** The customers this agent is with. */
@customElement("tori-work-list")
export class WorkList extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      h2 {
        padding: 0 var(--gap-s) var(--gap-s);
        color: var(--ink-soft);
        font-size: var(--text-s);
      }
      .empty {
        padding: 0 var(--gap-s);
      }
      ul {
        display: grid;
        gap: var(--gap-xs);
      }
      button {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0 var(--gap-s);
        width: 100%;
        border: 1px solid transparent;
        border-left: 3px solid transparent;
        border-radius: var(--round-s);
        background: transparent;
        padding: var(--gap-s) var(--gap-m);
        text-align: start;
        font-weight: 400;
        white-space: normal;
      }
      button[aria-current="true"] {
        border-color: var(--line);
        border-left-color: var(--indigo);
        background: var(--surface);
      }
      .name {
        font-size: var(--text-l);
        font-weight: 600;
      }
      .last {
        grid-column: 1;
      }
      .badge {
        align-self: center;
        min-width: 1.375rem;
        border-radius: 99px;
        background: var(--vermilion);
        color: var(--vermilion-ink);
        padding: 0 0.4rem;
        text-align: center;
        font-size: var(--text-s);
        font-weight: 600;
      }
      .parts {
        grid-column: 1 / -1;
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-xs) var(--gap-m);
        margin-top: var(--gap-xs);
      }
      .part {
        display: inline-flex;
        align-items: center;
        gap: var(--gap-xs);
        color: var(--ink-soft);
      }
      .part.call {
        color: var(--pine);
        font-weight: 600;
      }
      .part.held,
      .part.wrap_up,
      .part.ended {
        color: var(--amber);
        font-weight: 600;
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;

  constructor() {
    super();
    new EachSecond(this);
  }

  override render(): TemplateResult {
    const { list } = this.words;
    const all = conversations(this.desk).filter(each => each.contacts.length > 0);
    const current = shown(this.desk)?.key;
    return html`
      <h2 id="title">${list.title}</h2>
      ${all.length === 0 ? html`<p class="empty soft">${list.empty}</p>` : nothing}
      <ul aria-labelledby="title">
        ${repeat(
          all,
          each => each.key,
          each => html`<li>${this.item(each, each.key === current)}</li>`,
        )}
      </ul>`;
  }

  private item(conversation: Conversation, isCurrent: boolean): TemplateResult {
    const { words } = this;
    const { contacts, unread } = conversation;
    const last = contacts.flatMap(each => each.messages).at(-1)?.text;
    return html`
      <button aria-current=${isCurrent}
        @click=${() => this.intend({ type: "contact_selected", contact: contacts[0]?.id ?? null })}>
        <span class="name cut">${customerName(conversation.name, conversation.address, words)}</span>
        ${unread > 0 ? html`<span class="badge number" aria-label=${words.list.unread(unread)}>${unread}</span>` : nothing}
        ${last === undefined ? nothing : html`<span class="last soft small cut">${last}</span>`}
        <span class="parts small">${contacts.map(each => this.summary(each))}</span>
      </button>`;
  }

  private summary(contact: Contact): TemplateResult {
    const { words } = this;
    const since = duration(Date.now() + this.desk.skewMs - contact.since_ms);
    const state = contact.state === "connected" ? this.connected(contact) : words.wrapUp.title;
    const tone =
      (contact.held && !isApart(contact)) || contact.suspended
        ? "held"
        : isLive(contact.channel) && contact.state === "connected"
          ? "call"
          : contact.state;
    return html`<span class="part number ${tone}">${channelIcon(contact.channel)}
      <span class="unseen">${word(words.channels, contact.channel)}</span>${state} ${since}</span>`;
  }

  private connected(contact: Contact): string {
    const { conversation, call } = this.words;
    if (isApart(contact)) return call.consulting;
    if (contact.held) return conversation.onHold;
    if (contact.suspended) return conversation.suspended;
    return isLive(contact.channel) ? conversation.onCall : word(this.words.channels, contact.channel);
  }
}
