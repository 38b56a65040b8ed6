/** `<tori-chat>`: a button in the corner of a page, and the chat that it opens. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { Chat, type Intro } from "./chat.ts";
import { HUB } from "./origin.ts";
import { TEXT_MAX } from "./protocol.ts";
import { style } from "./style.ts";
import { begins, countSince, isNew } from "./talk.ts";
import { type Texts, textsFor } from "./texts.ts";
import { conversation, form, icon, rating, status } from "./views.ts";

const LINK = /^#link=([\w-]{4,80})$/;

/** `full`: the chat fills the page and is always open; the page's `#link=` is the token that was sent. */
@customElement("tori-chat")
export class ToriChat extends LitElement {
  static override styles = [style];

  /** Where the hub is; the widget's script says so itself. */
  @property() hub = "";
  /** Fields to fill in before: `name`, `email`, `phone`, `topic`, `order`, or words of your own. */
  @property() form = "";
  /** `ask`: whether agents may see which page is looked at; `never`: that is not asked. */
  @property() page: "ask" | "never" = "ask";
  @property() heading = "";
  /** Whether visitors may call from here (docs/browser-phone.md). */
  @property({ type: Boolean }) calls = false;
  @property({ type: Boolean, reflect: true }) full = false;
  @property({ type: Boolean, reflect: true }) open = false;
  @state() private draft = "";
  @state() private news = "";
  @query(".scroll") private readonly log!: HTMLElement | null;
  @query("#text") private readonly field!: HTMLTextAreaElement | null;
  @query(".launcher") private readonly launcher!: HTMLElement | null;

  private chat!: Chat;
  private link = "";
  private texts: Texts = textsFor([]).texts;
  private language = "ja";
  private isAtEnd = true;
  private typing: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    const { lang, texts } = textsFor([this.lang, document.documentElement.lang, ...navigator.languages]);
    this.language = lang;
    this.texts = texts;
    if (this.full) {
      document.documentElement.lang = lang;
      document.title = this.heading || texts.title;
    }
    this.chat ??= new Chat({ hub: this.hub || HUB, onChange: () => this.changed() });
    this.readLink();
    if (this.full || (this.chat.memory.value.isOpen && !matchMedia("(max-width: 30rem)").matches)) {
      this.open = true;
    }
    if (this.open || this.chat.hasBegun) this.chat.start();
    addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.hurry);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.hurry);
    clearTimeout(this.typing);
    this.chat.stop();
  }

  override render(): TemplateResult {
    return html`<div lang=${this.language}>${this.open ? this.panel() : this.button()}</div>`;
  }

  override willUpdate(): void {
    const log = this.log;
    this.isAtEnd = log === null || log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  }

  override updated(changed: PropertyValues): void {
    if (this.isAtEnd && this.log) this.log.scrollTop = this.log.scrollHeight;
    if (this.open && document.visibilityState === "visible") this.chat.sees();
    if (changed.has("open") && changed.get("open") !== undefined && !this.full) {
      (this.open ? this.field : this.launcher)?.focus();
    }
  }

  private button(): TemplateResult {
    const unread = countSince(this.chat.talk, this.chat.memory.value.seenMs);
    const label = unread > 0 ? `${this.texts.open} (${this.texts.unread(unread)})` : this.texts.open;
    return html`
      <button class="launcher" aria-label=${label} aria-expanded="false" @click=${this.toggle}>
        ${icon("chat")}${unread > 0 ? html`<span class="badge" aria-hidden="true">${unread}</span>` : nothing}
      </button>`;
  }

  private panel(): TemplateResult {
    const { texts } = this;
    const talk = this.chat.talk;
    const told = this.news || status(talk, texts);
    return html`
      <section class="panel" role="dialog" aria-label=${this.heading || texts.title} @keydown=${this.escape}>
        <header>
          <h2>${this.heading || texts.title}</h2>
          ${this.calls ? this.callButton() : nothing}
          ${
            this.full
              ? nothing
              : html`<button class="icon" aria-label=${texts.close} @click=${this.toggle}>${icon("cross")}</button>`
          }
        </header>
        <div class="status ${talk.line === "lost" ? "lost" : ""}" role="status">${told}</div>
        <div class="scroll" tabindex="0" role="log" aria-label=${texts.log} aria-live="polite">
          ${talk.isAll ? nothing : html`<button @click=${() => this.chat.older()}>${texts.older}</button>`}
          ${isNew(talk) ? html`<p class="greeting">${this.link ? texts.carried : texts.greeting}</p>` : nothing}
          ${conversation({ talk, texts, lang: this.language, onChoice: this.choose })}
          ${talk.typingUntilMs > Date.now() ? html`<p class="note">${texts.typing}</p>` : nothing}
          ${talk.rating === "asked" ? rating(texts, this.rate) : nothing}
          ${talk.rating === "given" ? html`<p class="note" role="status">${texts.rated}</p>` : nothing}
          ${begins(talk) && !this.link && talk.rating !== "asked" ? form(this.fieldNames, this.asksForPage, texts) : nothing}
        </div>
        <form class="foot" @submit=${this.send}>${this.composer()}</form>
      </section>`;
  }

  private callButton(): TemplateResult {
    return html`
      <button class="icon call" aria-label=${this.texts.call} title=${this.texts.call}
        ?disabled=${!this.chat.hasBegun} @click=${this.phone}>${icon("phone")}</button>`;
  }

  private composer(): TemplateResult {
    const { texts } = this;
    const over = this.draft.length - TEXT_MAX;
    return html`
      <div class="write">
        <label class="icon" title=${texts.attach}>
          ${icon("clip")}<span class="away">${texts.attach}</span>
          <input class="away" type="file" @change=${this.attach} />
        </label>
        <textarea id="text" rows="1" aria-label=${texts.write} placeholder=${texts.write} enterkeyhint="send"
          .value=${this.draft} @input=${this.write} @keydown=${this.typed}></textarea>
        <button class="main" ?disabled=${this.draft.trim() === "" || over > 0}>${texts.send}</button>
      </div>
      ${over > 0 ? html`<p class="hint" role="status">${texts.tooLong(over)}</p>` : html`<p class="hint keys">${texts.hint}</p>`}`;
  }

  private get fieldNames(): readonly string[] {
    return this.form
      .split(",")
      .map(each => each.trim())
      .filter(each => each !== "");
  }

  private get asksForPage(): boolean {
    return this.page === "ask" && !this.full;
  }

  /** What goes with the first message: what was filled in, and the page, if that was allowed. */
  private intro(): Intro {
    const intro = this.link ? { link: this.link } : {};
    this.link = "";
    const root = this.renderRoot;
    const inputs = [...root.querySelectorAll<HTMLInputElement>("#intro input[type=text]")];
    const filled = inputs.map(each => [each.name, each.value.trim()] as const).filter(([, value]) => value);
    const { name, ...fields } = Object.fromEntries(filled) as Record<string, string>;
    const isAllowed = root.querySelector<HTMLInputElement>("#page")?.checked === true;
    const page = {
      url: location.href.split("#")[0]?.slice(0, 2000) ?? "",
      title: document.title.slice(0, 300),
    };
    return {
      ...intro,
      ...(name ? { name } : {}),
      ...(Object.keys(fields).length > 0 ? { fields } : {}),
      ...(isAllowed ? { page } : {}),
    };
  }

  /** A link is kept out of the address, so that nobody passes it on with the page. */
  private readLink(): void {
    const found = this.full ? LINK.exec(location.hash) : null;
    if (found === null) return;
    this.link = found[1] ?? "";
    history.replaceState(history.state, "", location.pathname + location.search);
  }

  private changed(): void {
    this.requestUpdate();
    clearTimeout(this.typing);
    const leftMs = this.chat.talk.typingUntilMs - Date.now();
    if (leftMs > 0) this.typing = setTimeout(() => this.requestUpdate(), leftMs);
  }

  private readonly hurry = (): void => {
    this.chat.hurry();
    this.requestUpdate();
  };

  private readonly toggle = (): void => {
    this.open = !this.open;
    this.chat.memory.keep({ isOpen: this.open });
    if (this.open) this.chat.start();
  };

  private readonly escape = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && !event.isComposing && !this.full) this.toggle();
  };

  private readonly write = (event: Event): void => {
    this.draft = (event.target as HTMLTextAreaElement).value;
    if (this.draft !== "") this.chat.types(Date.now());
  };

  /** Enter sends, unless an IME is at work: then it is the IME's. */
  private readonly typed = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229)
      this.send(event);
  };

  private readonly send = (event: Event): void => {
    event.preventDefault();
    const text = this.draft.trim();
    if (text === "" || text.length > TEXT_MAX) return;
    this.isAtEnd = true;
    this.chat.say(text, this.intro());
    this.draft = "";
    this.news = "";
    this.field?.focus();
  };

  private readonly choose = (label: string, data: string): void => {
    this.chat.choose(label, data);
    this.field?.focus();
  };

  private readonly attach = async (event: Event): Promise<void> => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    if (file === undefined) return;
    this.news = this.texts.attaching(file.name);
    const result = await this.chat.attach(file, this.intro());
    input.value = "";
    if (result === "sent") this.news = "";
    else this.news = this.texts[result === "too_large" ? "attachTooLarge" : "attachFailed"](file.name);
  };

  /** The window is opened at once: later, browsers would take it for an advertisement. */
  private readonly phone = async (): Promise<void> => {
    const page = open("about:blank", "toritsugi-call");
    if (page !== null) page.opener = null;
    const result = await this.chat.call();
    if (result === "failed" || page === null) {
      page?.close();
      this.news = result === "failed" ? this.texts.callFailed : this.texts.callBlocked;
    } else {
      page.location.replace(result.url);
    }
  };

  private readonly rate = (event: SubmitEvent): void => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    this.chat.rate(Number(given.get("stars")), String(given.get("comment") ?? "").trim());
    this.field?.focus();
  };
}
