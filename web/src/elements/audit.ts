import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { type Refusal, read } from "../desktop/api.ts";
import type { AuditEntry, AuditLog } from "../desktop/floor.ts";
import { ToriElement } from "../kit/element.ts";
import { dateAndTime } from "../text/format.ts";
import { language, word } from "../text/preferences.ts";
import { refusalStyle, staleness } from "./refusal.ts";

const AT_ONCE = 50;

/** Who did or looked at what must be accounted for, newest first. */
@customElement("tori-audit")
export class Audit extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    refusalStyle,
    css`
      :host {
        display: grid;
        gap: var(--gap-m);
      }
      .wide {
        overflow-x: auto;
      }
      table {
        width: 100%;
        border-collapse: collapse;
      }
      th {
        color: var(--ink-soft);
        font-size: var(--text-s);
        font-weight: 400;
      }
      th,
      td {
        border-bottom: 1px solid var(--line);
        padding: var(--gap-xs) var(--gap-m) var(--gap-xs) 0;
        text-align: start;
        overflow-wrap: anywhere;
      }
      button {
        justify-self: start;
      }
    `,
  ];

  @state() private entries: readonly AuditEntry[] | null = null;
  @state() private refused: Refusal | null = null;
  private next: number | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load(null);
  }

  override render(): TemplateResult {
    const { words, entries } = this;
    const { team } = words;
    return html`
      ${staleness(this.refused, words)}
      ${entries === null && this.refused === null ? html`<p class="soft">${words.loading}</p>` : nothing}
      ${entries?.length === 0 ? html`<p class="soft">${team.noAudit}</p>` : nothing}
      ${entries === null || entries.length === 0 ? nothing : this.table(entries)}
      ${
        this.next === null
          ? nothing
          : html`<button title=${team.more} @click=${() => this.load(this.next)}>${team.more}</button>`
      }`;
  }

  private table(entries: readonly AuditEntry[]): TemplateResult {
    const { team } = this.words;
    return html`
      <div class="wide" tabindex="0" role="region" aria-label=${team.audit}>
        <table>
          <thead><tr><th scope="col">${team.time}</th><th scope="col">${team.actor}</th>
            <th scope="col">${team.deed}</th><th scope="col">${team.subject}</th></tr></thead>
          <tbody>${repeat(
            entries,
            each => each.id,
            each => html`
              <tr><td class="number">${dateAndTime(each.at_ms, language.value)}</td><td>${each.actor}</td>
                <td>${word(team.deeds, each.deed)}</td><td>${each.subject}</td></tr>`,
          )}</tbody>
        </table>
      </div>`;
  }

  private async load(beforeMs: number | null): Promise<void> {
    const more = beforeMs === null ? "" : `&before_ms=${beforeMs}`;
    const answer = await read<AuditLog>(`/audit?limit=${AT_ONCE}${more}`);
    this.refused = "refused" in answer ? answer.refused : null;
    if ("refused" in answer) return;
    const { entries, before_ms } = answer.value;
    this.next = before_ms;
    this.entries = [...(beforeMs === null ? [] : (this.entries ?? [])), ...entries];
  }
}
