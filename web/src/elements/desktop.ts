import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { intentOf, type Shortcut, shortcutOf } from "../desktop/shortcuts.ts";
import type { DeskState } from "../desktop/state.ts";
import { type Conversation, conversations, shown } from "../desktop/worklist.ts";
import { ToriElement } from "../kit/element.ts";
import type { ConversationPane } from "./conversation.ts";
import { desktopStyle } from "./desktop-style.ts";
import type { ShortcutHelp } from "./shortcut-help.ts";
import "./conversation.ts";
import "./agent-dialog.ts";
import "./browser-phone.ts";
import "./customer.ts";
import "./dial-dialog.ts";
import "./notices.ts";
import "./offer.ts";
import "./parked-dialog.ts";
import "./shortcut-help.ts";
import "./supervision.ts";
import "./take-over-dialog.ts";
import "./team.ts";
import "./top-bar.ts";
import "./transfer-dialog.ts";
import "./work-list.ts";

/** The agent's desktop: offers and work on the left, the conversation, the customer on the right. */
@customElement("tori-desktop")
export class Desktop extends ToriElement {
  static override styles = [...ToriElement.styles, desktopStyle];

  @property({ attribute: false }) desk!: DeskState;
  /** Where there is no room for it, the customer panel lies over the conversation while asked for. */
  @state() private isSideOpen = false;
  @query("tori-conversation") private readonly pane!: ConversationPane | null;
  @query("tori-shortcut-help") private readonly help!: ShortcutHelp;

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("keydown", this.pressed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this.pressed);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("desk");
    if (before !== undefined && before.selected !== this.desk.selected) this.isSideOpen = false;
  }

  override render(): TemplateResult {
    const { desk } = this;
    const conversation = desk.view === "team" ? null : shown(desk);
    return html`
      <tori-top-bar .desk=${desk} @tori-help=${() => this.help.open()}></tori-top-bar>
      <div class="body" ?data-open=${conversation !== null} ?data-team=${desk.view === "team"} ?data-idle=${desk.contacts.length === 0} ?data-side=${this.isSideOpen} @tori-side=${this.toggleSide}>
        <section class="offers" aria-label=${this.words.offer.region}>${this.offers()}</section>
        <nav><tori-work-list .desk=${desk}></tori-work-list></nav>
        <main>
          ${desk.phone.mode === "off" && desk.phone.fault === null ? nothing : html`<tori-browser-phone .desk=${desk}></tori-browser-phone>`}
          ${desk.supervision ? html`<tori-supervision .desk=${desk} .supervision=${desk.supervision}></tori-supervision>` : nothing}
          ${this.page(conversation)}
        </main>
        ${conversation ? html`<aside><tori-customer .conversation=${conversation}></tori-customer></aside>` : nothing}
      </div>
      ${this.dialog()}
      <tori-notices .notices=${desk.notices}></tori-notices>
      <tori-shortcut-help></tori-shortcut-help>`;
  }

  private page(conversation: Conversation | null): TemplateResult {
    if (this.desk.view === "team") return html`<tori-team .desk=${this.desk}></tori-team>`;
    if (conversation === null) return this.idle();
    return html`<tori-conversation .desk=${this.desk} .conversation=${conversation}></tori-conversation>`;
  }

  private dialog(): TemplateResult | typeof nothing {
    const { desk } = this;
    switch (desk.dialog?.kind) {
      case "transfer":
        return html`<tori-transfer-dialog .desk=${desk} .contact=${desk.dialog.contact}></tori-transfer-dialog>`;
      case "dial":
        return html`<tori-dial-dialog .desk=${desk} .number=${desk.dialog.number} ?isAsked=${desk.dialog.isAsked}></tori-dial-dialog>`;
      case "parked":
        return html`<tori-parked-dialog .desk=${desk}></tori-parked-dialog>`;
      case "agent":
        return html`<tori-agent-dialog .desk=${desk} .agent=${desk.dialog.agent}></tori-agent-dialog>`;
      case "take_over":
        return html`<tori-take-over-dialog .desk=${desk} .supervised=${desk.dialog}></tori-take-over-dialog>`;
      default:
        return nothing;
    }
  }

  private offers(): unknown {
    const pairs = conversations(this.desk).flatMap(conversation =>
      conversation.offers.map(offer => ({ conversation, offer })),
    );
    return repeat(
      pairs,
      ({ offer }) => offer.offer,
      ({ conversation, offer }) =>
        html`<tori-offer .desk=${this.desk} .conversation=${conversation} .offer=${offer}></tori-offer>`,
    );
  }

  private idle(): TemplateResult {
    const { desk } = this;
    const words = this.words.conversation;
    const { title, hint } = desk.contacts.length > 0 ? words.choose : words.idle[desk.presence];
    return html`
      <div class="idle">
        <h2>${title}</h2><p class="soft">${hint}</p>
        ${
          desk.presence === "available" || desk.link !== "open"
            ? nothing
            : html`<button class="primary" @click=${() => this.intend({ type: "set_presence", presence: "available" })}>
                ${words.becomeAvailable}</button>`
        }
      </div>`;
  }

  private readonly toggleSide = (): void => {
    this.isSideOpen = !this.isSideOpen;
  };

  private readonly pressed = (event: KeyboardEvent): void => {
    const shortcut = shortcutOf(event);
    if (shortcut === null) return;
    event.preventDefault();
    // What lies over the page is to be answered first.
    if (this.desk.dialog !== null) return;
    this.act(shortcut);
  };

  private act(shortcut: Shortcut): void {
    const intent = intentOf(shortcut, this.desk);
    if (intent !== null) this.intend(intent);
    if (shortcut === "write") this.pane?.focus();
    if (shortcut === "help") this.help.open();
  }
}
