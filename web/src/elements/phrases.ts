import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { type Refusal, read } from "../desktop/api.ts";
import { type Phrase, phrasesOf, type Template } from "../desktop/phrases.ts";
import { ToriElement } from "../kit/element.ts";
import { language } from "../text/preferences.ts";
import { refusalStyle, staleness } from "./refusal.ts";

/** A phrase was chosen; `text` is to be put into the reply. */
export class PhraseChosen extends Event {
  constructor(readonly text: string) {
    super("tori-phrase", { bubbles: true, composed: true });
  }
}

/** Templates and answers that can be put into a reply. Fires `tori-phrase`, and `tori-close` for Escape. */
@customElement("tori-phrases")
export class Phrases extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    refusalStyle,
    css`
      :host {
        display: grid;
        gap: var(--gap-s);
        border-bottom: 1px solid var(--line);
        padding-bottom: var(--gap-s);
      }
      .found {
        display: grid;
        gap: var(--gap-xs);
        max-height: 14rem;
        overflow-y: auto;
      }
      h4 {
        color: var(--ink-soft);
        font-size: var(--text-s);
        font-weight: 400;
      }
      li button {
        display: grid;
        justify-content: start;
        justify-items: start;
        width: 100%;
        padding: var(--gap-xs) var(--gap-s);
        text-align: start;
        white-space: normal;
      }
      .text {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        font-weight: 400;
      }
    `,
  ];

  @property() contact = "";
  @state() private templates: readonly Template[] | null = null;
  @state() private answers: readonly Phrase[] = [];
  @state() private refused: Refusal | null = null;
  @state() private sought = "";
  @query("input") private readonly field!: HTMLInputElement;
  private asked = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  override firstUpdated(): void {
    this.field.focus();
  }

  override render(): TemplateResult {
    const words = this.words.message;
    const templates = phrasesOf(this.templates ?? [], this.sought);
    const isNone = this.templates !== null && templates.length + this.answers.length === 0;
    return html`
      <input type="search" aria-label=${words.search} placeholder=${words.search} autocomplete="off"
        @input=${this.seek} @keydown=${this.pressed}>
      ${staleness(this.refused, this.words)}
      <div class="found" @keydown=${this.pressed}>
        ${this.group(words.templates, templates)}${this.group(words.answers, this.answers)}
        ${isNone ? html`<p class="soft small" role="status">${words.noPhrases}</p>` : nothing}
      </div>`;
  }

  private group(title: string, phrases: readonly Phrase[]): TemplateResult | typeof nothing {
    if (phrases.length === 0) return nothing;
    return html`<h4>${title}</h4><ul aria-label=${title}>${repeat(
      phrases,
      each => each.id,
      each => html`<li><button type="button" class="quiet" @click=${() => this.dispatchEvent(new PhraseChosen(each.text))}>
        <span>${each.title}</span><span class="text small soft">${each.text}</span></button></li>`,
    )}</ul>`;
  }

  private readonly seek = (): void => {
    this.sought = this.field.value;
    void this.look(this.sought.trim());
  };

  private readonly pressed = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && event.target === this.field) event.preventDefault();
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.dispatchEvent(new Event("tori-close", { bubbles: true, composed: true }));
  };

  private async load(): Promise<void> {
    const path = `/templates?contact=${encodeURIComponent(this.contact)}`;
    const answer = await read<{ readonly templates: readonly TemplateShown[] }>(path);
    this.refused = "refused" in answer ? answer.refused : null;
    const found = "refused" in answer ? [] : answer.value.templates;
    this.templates = found.map(({ name, title, text }) => ({ id: name, title, text }));
  }

  /** Ask for answers to what is often asked; one that comes after the next question is not heard. */
  private async look(sought: string): Promise<void> {
    this.asked += 1;
    const { asked } = this;
    if (sought === "") {
      this.answers = [];
      return;
    }
    const path = `/knowledge?q=${encodeURIComponent(sought)}&language=${language.value}`;
    const answer = await read<{ readonly answers: readonly KnownAnswer[] }>(path);
    if (asked !== this.asked || "refused" in answer) return;
    this.answers = answer.value.answers.map(({ name, questions, written }) => ({
      id: name,
      title: questions[0] ?? name,
      text: written,
    }));
  }
}

interface TemplateShown {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

interface KnownAnswer {
  readonly name: string;
  readonly questions: readonly string[];
  readonly written: string;
}
