import { css, html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { DeskState } from "../desktop/state.ts";
import { invitedTo, isInviting, waysOf } from "../desktop/ways.ts";
import { focused, KeepFocus, ToriElement } from "../kit/element.ts";
import { channelIcon, icon } from "../kit/icons.ts";
import type { Contact, Way } from "../protocol.ts";

/** Sends a caller the way to go on by text with the agent to whom he talks. */
@customElement("tori-invite")
export class Invite extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      :host {
        display: block;
        border-top: 1px solid var(--line);
        padding: var(--gap-m) var(--gap-l);
      }
      section {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-s);
      }
      p {
        flex-basis: 100%;
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) contact!: Contact;
  private opener: HTMLElement | null = null;

  constructor() {
    super();
    new KeepFocus(this);
  }

  override render(): TemplateResult {
    const { ways } = this.words;
    return html`
      <section aria-label=${ways.title} @keydown=${this.typed}>
        <p class="soft small">${ways.hint}</p>
        ${waysOf(this.desk, this.contact).map(each => this.way(each))}
      </section>`;
  }

  override firstUpdated(): void {
    this.opener = focused();
    this.renderRoot.querySelector("button")?.focus();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.opener?.isConnected) this.opener.focus();
  }

  /** What was sent, or is on its way, is not sent again; really disabled, it would lose the focus. */
  private way(way: Way): TemplateResult {
    const { ways, channels } = this.words;
    const { desk, contact } = this;
    const isSent = invitedTo(desk, contact.id).has(way);
    const isBusy = isSent || isInviting(desk, contact.id, way);
    const name = (isSent ? ways.sent : ways.send)(channels[way]);
    return html`
      <button title=${name} aria-label=${name} ?disabled=${desk.link !== "open"} aria-disabled=${isBusy}
        @click=${() => isBusy || this.intend({ type: "invite", contact: contact.id, channel: way })}>
        ${isSent ? icon("check") : channelIcon(way)}${channels[way]}</button>`;
  }

  private readonly typed = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && !event.isComposing) {
      this.intend({ type: "ways_toggled", contact: this.contact.id });
    }
  };
}
