import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { notesOf } from "../desktop/notes.ts";
import { ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import type { Message, MessageFile } from "../protocol.ts";
import { fileSize } from "../text/format.ts";
import { language, word } from "../text/preferences.ts";
import "./recording.ts";

/** What the hub sends so that a browser shows it. */
const SHOWN: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);
const FROM_ELSEWHERE = /(src|background)\s*=\s*["']?\s*(https?:)?\/\//i;
const BASE = "/api/v1";

/** What a message says: its subject, its text or mail, its files; or that it was withdrawn. */
@customElement("tori-message-body")
export class MessageBody extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      :host {
        display: grid;
        gap: var(--gap-xs);
        min-width: 0;
        white-space: normal;
      }
      .withdrawn {
        font-style: italic;
      }
      .text {
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
      .frame {
        width: min(32rem, 70vw);
        height: 16rem;
        min-height: 6rem;
        overflow: hidden;
        border: 1px solid var(--line-strong);
        border-radius: var(--round-s);
        resize: vertical;
      }
      iframe {
        width: 100%;
        height: 100%;
        border: 0;
        background: #fff;
        color-scheme: light;
      }
      .images {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-xs) var(--gap-s);
      }
      ul {
        display: grid;
        gap: var(--gap-xs);
      }
      .image {
        display: inline-block;
        min-width: var(--target);
        min-height: var(--target);
      }
      .image img {
        display: block;
        max-width: min(16rem, 60vw);
        max-height: 12rem;
        border-radius: var(--round-s);
        background: var(--surface);
      }
      .file {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        min-height: var(--target);
      }
      a.file,
      a.save {
        color: var(--indigo);
      }
      .image + .save {
        display: flex;
        align-items: center;
        min-height: 1.5rem;
      }
      .refused {
        color: var(--vermilion);
      }
      .note {
        display: flex;
        align-items: flex-start;
        gap: var(--gap-xs);
        overflow-wrap: anywhere;
      }
      .note.warning {
        color: var(--vermilion);
        font-weight: 600;
      }
      .note .detail {
        display: block;
        font-weight: 400;
      }
    `,
  ];

  @property({ attribute: false }) contact!: string;
  @property({ attribute: false }) message!: Message;
  /** Images from elsewhere tell their sender that they were seen: only when the agent says so. */
  @state() private hasImages = false;

  override render(): TemplateResult {
    const { message, words } = this;
    if (message.withdrawn_ms) return html`<p class="withdrawn soft">${words.message.withdrawn}</p>`;
    const { recording, length_ms = 0 } = message;
    const files = (message.files ?? []).filter(each => !this.isInMail(each));
    // What is told of a customer's message comes before it, what ours showed him stands below.
    const isOurs = message.direction === "out";
    return html`
      ${isOurs ? nothing : this.notes()}
      ${message.subject ? html`<strong>${message.subject}</strong>` : nothing}
      ${
        recording
          ? html`<tori-recording .recording=${recording} .lengthMs=${length_ms}
              .name=${words.channels.voicemail}></tori-recording>`
          : nothing
      }
      ${message.html ? this.mail() : message.text === "" ? nothing : html`<div class="text">${message.text}</div>`}
      ${
        files.length === 0
          ? nothing
          : html`<ul aria-label=${words.message.files}>${repeat(
              files,
              (each, at) => each.id || at, // one that was never fetched has none
              each => html`<li>${this.file(each)}</li>`,
            )}</ul>`
      }
      ${isOurs ? this.notes() : nothing}`;
  }

  private notes(): readonly TemplateResult[] {
    return notesOf(this.message, this.words.message).map(
      ({ tone, text, detail }) => html`
        <p class="note small ${tone === "warning" ? "warning" : "soft"}">
          ${icon(tone === "warning" ? "alert" : "check")}<span>${text}
          ${detail === "" ? nothing : html`<span class="detail">${detail}</span>`}</span></p>`,
    );
  }

  /** Whether a mail shows an image itself; anything else is listed, whatever the mail says. */
  private isInMail({ id, type, refused }: MessageFile): boolean {
    const address = `${BASE}/files/${id}"`;
    return refused === "" && SHOWN.has(type) && (this.message.html ?? "").includes(address);
  }

  private mail(): TemplateResult {
    const words = this.words.message;
    const [contact, message] = [this.contact, this.message.id].map(encodeURIComponent);
    const address = `${BASE}/contacts/${contact}/messages/${message}/html`;
    return html`
      <div class="frame"><iframe title=${words.html} loading="lazy" referrerpolicy="no-referrer"
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        src=${this.hasImages ? `${address}?images=true` : address}></iframe></div>
      ${
        this.hasImages || !FROM_ELSEWHERE.test(this.message.html ?? "")
          ? nothing
          : html`<p class="images small"><button title=${words.imagesHint} @click=${this.showImages}>${words.showImages}</button></p>`
      }`;
  }

  private readonly showImages = (): void => {
    this.hasImages = true;
  };

  private file(file: MessageFile): TemplateResult {
    const words = this.words.message;
    const isHeld = file.refused === "not_scanned";
    const size = fileSize(file.size, language.value);
    if (file.refused !== "" && !isHeld) {
      return html`<p class="file">${icon("file")}<span>${file.name}
        <span class="small refused">${word(words.refused, file.refused)}</span></span></p>`;
    }
    const address = `${BASE}/files/${file.id}`;
    const save = html`<a class="file" href="${address}?save=true" download=${file.name}>
      ${icon("file")}<span>${file.name}
      <span class="small soft">${isHeld ? word(words.refused, file.refused) : size}</span></span>
      <span class="unseen">${words.save}</span></a>`;
    if (isHeld || !SHOWN.has(file.type)) return save;
    return html`
      <a class="image" href=${address} target="_blank" rel="noopener" aria-label=${words.open(file.name)}>
        <img src=${address} alt="" loading="lazy"></a>${save}`;
  }
}
