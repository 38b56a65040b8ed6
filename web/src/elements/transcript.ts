import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { type Refusal, read } from "../desktop/api.ts";
import { type SaidLine, saidIn, type Transcript, transcriptPath } from "../desktop/transcript.ts";
import { ToriElement } from "../kit/element.ts";
import { duration } from "../text/format.ts";
import { refusalStyle, staleness } from "./refusal.ts";

/** What was said in a call, to be opened. Nothing is fetched before. */
@customElement("tori-transcript")
export class CallTranscript extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    refusalStyle,
    css`
      :host {
        display: block;
      }
      summary {
        display: flex;
        align-items: center;
        width: fit-content;
        min-height: var(--target);
        cursor: pointer;
        color: var(--indigo);
      }
      summary::before {
        content: "▸";
        margin-right: var(--gap-s);
      }
      details[open] > summary::before {
        content: "▾";
      }
      ol {
        display: grid;
        gap: var(--gap-xs);
        max-height: 24rem;
        overflow-y: auto;
      }
      li {
        display: grid;
        grid-template-columns: 3.5rem minmax(0, 7rem) minmax(0, 1fr);
        gap: var(--gap-s);
        line-height: var(--leading-prose);
        font-feature-settings: normal;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property() contact = "";
  @property({ type: Number }) beganMs = 0;
  /** What an agent is called. */
  @property({ attribute: false }) nameOf: (agent: string) => string = agent => agent;
  @state() private said: readonly SaidLine[] | null = null;
  @state() private refused: Refusal | null = null;

  override render(): TemplateResult {
    const { words, said } = this;
    const isLoading = said === null && this.refused === null;
    return html`
      <details @toggle=${this.toggled}>
        <summary class="small">${words.journey.marks.transcribed}</summary>
        ${staleness(this.refused, words)}
        ${isLoading ? html`<p class="soft small">${words.loading}</p>` : nothing}
        <ol class="small" tabindex="0" aria-label=${words.journey.marks.transcribed}>${repeat(
          said ?? [],
          each => each.id,
          each => this.line(each),
        )}</ol>
      </details>`;
  }

  private line({ agent, text, after_ms }: SaidLine): TemplateResult {
    const who = agent === null ? this.words.customer.title : this.nameOf(agent) || this.words.journey.agent;
    return html`<li><span class="number soft">${duration(after_ms)}</span>
      <span class="soft cut">${who}</span><span>${text}</span></li>`;
  }

  private readonly toggled = (event: Event): void => {
    const isOpen = event.currentTarget instanceof HTMLDetailsElement && event.currentTarget.open;
    if (isOpen && this.said === null) void this.load();
  };

  private async load(): Promise<void> {
    const answer = await read<Transcript>(transcriptPath(this.contact));
    this.refused = "refused" in answer ? answer.refused : null;
    if ("value" in answer) this.said = saidIn(answer.value, this.beganMs);
  }
}
