/** What the widget draws of a talk. */

import { html, nothing, type TemplateResult } from "lit";
import { isWeb } from "./addresses.ts";
import type { Choice, Line, Saying, SharedFile } from "./protocol.ts";
import { ordered, type Talk } from "./talk.ts";
import type { Texts } from "./texts.ts";

export interface Looks {
  readonly talk: Talk;
  readonly texts: Texts;
  readonly lang: string;
  readonly onChoice: (label: string, data: string) => void;
}

const CHAT = "M4 5h16v11H9l-5 4z";
const CROSS = "M6 6l12 12M18 6L6 18";
const CLIP = "M19 11l-7.5 7.5a4 4 0 0 1-6-6L13 5a2.7 2.7 0 0 1 4 4l-7.5 7.5a1.3 1.3 0 0 1-2-2L14 8";
const PHONE =
  "M6.600 3.500h2.600l1.500 4.200-2 1.500a12 12 0 0 0 6.100 6.100l1.500-2 4.200 1.500v2.600a2 2 0 0 1-2.200 2A17 17 0 0 1 4.600 5.700a2 2 0 0 1 2-2.200z";
const PATHS = { chat: CHAT, cross: CROSS, clip: CLIP, phone: PHONE } as const;

export function icon(name: keyof typeof PATHS): TemplateResult {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]}></path></svg>`;
}

/** Where the customer stands, or that the line is lost: what is read aloud when it changes. */
export function status(talk: Talk, texts: Texts): string {
  if (talk.line === "lost") return texts.lost;
  if (talk.line === "connecting") return talk.lines.size > 0 ? "" : texts.connecting;
  switch (talk.standing?.state) {
    case "waiting":
      return waiting(talk.standing.position, talk.standing.wait_s, texts);
    case "connected":
      return texts.connected;
    case "ended":
      return texts.ended;
    default:
      return "";
  }
}

function waiting(position: number, waitS: number | null, texts: Texts): string {
  if (position === 0) return texts.waiting;
  const place = position === 1 ? texts.next : texts.position(position);
  return waitS === null ? place : `${place} ${texts.wait(Math.max(1, Math.round(waitS / 60)))}`;
}

export function conversation(looks: Looks): TemplateResult {
  const { talk, texts } = looks;
  const lines = ordered(talk);
  const newest = lines.at(-1);
  return html`
    <ol>
      ${lines.map(line => message(looks, line, line === newest))}
      ${unsent(looks, talk.refused, texts.notTaken, "bad")}
      ${unsent(looks, talk.pending, texts.sending, "")}
    </ol>`;
}

function message(looks: Looks, line: Line, isNewest: boolean): TemplateResult {
  const { talk, texts } = looks;
  const isChoosing = isNewest && talk.pending.length === 0;
  return html`
    <li class=${line.mine ? "mine" : "theirs"}>
      <span class="away">${line.mine ? texts.you : texts.us}: </span>
      ${
        line.withdrawn
          ? html`<p class="bubble gone">${texts.withdrawn}</p>`
          : html`<div class="bubble">${line.text}${(line.files ?? []).map(each => file(each, texts))}</div>`
      }
      ${isChoosing ? choices(looks, line.choices ?? []) : nothing}
      <span class="note">
        <time datetime=${new Date(line.at_ms).toISOString()}>${clock(line.at_ms, looks.lang)}</time>
        ${line.mine && talk.readId === line.id ? texts.read : nothing}
      </span>
    </li>`;
}

function unsent(
  { talk, texts }: Looks,
  sayings: readonly Saying[],
  note: string,
  kind: "bad" | "",
): readonly TemplateResult[] {
  return sayings.flatMap(each =>
    each.type !== "say" || talk.lines.has(each.id)
      ? []
      : [
          html`
            <li class="mine">
              <span class="away">${texts.you}: </span>
              <div class="bubble">${each.text || "…"}</div>
              <span class="note ${kind}">${note}</span>
            </li>`,
        ],
  );
}

function file(shared: SharedFile, texts: Texts): TemplateResult {
  const size = `${Math.max(1, Math.round(shared.size / 1024))} KB`;
  if (shared.refused) return html`<span class="file">${shared.name} (${texts.fileRefused})</span>`;
  if (!isWeb(shared.url)) return html`<span class="file">${shared.name} (${size})</span>`;
  return html`<a class="file" href=${shared.url} target="_blank" rel="noopener noreferrer">${shared.name} (${size})</a>`;
}

function choices({ texts, onChoice }: Looks, all: readonly Choice[]): TemplateResult | typeof nothing {
  if (all.length === 0) return nothing;
  return html`
    <div class="choices" role="group" aria-label=${texts.write}>
      ${all.map(({ label, data, url }) =>
        url !== undefined && isWeb(url)
          ? html`<a href=${url} target="_blank" rel="noopener noreferrer">${label}</a>`
          : html`<button type="button" @click=${() => onChoice(label, data ?? label)}>${label}</button>`,
      )}
    </div>`;
}

export function form(
  names: readonly string[],
  asksForPage: boolean,
  texts: Texts,
): TemplateResult | typeof nothing {
  if (names.length === 0 && !asksForPage) return nothing;
  return html`
    <fieldset class="card" id="intro">
      ${names.length > 0 ? html`<legend>${texts.form}</legend>` : nothing}
      ${names.map(
        name => html`
          <label>${texts.fields[name] ?? name}
            <input type="text" name=${name} maxlength="200" autocomplete=${COMPLETED[name] ?? "off"} /></label>`,
      )}
      ${
        asksForPage
          ? html`<label class="check"><input type="checkbox" id="page" /><span>${texts.tellPage}</span></label>`
          : nothing
      }
    </fieldset>`;
}

const COMPLETED: Readonly<Record<string, string>> = { name: "name", email: "email", phone: "tel" };

export function rating(texts: Texts, onRate: (event: SubmitEvent) => void): TemplateResult {
  return html`
    <form class="card" id="rating" @submit=${onRate}>
      <fieldset>
        <legend>${texts.rate}</legend>
        <div class="stars">
          ${[1, 2, 3, 4, 5].map(
            each => html`
              <label><input type="radio" name="stars" value=${each} required aria-label=${texts.stars(each)} />
                <span aria-hidden="true">${each}</span></label>`,
          )}
        </div>
      </fieldset>
      <label>${texts.comment}<textarea name="comment" rows="2" maxlength="2000"></textarea></label>
      <button class="main">${texts.rateSend}</button>
    </form>`;
}

function clock(atMs: number, lang: string): string {
  const at = new Date(atMs);
  const isToday = at.toDateString() === new Date().toDateString();
  const day = isToday ? {} : ({ month: "numeric", day: "numeric" } as const);
  return new Intl.DateTimeFormat(lang, { ...day, hour: "numeric", minute: "2-digit" }).format(at);
}
