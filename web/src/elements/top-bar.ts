import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { intentOf, isSupervisor, keysOf, type Shortcut } from "../desktop/shortcuts.ts";
import type { DeskState } from "../desktop/state.ts";
import { ToriElement } from "../kit/element.ts";
import { hint } from "../kit/hint.ts";
import { icon } from "../kit/icons.ts";
import { isOpen } from "../phone/call.ts";
import { LANGUAGES, type Language, language, THEMES, type Theme, theme } from "../text/preferences.ts";
import { mark, markStyle } from "./mark.ts";
import "./presence.ts";

/** Who is signed in, whether the link stands, and how the page looks. Fires `tori-sign-out`, `tori-help`. */
@customElement("tori-top-bar")
export class TopBar extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    markStyle,
    css`
      header {
        display: flex;
        align-items: center;
        flex-wrap: wrap;
        gap: var(--gap-s) var(--gap-l);
        border-bottom: 1px solid var(--line);
        background: var(--surface);
        padding: var(--gap-s) var(--gap-l);
      }
      h1 {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        letter-spacing: 0.08em;
      }
      .link {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        border-radius: 99px;
        padding: var(--gap-xs) var(--gap-m);
        color: var(--ink-soft);
      }
      .link::before {
        content: "";
        width: 0.5rem;
        height: 0.5rem;
        border-radius: 50%;
        background: var(--pine);
      }
      .link:not(.open) {
        background: var(--amber-ground);
        color: var(--amber);
        font-weight: 600;
      }
      .link:not(.open)::before {
        background: var(--amber);
      }
      .tools {
        display: flex;
        gap: var(--gap-xs);
        margin-left: auto;
      }
      .tools button {
        color: var(--ink-soft);
      }
      .tools button[aria-pressed="true"] {
        background: var(--indigo-ground);
        color: var(--indigo);
      }
      @media (max-width: 68rem) {
        .tools span {
          display: none;
        }
        .tools button {
          width: var(--target);
          padding: 0;
        }
      }
      [popover] {
        inset: 3.5rem var(--gap-l) auto auto;
        width: 16rem;
        border: 1px solid var(--line);
        border-radius: var(--round);
        background: var(--surface);
        color: var(--ink);
        padding: var(--gap-l);
        box-shadow: var(--shadow);
      }
      [popover]:popover-open {
        display: grid;
        gap: var(--gap-m);
      }
      [popover] label {
        display: grid;
        gap: var(--gap-xs);
      }
      [popover] button {
        justify-content: flex-start;
      }
      @media (max-width: 45rem) {
        header {
          gap: var(--gap-s);
          padding: var(--gap-s) var(--gap-m);
        }
        h1 span,
        .agent span,
        .link.open span {
          display: none;
        }
        .link.open {
          padding: 0;
        }
        tori-presence {
          order: 3;
          flex: 1 1 100%;
          min-width: 0;
        }
        .link:not(.open) {
          order: 4;
          width: 100%;
        }
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;

  override render(): TemplateResult {
    const { words, desk } = this;
    return html`
      <header>
        <h1>${mark}<span>${words.product}</span></h1>
        <p class="link small ${desk.link}"><span>${words.link[desk.link]}</span></p>
        <div class="tools">
          ${this.tool("dial", "dial", words.dial.open)}
          ${this.tool("parked", "park", words.parked.open)}
          ${this.phone()}
          ${isSupervisor(desk) ? this.tool("team", "people", words.team.open, desk.view === "team") : nothing}
        </div>
        <tori-presence .desk=${desk}></tori-presence>
        <button class="quiet agent" popovertarget="menu" title=${words.settings}
          aria-label="${desk.agent?.name ?? ""}: ${words.settings}">
          ${icon("person")}<span>${desk.agent?.name ?? ""}</span>
        </button>
        <div id="menu" popover>${this.menu()}</div>
      </header>`;
  }

  private tool(
    shortcut: Shortcut,
    name: Parameters<typeof icon>[0],
    label: string,
    isPressed: boolean | null = null,
  ): TemplateResult {
    return html`
      <button class="quiet" aria-label=${label} aria-keyshortcuts=${keysOf(shortcut)} aria-pressed=${isPressed ?? nothing}
        title=${hint(this.words, this.words.shortcuts[shortcut], shortcut)} @click=${() => this.act(shortcut)}>
        ${icon(name)}<span>${label}</span></button>`;
  }

  /** Whether this browser is the agent's phone. */
  private phone(): TemplateResult {
    const { phone: words } = this.words;
    const { mode } = this.desk.phone;
    const act = mode === "off" ? "on" : "off";
    return html`
      <button class="quiet" aria-label=${words.region} aria-pressed=${mode !== "off"} title=${words.use}
        ?disabled=${isOpen(this.desk.phone.call)} @click=${() => this.intend({ type: "phone_act", act })}>
        ${icon("headset")}<span>${words.region}</span></button>`;
  }

  private act(shortcut: Shortcut): void {
    const intent = intentOf(shortcut, this.desk);
    if (intent !== null) this.intend(intent);
  }

  private menu(): TemplateResult {
    const { words } = this;
    return html`
      <label>${words.language}
        <select @change=${this.changeLanguage}>
          ${Object.entries(LANGUAGES).map(
            ([code, name]) =>
              html`<option value=${code} .selected=${code === language.value}>${name}</option>`,
          )}
        </select>
      </label>
      <label>${words.theme}
        <select @change=${this.changeTheme}>
          ${THEMES.map(
            each =>
              html`<option value=${each} .selected=${each === theme.value}>${words.themes[each]}</option>`,
          )}
        </select>
      </label>
      <button class="quiet" popovertarget="menu" popovertargetaction="hide" @click=${() => this.tell("tori-help")}>
        ${icon("keyboard")}${words.shortcuts.title}
      </button>
      <button class="quiet" popovertarget="menu" popovertargetaction="hide" @click=${() => this.tell("tori-sign-out")}>
        ${icon("leave")}${words.signOut}
      </button>`;
  }

  private readonly changeLanguage = (event: Event): void => {
    language.value = (event.target as HTMLSelectElement).value as Language;
  };

  private readonly changeTheme = (event: Event): void => {
    theme.value = (event.target as HTMLSelectElement).value as Theme;
    this.requestUpdate();
  };

  private tell(type: string): void {
    this.dispatchEvent(new Event(type, { bubbles: true, composed: true }));
  }
}
