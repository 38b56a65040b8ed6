import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { FloorCall, QueueView } from "../desktop/floor.ts";
import { EachSecond, ToriElement } from "../kit/element.ts";
import { customerName, duration } from "../text/format.ts";

/** One queue: who talks in it, who waits, and since when. */
@customElement("tori-team-queue")
export class TeamQueue extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      section {
        display: grid;
        align-content: start;
        gap: var(--gap-xs);
        height: 100%;
        border: 1px solid var(--line);
        border-radius: var(--round);
        padding: var(--gap-m);
      }
      header {
        display: flex;
        justify-content: space-between;
        gap: var(--gap-s);
      }
      h4 {
        margin: 0;
        font-size: var(--text-m);
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: var(--gap-s);
      }
      h5 {
        margin: var(--gap-xs) 0 0;
        color: var(--ink-soft);
        font-size: var(--text-s);
        font-weight: 400;
      }
      .waiting .number {
        color: var(--amber);
        font-weight: 600;
      }
    `,
  ];

  @property({ attribute: false }) queue!: QueueView;
  /** The agents' names by id. */
  @property({ attribute: false }) names: ReadonlyMap<string, string> = new Map();
  @property({ type: Number }) skewMs = 0;

  constructor() {
    super();
    new EachSecond(this);
  }

  override render(): TemplateResult {
    const { team } = this.words;
    const { name, waiting, waiters, live, parked } = this.queue;
    const isEmpty = waiters.length + live.length + parked.length === 0;
    return html`
      <section aria-labelledby="name">
        <header><h4 id="name" class="cut">${name}</h4>
          <p class="small number soft">${team.counts(live.length, waiting)}</p></header>
        ${isEmpty && waiting === 0 ? html`<p class="soft small">${team.nobody}</p>` : nothing}
        ${this.list(team.waiting, "waiting", waiters)}
        ${this.list(team.parked, "parked", parked)}
        ${this.list(team.live, "live", live)}
      </section>`;
  }

  private list(title: string, tone: string, calls: readonly FloorCall[]): TemplateResult | typeof nothing {
    if (calls.length === 0) return nothing;
    return html`
      <h5>${title}</h5>
      <ul class="small ${tone}" aria-label=${title}>${calls.map(each => this.item(each))}</ul>`;
  }

  private item({ name, address, agent, since_ms }: FloorCall): TemplateResult {
    const { words } = this;
    const who = agent === null ? "" : ` ‐ ${this.names.get(agent) ?? agent}`;
    return html`
      <li><span class="cut">${customerName(name, address, words)}${who}</span>
        <span class="number">${duration(Date.now() + this.skewMs - since_ms)}</span></li>`;
  }
}
