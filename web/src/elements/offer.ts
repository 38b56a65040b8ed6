import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { isRinging } from "../desktop/phone.ts";
import type { DeskState } from "../desktop/state.ts";
import { type Conversation, isPending, titleOf } from "../desktop/worklist.ts";
import { EachSecond, ToriElement } from "../kit/element.ts";
import { channelIcon, icon } from "../kit/icons.ts";
import { isLive, type Offer } from "../protocol.ts";
import { customerName, duration, secondsUntil } from "../text/format.ts";
import { word } from "../text/preferences.ts";

/** One contact that waits for this agent's answer, and how long it still does. */
@customElement("tori-offer")
export class OfferCard extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      article {
        --tone: var(--indigo);
        display: grid;
        gap: var(--gap-s);
        border: 1px solid var(--tone);
        border-radius: var(--round);
        background: var(--surface);
        padding: var(--gap-m) var(--gap-l) var(--gap-l);
        box-shadow: var(--shadow);
      }
      article.call {
        --tone: var(--pine);
      }
      .kind {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        color: var(--tone);
        font-weight: 600;
      }
      .kind .number {
        margin-left: auto;
      }
      .who {
        display: block;
        min-height: 0;
        border: 0;
        background: none;
        padding: 0;
        text-align: start;
        font-size: var(--text-xl);
        line-height: 1.35;
        white-space: normal;
      }
      .who:hover:not(:disabled) {
        background: none;
        text-decoration: underline;
        text-underline-offset: 0.2em;
      }
      .facts {
        display: flex;
        flex-wrap: wrap;
        gap: 0 var(--gap-m);
      }
      .by,
      .open-thread {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        color: var(--indigo);
      }
      .noted {
        overflow-wrap: anywhere;
        white-space: pre-line;
      }
      progress {
        width: 100%;
        height: 4px;
        border: 0;
        border-radius: 2px;
        overflow: hidden;
        appearance: none;
        background: var(--sunken);
        color: var(--tone);
      }
      progress::-webkit-progress-bar {
        background: var(--sunken);
      }
      progress::-webkit-progress-value {
        background: var(--tone);
        transition: width 1s linear;
      }
      progress::-moz-progress-bar {
        background: var(--tone);
      }
      .actions {
        display: flex;
        gap: var(--gap-s);
        align-items: center;
        margin-top: var(--gap-xs);
      }
      .actions > :first-child {
        flex: 1;
      }
      .phone {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        color: var(--pine);
        font-weight: 600;
      }
      .phone svg {
        animation: ring 1.6s ease-in-out infinite;
      }
      @keyframes ring {
        0%,
        40%,
        100% {
          rotate: 0deg;
        }
        8%,
        24% {
          rotate: -14deg;
        }
        16%,
        32% {
          rotate: 14deg;
        }
      }
      @media (prefers-reduced-motion: reduce) {
        .phone svg {
          animation: none;
        }
        progress::-webkit-progress-value {
          transition: none;
        }
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) conversation!: Conversation;
  @property({ attribute: false }) offer!: Offer;
  private leftAtFirst_s = 0;

  constructor() {
    super();
    new EachSecond(this);
  }

  override render(): TemplateResult {
    const { words, offer, conversation } = this;
    const isCall = isLive(offer.channel);
    const left_s = secondsUntil(offer.deadline_ms, Date.now() + this.desk.skewMs);
    this.leftAtFirst_s = Math.max(this.leftAtFirst_s, left_s);
    const title = words.offer.titles[titleOf(this.desk, offer)];
    const name = customerName(conversation.name, conversation.address, words);
    const pop = this.desk.pops[offer.contact];
    return html`
      <article class=${isCall ? "call" : "thread"} aria-label="${title}: ${name}">
        <p class="kind">${channelIcon(offer.channel)}${title}
          <span class="number" aria-label=${words.offer.secondsLeft(left_s)}>${duration(left_s * 1000)}</span></p>
        <button class="who" @click=${this.select}>${name}</button>
        <p class="facts soft"><span>${words.conversation.queue} ${offer.queue}</span>
          ${pop ? html`<span class="number">${words.offer.waited(duration(pop.waited_ms))}</span>` : nothing}</p>
        ${pop?.by ? html`<p class="small by">${icon("person")}${words.offer.by(pop.by)}</p>` : nothing}
        ${pop?.notes?.map(({ text }) => html`<p class="small noted">${text}</p>`) ?? nothing}
        ${this.openThread()}
        <progress max=${this.leftAtFirst_s} value=${left_s} aria-hidden="true"></progress>
        <div class="actions">${isCall ? this.answer() : this.accept()}${this.reject()}</div>
      </article>`;
  }

  private openThread(): TemplateResult | typeof nothing {
    const open = this.conversation.contacts.find(each => !isLive(each.channel));
    if (open === undefined) return nothing;
    const { words } = this;
    return html`<p class="open-thread small">${channelIcon(open.channel)}
      ${words.offer.threadOpen(word(words.channels, open.channel))}</p>`;
  }

  private answer(): TemplateResult {
    if (isRinging(this.desk.phone)) return this.answerHere();
    return html`<p class="phone">${channelIcon("voice")}${this.words.offer.answerThePhone}</p>`;
  }

  private answerHere(): TemplateResult {
    return html`
      <button class="primary" aria-keyshortcuts="Alt+A"
        @click=${() => this.intend({ type: "phone_act", act: "answer" })}>${channelIcon("voice")}${this.words.phone.answer}</button>`;
  }

  private accept(): TemplateResult {
    const { offer } = this.offer;
    return html`
      <button class="primary" aria-keyshortcuts="Alt+A" ?disabled=${this.isBusy("accept")}
        @click=${() => this.intend({ type: "accept", offer })}>${icon("check")}${this.words.offer.accept}</button>`;
  }

  private reject(): TemplateResult {
    const { offer } = this.offer;
    return html`
      <button aria-keyshortcuts="Alt+R" ?disabled=${this.isBusy("reject")}
        @click=${() => this.intend({ type: "reject", offer })}>${this.words.offer.reject}</button>`;
  }

  private isBusy(type: "accept" | "reject"): boolean {
    return this.desk.link !== "open" || isPending(this.desk, type, this.offer.offer);
  }

  private readonly select = (): void => {
    this.intend({ type: "contact_selected", contact: this.offer.contact });
  };
}
