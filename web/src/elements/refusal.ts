import { css, html, type TemplateResult } from "lit";
import { noticeText } from "../desktop/announce.ts";
import type { Refusal } from "../desktop/api.ts";
import type { DeskState, Notice } from "../desktop/state.ts";
import { icon } from "../kit/icons.ts";
import { language } from "../text/preferences.ts";
import type { Words } from "../text/words.ts";

/** Why a command was not carried out, at the place where it was given. Stands there empty to be heard when filled. */
export function refusal(
  content: Notice["content"] | undefined,
  words: Words,
  dismiss: (() => void) | null = null,
): TemplateResult {
  if (content === undefined) return html`<div role="alert"></div>`;
  return html`
    <div role="alert" class="refusal">${icon("alert")}<p>${noticeText(content, words, language.value)}</p>
      ${
        dismiss === null
          ? ""
          : html`<button type="button" class="quiet icon" title=${words.close} aria-label=${words.close} @click=${dismiss}>${icon("close")}</button>`
      }</div>`;
}

/** The same of what a desk knows about a place. */
export function refusalAt(
  desk: DeskState,
  place: string,
  words: Words,
  dismiss?: () => void,
): TemplateResult {
  return refusal(desk.refusals[place], words, dismiss ?? null);
}

/** Why what is shown is not new. */
export function staleness(refused: Refusal | null, words: Words): TemplateResult {
  if (refused === null) return html`<div role="status"></div>`;
  const text = refused === "unreachable" ? words.unreachable : refused[language.value];
  return html`<div role="status" class="refusal">${icon("alert")}<p>${text}</p></div>`;
}

export const refusalStyle = css`
  /* Empty, it is there to be heard and takes no room. */
  [role="alert"]:empty,
  [role="status"]:empty {
    position: absolute;
  }
  .refusal {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    align-items: center;
    gap: var(--gap-s);
    border-radius: var(--round-s);
    background: var(--vermilion-ground);
    color: var(--vermilion);
    padding: var(--gap-xs) var(--gap-s) var(--gap-xs) var(--gap-m);
    min-height: var(--target);
  }
`;
