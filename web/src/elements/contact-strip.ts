import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { consultationOf, isApart, isConsulted } from "../desktop/calls.ts";
import { keysOf } from "../desktop/shortcuts.ts";
import type { DeskState } from "../desktop/state.ts";
import { isPending } from "../desktop/worklist.ts";
import { EachSecond, ToriElement } from "../kit/element.ts";
import { hint } from "../kit/hint.ts";
import { channelIcon, icon } from "../kit/icons.ts";
import { type Contact, isLive } from "../protocol.ts";
import { duration } from "../text/format.ts";
import { word } from "../text/preferences.ts";
import { nameOf } from "./parties.ts";
import { refusalAt, refusalStyle } from "./refusal.ts";
import type { WrapUp } from "./wrap-up.ts";
import "./call-controls.ts";
import "./invite.ts";
import "./keypad.ts";
import "./notes.ts";
import "./parties.ts";
import "./wrap-up.ts";

/** One contact of the conversation that is shown: what state it is in, and what can be done with it. */
@customElement("tori-contact-strip")
export class ContactStrip extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    refusalStyle,
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
      .queue {
        flex: 1 1 0;
        min-width: 4rem;
      }
      .end {
        margin-left: auto;
      }
      .end + .end {
        margin-left: 0;
      }
      .badge {
        display: inline-flex;
        align-items: center;
        gap: var(--gap-xs);
        border-radius: 99px;
        background: var(--surface);
        padding: 0 var(--gap-s);
        font-weight: 600;
      }
      .badge.on {
        color: var(--vermilion);
      }
      .badge.paused,
      .badge.muted {
        color: var(--amber);
      }
      .asked {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        padding: 0 var(--gap-l) var(--gap-s);
        color: var(--indigo);
        font-weight: 600;
      }
      tori-call-controls {
        display: block;
        padding: 0 var(--gap-s) var(--gap-s);
      }
      .refusal {
        margin: 0 var(--gap-s) var(--gap-s);
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
    const { contact, words, desk } = this;
    const isConnected = contact.state === "connected";
    const since = duration(Date.now() + desk.skewMs - contact.since_ms);
    return html`
      <section class=${this.tone()} aria-labelledby="title">
        <div class="line">
          <h3 id="title">${channelIcon(contact.channel)}<span>${word(words.channels, contact.channel)}</span>
            <span class="state">${this.stateName()}</span></h3>
          ${isConnected ? html`<span class="time number">${since}</span>` : nothing}
          ${isConnected && isLive(contact.channel) ? this.badges() : nothing}
          <span class="queue soft small cut">${words.conversation.queue} ${contact.queue}</span>
          ${isConnected && contact.channel === "voicemail" ? this.callBack() : nothing}
          ${isConnected ? this.end() : nothing}
        </div>
        ${isConnected && isLive(contact.channel) ? this.talk() : nothing}
        ${refusalAt(desk, contact.id, words, () => this.intend({ type: "refusal_dismissed", place: contact.id }))}
        ${isConnected ? nothing : html`<tori-wrap-up .desk=${desk} .contact=${contact}></tori-wrap-up>`}
      </section>`;
  }

  override updated(changed: PropertyValues<this>): void {
    const hasEnded = changed.get("contact")?.state === "connected" && this.contact.state === "wrap_up";
    // The button that ended it is gone, and the focus with it. Who writes elsewhere is left alone.
    if (hasEnded && document.activeElement === document.body) this.wrapUp?.focus();
  }

  private tone(): string {
    const { contact } = this;
    if (contact.state !== "connected") return "writing";
    if (contact.suspended || (contact.held && !isApart(contact))) return "held";
    return isLive(contact.channel) ? "call" : "thread";
  }

  private stateName(): string {
    const { conversation, wrapUp, call } = this.words;
    const { contact } = this;
    if (contact.state !== "connected") return wrapUp.title;
    if (isApart(contact)) return call.consulting;
    if (contact.held) {
      return consultationOf(contact) === "ringing" ? call.party.ringing : conversation.onHold;
    }
    if (contact.suspended) return conversation.suspended;
    if (!isLive(contact.channel)) return conversation.inThread;
    return consultationOf(contact) === "together" ? call.together : conversation.onCall;
  }

  private badges(): TemplateResult {
    const { call } = this.words;
    const { outbound, muted, recording } = this.contact;
    return html`
      ${outbound ? html`<span class="badge small soft">${icon("dial")}${call.outbound}</span>` : nothing}
      ${muted ? html`<span class="badge small muted">${icon("micOff")}${call.muted}</span>` : nothing}
      ${
        recording === "off"
          ? nothing
          : html`<span class="badge small ${recording}">${icon(recording === "on" ? "record" : "pause")}${call.recordings[recording]}</span>`
      }`;
  }

  /** What an agent can do while he talks, and with whom he does. */
  private talk(): TemplateResult {
    const { contact, desk } = this;
    const sent = desk.digits[contact.id] ?? "";
    return html`
      ${isConsulted(contact) ? html`<p class="asked">${icon("people")}${this.asked()}</p>` : nothing}
      <tori-call-controls .desk=${desk} .contact=${contact}></tori-call-controls>
      ${
        contact.parties.length > 0
          ? html`<tori-parties .desk=${desk} .contact=${contact}></tori-parties>`
          : nothing
      }
      <tori-notes .desk=${desk} .contact=${contact}></tori-notes>
      ${
        desk.keypad === contact.id
          ? html`<tori-keypad .contact=${contact} .sent=${sent} ?isBusy=${desk.link !== "open"}></tori-keypad>`
          : nothing
      }
      ${desk.inviting === contact.id ? html`<tori-invite .desk=${desk} .contact=${contact}></tori-invite>` : nothing}`;
  }

  private asked(): string {
    const { call } = this.words;
    const by = this.desk.pops[this.contact.id]?.by ?? null;
    const [party] = this.contact.parties.filter(each => each.agent !== null);
    const asking = by ?? (party ? nameOf(party) : null);
    return asking === null ? call.consulted : call.consultedBy(asking);
  }

  private handBack(): TemplateResult {
    const { contact, desk, words } = this;
    const label = words.conversation.handBack;
    return html`
      <button class="quiet end" title=${hint(words, label, "handBack")} aria-keyshortcuts=${keysOf("handBack")}
        ?disabled=${desk.link !== "open" || isPending(desk, "hand_back", contact.id)}
        @click=${() => this.intend({ type: "hand_back", contact: contact.id })}>${label}</button>`;
  }

  /** Who left a message is answered by a call, if his number is known. */
  private callBack(): TemplateResult {
    const { contact, desk, words } = this;
    const isBusy = desk.link !== "open" || isPending(desk, "call_me", contact.id);
    return html`
      <button class="primary" ?disabled=${isBusy || contact.address === null}
        @click=${() => this.intend({ type: "call_me", contact: contact.id })}>
        ${icon("dial")}${words.conversation.callBack}</button>`;
  }

  private end(): TemplateResult {
    const { contact, desk, words } = this;
    const isCall = isLive(contact.channel);
    const isBusy = desk.link !== "open" || isPending(desk, "hang_up", contact.id);
    const label = isConsulted(contact)
      ? words.call.leave
      : isCall
        ? words.conversation.hangUp
        : contact.channel === "voicemail"
          ? words.conversation.closeMessage
          : words.conversation.closeThread;
    return html`
      ${isCall || contact.channel === "voicemail" ? nothing : this.handBack()}
      <button class="end ${isCall ? "danger" : ""}" title=${hint(words, label, isCall ? "hangUp" : null)}
        aria-keyshortcuts=${isCall ? keysOf("hangUp") : nothing} ?disabled=${isBusy}
        @click=${() => this.intend({ type: "hang_up", contact: contact.id })}>
        ${isCall ? icon(isConsulted(contact) ? "leave" : "hangUp") : nothing}${label}</button>`;
  }
}
