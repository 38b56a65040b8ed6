import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { announce } from "../desktop/announce.ts";
import { borrowPhone, bring, change } from "../desktop/api.ts";
import { Desk, type Listener } from "../desktop/desk.ts";
import { LazyPhone } from "../desktop/lazy-phone.ts";
import type { Socket } from "../desktop/link.ts";
import { dialledByLink } from "../desktop/numbers.ts";
import type { PhoneIntent } from "../desktop/phone.ts";
import { isSignedIn, signOut } from "../desktop/session.ts";
import { type IntentEvent, ToriElement } from "../kit/element.ts";
import { isLive, SUBPROTOCOL } from "../protocol.ts";
import { language, phone, theme, words } from "../text/preferences.ts";
import "./desktop.ts";
import "./sign-in.ts";

/** The whole page: whether somebody is signed in, and the one desk of who is. */
@customElement("tori-app")
export class App extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      .connecting {
        display: grid;
        min-height: 100dvh;
        place-items: center;
      }
    `,
  ];

  @state() private isChecking = true;
  @state() private hasEnded = false;
  @state() private said = "";
  @state() private saidUrgently = "";
  /** What a link asks to dial: kept until somebody is signed in who can say so. */
  private toDial = dialledByLink(location.search);
  private readonly desk = new Desk({
    open: openSocket,
    isSignedIn,
    random: Math.random,
    nowMs: Date.now,
    bring,
    toPhone: intent => void this.toPhone(intent),
  });
  private readonly phone = new LazyPhone({
    borrow: borrowPhone,
    giveBack: async () => void (await change("DELETE", "/phone")),
    onChange: state => this.desk.dispatch({ type: "phone_changed", phone: state }),
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.desk.subscribe(this.heard);
    language.watch(this.dress);
    theme.watch(this.dress);
    this.dress();
    // A number is personal: it stays neither in the address nor in the history, and is not asked for twice.
    if (this.toDial !== null) history.replaceState(null, "", location.pathname);
    addEventListener("online", () => {
      this.desk.hurry();
      this.phone.moved();
    });
    document.addEventListener("visibilitychange", () => this.desk.hurry());
    void this.enter();
  }

  override render(): TemplateResult {
    return html`
      ${this.page()}
      <div class="unseen" role="status">${this.said}</div>
      <div class="unseen" role="alert">${this.saidUrgently}</div>`;
  }

  private page(): TemplateResult | typeof nothing {
    const { state } = this.desk;
    if (this.isChecking) return nothing;
    if (state.link === "ended") {
      return html`<tori-sign-in .hasEnded=${this.hasEnded} @tori-signed-in=${this.begin}></tori-sign-in>`;
    }
    if (state.agent === null) return html`<p class="connecting soft">${this.words.link[state.link]}</p>`;
    return html`<tori-desktop .desk=${state} @tori-intent=${this.perform} @tori-sign-out=${this.leave}></tori-desktop>`;
  }

  /** With a session from before, go on with it; so, too, when the hub does not answer yet. */
  private async enter(): Promise<void> {
    const isIn = await isSignedIn().catch(() => true);
    this.isChecking = false;
    if (isIn) this.begin();
    else this.desk.dispatch({ type: "link_changed", link: "ended" });
  }

  private readonly begin = (): void => {
    this.hasEnded = false;
    this.desk.start();
  };

  private readonly leave = async (): Promise<void> => {
    const { contacts } = this.desk.state;
    if (contacts.some(each => each.state !== "ended")) {
      this.desk.dispatch({ type: "noticed", notice: "contacts_open" });
      return;
    }
    this.desk.perform({ type: "set_presence", presence: "offline" });
    this.phone.stop();
    await signOut();
    this.desk.stop();
    this.hasEnded = false;
  };

  private readonly perform = ({ intent }: IntentEvent): void => this.desk.perform(intent);

  /** What was chosen is what this browser is again the next time. */
  private async toPhone(intent: PhoneIntent): Promise<void> {
    if (intent.act === "on") phone.value = "browser";
    if (intent.act === "off") phone.value = "sip";
    await this.phone.perform(intent);
  }

  private readonly heard: Listener = (event, before, after) => {
    if (event.type === "link_changed" && event.link === "ended") {
      this.hasEnded = before.agent !== null;
      // What was said may have been personal: nothing of it stays for whoever sits here next.
      this.said = this.saidUrgently = "";
      this.phone.stop();
    }
    if (event.type === "welcome") {
      this.proposeToDial();
      if (phone.value === "browser") void this.phone.perform({ act: "on" });
    }
    const announcement = announce(event, before, after, words(), language.value);
    if (announcement?.isUrgent) this.saidUrgently = announcement.text;
    else if (announcement) this.said = announcement.text;
    this.dress();
    this.requestUpdate();
  };

  private proposeToDial(): void {
    if (this.toDial === null) return;
    const number = this.toDial;
    this.toDial = null;
    this.desk.dispatch({ type: "dialog_opened", dialog: { kind: "dial", number, isAsked: true } });
  }

  /** What lies outside the element: the document's language, colours and title. */
  private readonly dress = (): void => {
    const { offers, unread } = this.desk.state;
    const { offer, product, page } = words();
    const first = offers[0];
    const count = Object.values(unread).reduce((sum, each) => sum + each, 0);
    const call = first && (isLive(first.channel) ? offer.titles.call : offer.titles.thread);
    document.title = `${count > 0 ? `(${count}) ` : ""}${call ?? page} | ${product}`;
    document.documentElement.lang = language.value;
    document.documentElement.dataset.theme = theme.value;
  };
}

function openSocket(): Socket {
  const address = new URL("/api/v1/desktop", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  return new WebSocket(address, SUBPROTOCOL);
}
