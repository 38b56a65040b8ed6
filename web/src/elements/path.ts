import { css, html, type TemplateResult } from "lit";
import type { PathItem } from "../protocol.ts";
import type { Words } from "../text/words.ts";

/** The way through the voice menu: each menu, and the keys pressed in it. */
export function path(items: readonly PathItem[], words: Words): TemplateResult {
  return html`<span class="path">${items.map(
    ({ menu, digits }) =>
      html`<span class="step">${menu}${digits === "" ? "" : html`<kbd aria-label=${words.customer.pressed(digits)}>${digits}</kbd>`}</span>`,
  )}</span>`;
}

export const pathStyle = css`
  .path {
    display: inline-flex;
    flex-wrap: wrap;
    gap: var(--gap-xs);
  }
  .step {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-xs);
  }
  .step:not(:last-child)::after {
    content: "›";
    color: var(--ink-soft);
  }
  kbd {
    min-width: 1.375rem;
    border: 1px solid var(--line-strong);
    border-radius: 4px;
    background: var(--surface);
    color: var(--ink);
    padding: 0 0.3rem;
    text-align: center;
    font: inherit;
    font-variant-numeric: tabular-nums;
  }
`;
