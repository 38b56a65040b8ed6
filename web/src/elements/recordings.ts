import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { type Refusal, read } from "../desktop/api.ts";
import type { RecordingListed, Recordings } from "../desktop/floor.ts";
import { ToriElement } from "../kit/element.ts";
import { dateAndTime } from "../text/format.ts";
import { language } from "../text/preferences.ts";
import { refusalStyle, staleness } from "./refusal.ts";
import "./recording.ts";

const AT_ONCE = 50;

/** The recordings, newest first. */
@customElement("tori-recordings")
export class RecordingList extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    refusalStyle,
    css`
      :host {
        display: grid;
        gap: var(--gap-m);
      }
      li {
        display: grid;
        grid-template-columns: 11rem minmax(0, 12rem) minmax(14rem, 1fr);
        align-items: center;
        gap: var(--gap-xs) var(--gap-m);
        border-top: 1px solid var(--line);
        padding: var(--gap-xs) 0;
      }
      button {
        justify-self: start;
      }
      @media (max-width: 68rem) {
        li {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @state() private recordings: readonly RecordingListed[] | null = null;
  @state() private refused: Refusal | null = null;
  private next: string | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load(null);
  }

  override render(): TemplateResult {
    const { words, recordings } = this;
    const { team } = words;
    return html`
      ${staleness(this.refused, words)}
      ${recordings === null && this.refused === null ? html`<p class="soft">${words.loading}</p>` : nothing}
      ${recordings?.length === 0 ? html`<p class="soft">${team.noRecordings}</p>` : nothing}
      <ul aria-label=${team.recordings}>${repeat(
        recordings ?? [],
        each => each.id,
        each => this.item(each),
      )}</ul>
      ${
        this.next === null
          ? nothing
          : html`<button title=${team.more} @click=${() => this.load(this.next)}>${team.more}</button>`
      }`;
  }

  private item({ id, queue, agents, started_ms, length_ms }: RecordingListed): TemplateResult {
    const at = dateAndTime(started_ms, language.value);
    return html`
      <li>
        <time class="number">${at}</time>
        <span class="small cut">${queue}　<span class="soft">${agents.join(", ")}</span></span>
        <tori-recording .recording=${id} .lengthMs=${length_ms} .name=${this.words.team.recordedAt(at)}></tori-recording>
      </li>`;
  }

  private async load(before: string | null): Promise<void> {
    const more = before === null ? "" : `&before=${encodeURIComponent(before)}`;
    const answer = await read<Recordings>(`/recordings?limit=${AT_ONCE}${more}`);
    this.refused = "refused" in answer ? answer.refused : null;
    if ("refused" in answer) return;
    this.next = answer.value.next;
    this.recordings = [...(before === null ? [] : (this.recordings ?? [])), ...answer.value.recordings];
  }
}
