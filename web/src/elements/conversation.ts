import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import { repeat } from "lit/directives/repeat.js";
import type { DeskState } from "../desktop/state.ts";
import { type Conversation, thread, threads } from "../desktop/worklist.ts";
import { ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import { isLive } from "../protocol.ts";
import { customerName } from "../text/format.ts";
import type { Composer } from "./composer.ts";
import "./composer.ts";
import "./contact-strip.ts";
import "./timeline.ts";
import "./typing.ts";

/** One customer: what is open with them, all that passed, and the reply. Fires `tori-side`. */
@customElement("tori-conversation")
export class ConversationPane extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      :host {
        display: grid;
        grid-template-rows: auto auto minmax(0, 1fr) auto auto;
        min-height: 0;
        background: var(--surface);
      }
      header {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        border-bottom: 1px solid var(--line);
        padding: var(--gap-m) var(--gap-xl);
      }
      h2 {
        font-size: var(--text-xl);
        outline-offset: 4px;
      }
      .back,
      .side {
        display: none;
      }
      .side {
        margin-left: auto;
      }
      .strips {
        display: grid;
        gap: var(--gap-s);
        max-height: 60dvh;
        overflow-y: auto;
        background: var(--surface);
        padding: var(--gap-m) var(--gap-xl) var(--gap-s);
      }
      tori-timeline {
        min-height: 0;
      }
      tori-typing,
      tori-composer {
        padding: 0 var(--gap-xl);
      }
      tori-composer {
        padding-bottom: var(--gap-l);
      }
      @media (max-width: 68rem) {
        .side {
          display: inline-flex;
        }
      }
      @media (max-width: 45rem) {
        .back {
          display: inline-flex;
          margin-left: calc(-1 * var(--gap-s));
        }
        header {
          padding: var(--gap-s) var(--gap-m);
        }
        .strips {
          padding: var(--gap-s) var(--gap-m);
        }
        tori-typing,
        tori-composer {
          padding: 0 var(--gap-m);
        }
        tori-composer {
          padding-bottom: var(--gap-m);
        }
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) conversation!: Conversation;
  @query("tori-composer") private readonly composer!: Composer | null;
  private hadReply = false;
  /** Up to which message each thread was read here. */
  private readonly read = new Map<string, string>();
  @query("h2") private readonly heading!: HTMLElement;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.seen);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.seen);
  }

  private readonly seen = (): void => this.markRead();

  override render(): TemplateResult {
    const { words, desk, conversation } = this;
    return html`
      <header>
        <button class="quiet icon back" aria-label=${words.back} @click=${this.leave}>${icon("back")}</button>
        <h2 class="cut" tabindex="-1">${customerName(conversation.name, conversation.address, words)}</h2>
        <button class="side" @click=${this.showSide}>${icon("person")}${words.customer.show}</button>
      </header>
      <div class="strips" ?hidden=${conversation.contacts.length === 0}>
        ${repeat(
          conversation.contacts.toSorted((a, b) => Number(isLive(b.channel)) - Number(isLive(a.channel))),
          each => each.id,
          each => html`<tori-contact-strip .desk=${desk} .contact=${each}></tori-contact-strip>`,
        )}
      </div>
      <tori-timeline tabindex="0" role="region" aria-label=${words.conversation.timeline} .desk=${desk}
        .conversation=${conversation}></tori-timeline>
      ${this.reply()}`;
  }

  override updated(changed: PropertyValues<this>): void {
    const before = changed.get("conversation");
    const hasReply = this.composer !== null;
    // Keys typed for one customer must not reach another: the focus goes with the conversation. Where the
    // button that was pressed is gone (accept), it comes here, too.
    const isOther = before !== undefined && before.key !== this.conversation.key;
    const isFree = document.activeElement === document.body;
    if (isOther || (hasReply && !this.hadReply && isFree)) this.focus();
    this.hadReply = hasReply;
    this.markRead();
  }

  /** Tell the hub what the agent has seen of the customer's messages. */
  private markRead(): void {
    if (document.hidden || this.desk.link !== "open") return;
    for (const { id, messages, state } of threads(this.conversation)) {
      const newest = messages.findLast(each => each.direction === "in");
      if (state !== "connected" || newest === undefined || this.read.get(id) === newest.id) continue;
      this.read.set(id, newest.id);
      this.intend({ type: "read", contact: id, message: newest.id });
    }
  }

  /** Put the focus where the work goes on: in the reply, else on the customer's name. */
  override focus(): void {
    (this.composer ?? this.heading).focus();
  }

  private reply(): TemplateResult | typeof nothing {
    const open = threads(this.conversation);
    const contact = thread(this.conversation, this.desk.selected);
    if (contact === null) return nothing;
    return html`${keyed(
      contact.id,
      html`<tori-typing .untilMs=${this.desk.typing[contact.id] ?? 0}
          .name=${customerName(this.conversation.name, this.conversation.address, this.words)}></tori-typing>
        <tori-composer .desk=${this.desk} .threads=${open} .contact=${contact}></tori-composer>`,
    )}`;
  }

  private readonly leave = (): void => this.intend({ type: "contact_selected", contact: null });

  private readonly showSide = (): void => {
    this.dispatchEvent(new Event("tori-side", { bubbles: true, composed: true }));
  };
}
