import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { signIn } from "../desktop/session.ts";
import { ToriElement } from "../kit/element.ts";
import type { Bilingual } from "../protocol.ts";
import { LANGUAGES, language } from "../text/preferences.ts";
import { mark, markStyle } from "./mark.ts";

/** The way in. Fires `tori-signed-in`. */
@customElement("tori-sign-in")
export class SignIn extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    markStyle,
    css`
      :host {
        display: grid;
        min-height: 100dvh;
        place-items: center;
        padding: var(--gap-l);
      }
      main {
        width: min(22rem, 100%);
      }
      header {
        display: flex;
        flex-direction: column;
        align-items: center;
        gap: var(--gap-s);
        margin-bottom: var(--gap-xl);
      }
      .mark {
        width: 3rem;
        height: 3rem;
      }
      h1 {
        font-size: var(--text-xl);
        letter-spacing: 0.12em;
      }
      form {
        display: grid;
        gap: var(--gap-l);
        border: 1px solid var(--line);
        border-radius: var(--round);
        background: var(--surface);
        padding: var(--gap-xl);
        box-shadow: var(--shadow);
      }
      label {
        display: grid;
        gap: var(--gap-xs);
        font-weight: 600;
      }
      input {
        font-weight: 400;
        min-height: 2.75rem;
      }
      button.primary {
        min-height: 2.75rem;
      }
      .error {
        border-radius: var(--round-s);
        background: var(--vermilion-ground);
        color: var(--vermilion);
        padding: var(--gap-s) var(--gap-m);
      }
      footer {
        display: flex;
        justify-content: center;
        gap: var(--gap-s);
        margin-top: var(--gap-l);
      }
      footer button {
        color: var(--ink-soft);
        font-weight: 400;
      }
      footer [aria-pressed="true"] {
        color: var(--ink);
        font-weight: 600;
      }
    `,
  ];

  /** Whether the agent was signed in here until now, and did not sign out. */
  @property({ type: Boolean }) hasEnded = false;
  @state() private isBusy = false;
  @state() private refusal: Bilingual | "unreachable" | null = null;
  @query("#id") private readonly idField!: HTMLInputElement;
  @query("#password") private readonly passwordField!: HTMLInputElement;

  override firstUpdated(): void {
    this.idField.focus();
  }

  override render(): TemplateResult {
    const { signIn: words, product, page } = this.words;
    return html`
      <main>
        <header>${mark}<h1>${product}</h1><p class="soft">${page}</p></header>
        <form @submit=${this.submit}>
          <h2 class="unseen">${words.title}</h2>
          <div role="alert" class=${this.error === null ? "" : "error"}>${this.error ?? nothing}</div>
          <label>${words.id}
            <input id="id" name="id" autocomplete="username" autocapitalize="none" spellcheck="false" required
              maxlength="64" />
          </label>
          <label>${words.password}
            <input id="password" name="password" type="password" autocomplete="current-password" required />
          </label>
          <button class="primary" ?disabled=${this.isBusy}>${this.isBusy ? words.submitting : words.submit}</button>
        </form>
        <footer>
          ${Object.entries(LANGUAGES).map(
            ([code, name]) => html`
              <button class="quiet" type="button" lang=${code} aria-pressed=${language.value === code}
                @click=${() => {
                  language.value = code as keyof typeof LANGUAGES;
                }}>${name}</button>`,
          )}
        </footer>
      </main>`;
  }

  private get error(): string | null {
    const words = this.words.signIn;
    if (this.refusal === "unreachable") return words.unreachable;
    if (this.refusal !== null) return this.refusal[language.value];
    return this.hasEnded ? words.ended : null;
  }

  private readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isBusy) return;
    this.isBusy = true;
    this.refusal = await signIn(this.idField.value.trim(), this.passwordField.value);
    this.isBusy = false;
    this.passwordField.value = "";
    if (this.refusal === null) this.dispatchEvent(new Event("tori-signed-in"));
    else this.passwordField.focus();
  };
}
