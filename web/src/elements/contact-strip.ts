import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type { DeskState } from "../desktop/state.ts";
import { isPending } from "../desktop/worklist.ts";
import { EachSecond, ToriElement } from "../kit/element.ts";
import { channelIcon, icon } from "../kit/icons.ts";
import { type Contact, isLive } from "../protocol.ts";
import { duration } from "../text/format.ts";
import { word } from "../text/preferences.ts";
import type { WrapUp } from "./wrap-up.ts";
import "./wrap-up.ts";

/** One contact of the conversation that is shown: what state it is in, and what can be done with it. */
@customElement("tori-contact-strip")
export class ContactStrip extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      section {
        border: 1px solid var(--line);
        border-radius: var(--round);
        background: var(--surface);
      }
      section.call {
        border-color: transparent;
        background: var(--pine-ground);
      }
      section.held {
        border-color: transparent;
        background: var(--amber-ground);
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-s) var(--gap-m);
        padding: var(--gap-s) var(--gap-s) var(--gap-s) var(--gap-l);
      }
      h3 {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        font-size: var(--text-m);
      }
      .call h3 {
        color: var(--pine);
      }
      .held h3,
      .writing h3 {
        color: var(--amber);
      }
      .state {
        font-weight: 400;
      }
      .time {
        font-weight: 600;
      }
      @media (max-width: 45rem) {
        .queue {
          display: none;
        }
      }
      .actions {
        display: flex;
        gap: var(--gap-s);
        margin-left: auto;
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) contact!: Contact;
  @query("tori-wrap-up") private readonly wrapUp!: WrapUp | null;

  constructor() {
    super();
    new EachSecond(this);
  }

  override render(): TemplateResult {
    const { contact, words } = this;
    const isConnected = contact.state === "connected";
    const tone = !isConnected
      ? "writing"
      : contact.held || contact.suspended
        ? "held"
        : isLive(contact.channel)
          ? "call"
          : "thread";
    const since = duration(Date.now() + this.desk.skewMs - contact.since_ms);
    return html`
      <section class=${tone} aria-labelledby="title">
        <div class="line">
          <h3 id="title">${channelIcon(contact.channel)}<span>${word(words.channels, contact.channel)}</span>
            <span class="state">${this.stateName()}</span></h3>
          ${isConnected ? html`<span class="time number">${since}</span>` : nothing}
          <span class="queue soft small cut">${words.conversation.queue} ${contact.queue}</span>
          ${isConnected ? html`<div class="actions">${this.actions()}</div>` : nothing}
        </div>
        ${isConnected ? nothing : html`<tori-wrap-up .desk=${this.desk} .contact=${contact}></tori-wrap-up>`}
      </section>`;
  }

  override updated(changed: PropertyValues<this>): void {
    const hasEnded = changed.get("contact")?.state === "connected" && this.contact.state === "wrap_up";
    // The button that ended it is gone, and the focus with it. Who writes elsewhere is left alone.
    if (hasEnded && document.activeElement === document.body) this.wrapUp?.focus();
  }

  private stateName(): string {
    const { conversation, wrapUp } = this.words;
    if (this.contact.state !== "connected") return wrapUp.title;
    if (this.contact.held) return conversation.onHold;
    if (this.contact.suspended) return conversation.suspended;
    return isLive(this.contact.channel) ? conversation.onCall : conversation.inThread;
  }

  private actions(): TemplateResult {
    const { contact } = this;
    const words = this.words.conversation;
    if (!isLive(contact.channel)) return this.button("hang_up", "", html`${words.closeThread}`);
    return html`
      ${
        contact.held
          ? this.button("resume", "", html`${icon("play")}${words.resume}`)
          : this.button("hold", "", html`${icon("pause")}${words.hold}`)
      }
      ${this.button("hang_up", "danger", html`${icon("hangUp")}${words.hangUp}`)}`;
  }

  private button(type: "hold" | "resume" | "hang_up", tone: string, label: TemplateResult): TemplateResult {
    const contact = this.contact.id;
    const isBusy = this.desk.link !== "open" || isPending(this.desk, type, contact);
    return html`<button class=${tone} ?disabled=${isBusy} @click=${() => this.intend({ type, contact })}>${label}</button>`;
  }
}
