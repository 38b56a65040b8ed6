import { css, html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { noticeText } from "../desktop/announce.ts";
import type { Notice } from "../desktop/state.ts";
import { ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import { language } from "../text/preferences.ts";

const SHOWN_MS = 10_000;

/** What went wrong or is good to know. Each goes by itself after 10 s, unless pointer or focus are on it. */
@customElement("tori-notices")
export class Notices extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      ul {
        position: fixed;
        z-index: 2;
        inset: auto auto var(--gap-m) var(--gap-m);
        display: grid;
        gap: var(--gap-s);
        width: 17.5rem;
      }
      li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        align-items: center;
        gap: var(--gap-m);
        border: 1px solid var(--line);
        border-left: 3px solid var(--amber);
        border-radius: var(--round);
        background: var(--surface);
        padding: var(--gap-s) var(--gap-s) var(--gap-s) var(--gap-m);
        box-shadow: var(--shadow);
      }
      @media (max-width: 45rem) {
        ul {
          inset: var(--gap-m) var(--gap-m) auto;
          width: auto;
        }
      }
      li > svg {
        color: var(--amber);
      }
    `,
  ];

  @property({ attribute: false }) notices: readonly Notice[] = [];
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  override updated(): void {
    for (const { id } of this.notices) if (!this.#timers.has(id)) this.#wait(id);
  }

  override render(): TemplateResult {
    const { words } = this;
    return html`
      <ul aria-label=${words.noticesTitle} ?hidden=${this.notices.length === 0}>
        ${repeat(
          this.notices,
          each => each.id,
          each => html`
            <li @pointerenter=${() => this.#hold(each.id)} @focusin=${() => this.#hold(each.id)}
              @pointerleave=${() => this.#wait(each.id)} @focusout=${() => this.#wait(each.id)}>
              ${icon("alert")}<p>${noticeText(each.content, words, language.value)}</p>
              <button class="quiet icon" title=${words.close} aria-label=${words.close} @click=${() => this.#dismiss(each.id)}>
                ${icon("close")}
              </button>
            </li>`,
        )}
      </ul>`;
  }

  #wait(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.set(
      id,
      setTimeout(() => this.#dismiss(id), SHOWN_MS),
    );
  }

  #hold(id: number): void {
    clearTimeout(this.#timers.get(id));
  }

  #dismiss(id: number): void {
    this.#hold(id);
    this.intend({ type: "notice_dismissed", notice: id });
  }
}
