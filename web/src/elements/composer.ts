import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { choicesIn, takesChoices, takesPlaces, takesStickers } from "../desktop/besides.ts";
import { inserted } from "../desktop/phrases.ts";
import type { Attached, DeskState } from "../desktop/state.ts";
import { ToriElement } from "../kit/element.ts";
import { channelIcon, icon } from "../kit/icons.ts";
import { newId } from "../kit/ids.ts";
import { smsParts } from "../kit/sms.ts";
import { type Contact, FILES_MAX, TEXT_MAX } from "../protocol.ts";
import { word } from "../text/preferences.ts";
import type { ChoicesWritten, PlaceChosen } from "./besides.ts";
import type { PhraseChosen } from "./phrases.ts";
import type { StickerChosen } from "./stickers.ts";
import type { SubjectNamed } from "./subject-line.ts";
import "./attached.ts";
import "./besides.ts";
import "./phrases.ts";
import "./stickers.ts";
import "./subject-line.ts";
import "./ways.ts";

/** What lies over the text. */
type Panel = "phrases" | "choices" | "place" | "sticker";

const COUNTED_FROM = TEXT_MAX - 500;
const TYPING_EACH_MS = 5_000;
/** Channels whose messages have a subject: an answer to a form goes by mail. */
const SUBJECTS: readonly string[] = ["email", "ticket"];

/** Where a reply is written. Ctrl+Enter sends; Enter alone is a new line, and an IME's own. */
@customElement("tori-composer")
export class Composer extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      form {
        display: grid;
        gap: var(--gap-s);
        border: 1px solid var(--line-strong);
        border-radius: var(--round);
        background: var(--surface);
        padding: var(--gap-s);
      }
      form:has(textarea:focus-visible) {
        border-color: var(--focus);
        outline: 1px solid var(--focus);
      }
      textarea {
        min-height: 3.5rem;
        max-height: 14rem;
        border: 0;
        background: transparent;
        padding: var(--gap-xs) var(--gap-s);
        field-sizing: content;
      }
      textarea:focus-visible {
        outline: 0;
      }
      .foot {
        display: flex;
        align-items: center;
        gap: var(--gap-m);
      }
      .via {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        padding-left: var(--gap-s);
      }
      .hint {
        margin-left: auto;
      }
      form.over-it {
        border-style: dashed;
        border-color: var(--indigo);
      }
      .over {
        color: var(--vermilion);
        font-weight: 600;
      }
      @media (max-width: 45rem) {
        .hint {
          display: none;
        }
        .foot {
          flex-wrap: wrap;
          gap: var(--gap-xs);
        }
        .foot button.primary {
          margin-left: auto;
        }
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  /** Open threads with the customer; replies go to `contact`, one of them. */
  @property({ attribute: false }) threads: readonly Contact[] = [];
  @property({ attribute: false }) contact!: Contact;
  @state() private panel: Panel | null = null;
  /** Answers to choose from, one a line. */
  @state() private choices = "";
  @state() private isOver = false;
  @state() private fault = "";
  @state() private subjects: Readonly<Record<string, string>> = {};
  @query("textarea") private readonly field!: HTMLTextAreaElement;
  @query("input[type=file]") private readonly picker!: HTMLInputElement;
  private typedMs = 0;

  override render(): TemplateResult {
    const words = this.words.composer;
    const channel = word(this.words.channels, this.contact.channel);
    const left = TEXT_MAX - this.text.length;
    return html`
      <form class=${this.isOver ? "over-it" : ""} @submit=${this.send} @dragover=${this.dragged}
        @dragleave=${this.dragged} @drop=${this.dropped}>
        ${this.opened()}
        <tori-attached .contact=${this.contact.id} .files=${this.attached}></tori-attached>
        ${
          SUBJECTS.includes(this.contact.channel)
            ? html`<tori-subject about=${this.contact.subject ?? ""} .value=${this.subject}
                @tori-subject=${this.nameSubject} @tori-close=${this.focus}></tori-subject>`
            : nothing
        }
        <p class="over small" role="alert" ?hidden=${this.fault === ""}>${this.fault}</p>
        <textarea rows="2" aria-label=${words.label(channel)} placeholder=${words.placeholder(channel)}
          .value=${live(this.text)} @input=${this.write} @keydown=${this.typed} @paste=${this.pasted}></textarea>
        <div class="foot">
          ${this.via(channel)}
          ${this.tools()}
          ${
            this.contact.channel === "sms" && this.text !== ""
              ? html`<span class="soft small number">${words.smsParts(smsParts(this.text.trim()))}</span>`
              : nothing
          }
          <span class="hint soft small">${words.hint}</span>
          ${
            this.text.length > COUNTED_FROM
              ? html`<span class="small number ${left < 0 ? "over" : "soft"}" role="status">${words.lengthLeft(left)}</span>`
              : nothing
          }
          <button class="primary" ?disabled=${!this.canSend}>${icon("send")}${words.send}</button>
        </div>
      </form>`;
  }

  /** Move the focus to the text; may be called before it is drawn. */
  override focus(): void {
    void this.updateComplete.then(() => this.field.focus());
  }

  private get text(): string {
    return this.desk.drafts[this.contact.id] ?? "";
  }

  /** Without a link, too: what is written then leaves once it is back. */
  private get canSend(): boolean {
    const isSomething = this.text.trim() !== "" || this.attached.length > 0;
    const choices = choicesIn(this.choices);
    const isWhole = choices !== null && (choices.length === 0 || this.text.trim() !== "");
    return (
      isSomething &&
      isWhole &&
      this.text.length <= TEXT_MAX &&
      this.attached.every(each => each.file !== null)
    );
  }

  private get attached(): readonly Attached[] {
    return this.desk.attached[this.contact.id] ?? [];
  }

  private get subject(): string {
    return this.subjects[this.contact.id] ?? "";
  }

  private readonly nameSubject = ({ text }: SubjectNamed): void => {
    this.subjects = { ...this.subjects, [this.contact.id]: text };
  };

  private tools(): TemplateResult {
    const words = this.words.message;
    return html`
      <input type="file" multiple hidden @change=${this.picked}>
      <button type="button" class="quiet icon" title=${words.attach} aria-label=${words.attach}
        @click=${() => this.picker.click()}>${icon("attach")}</button>
      ${this.opener("phrases", words.phrases)}
      ${takesChoices(this.contact.channel) ? this.opener("choices", words.choices) : nothing}
      ${takesPlaces(this.contact.channel) ? this.opener("place", words.place) : nothing}
      ${takesStickers(this.contact.channel) ? this.opener("sticker", words.sticker) : nothing}
      <tori-ways .desk=${this.desk} .contact=${this.contact}></tori-ways>`;
  }

  private opener(panel: Panel, label: string): TemplateResult {
    return html`
      <button type="button" class="quiet icon" title=${label} aria-label=${label}
        aria-expanded=${this.panel === panel} @click=${() => this.toggle(panel)}>${icon(panel)}</button>`;
  }

  private opened(): TemplateResult | typeof nothing {
    switch (this.panel) {
      case "phrases":
        return html`<tori-phrases contact=${this.contact.id} @tori-phrase=${this.insert} @tori-close=${this.closePanel}></tori-phrases>`;
      case "choices":
        return html`<tori-choices .lines=${this.choices} @tori-choices=${this.writeChoices} @keydown=${this.typed}></tori-choices>`;
      case "place":
        return html`<tori-place @tori-place=${this.sendPlace}></tori-place>`;
      case "sticker":
        return html`<tori-stickers channel=${this.contact.channel} @tori-sticker=${this.sendSticker}></tori-stickers>`;
      default:
        return nothing;
    }
  }

  /** What goes out unseen is forgotten with its panel. */
  private toggle(panel: Panel): void {
    this.panel = this.panel === panel ? null : panel;
    this.choices = "";
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<HTMLElement>("tori-choices, tori-place, tori-stickers")?.focus();
    });
  }

  private readonly closePanel = (): void => {
    this.panel = null;
    this.focus();
  };

  private readonly writeChoices = ({ lines }: ChoicesWritten): void => {
    this.choices = lines;
  };

  private readonly sendPlace = ({ place }: PlaceChosen): void => {
    this.intend({ type: "send", contact: this.contact.id, message: newId(), text: "", place });
    this.closePanel();
  };

  private readonly sendSticker = ({ sticker }: StickerChosen): void => {
    this.intend({ type: "send", contact: this.contact.id, message: newId(), text: "", sticker });
    this.closePanel();
  };

  private readonly insert = ({ text }: PhraseChosen): void => {
    const { selectionStart, selectionEnd } = this.field;
    const whole = inserted(this.text, text, selectionStart, selectionEnd);
    this.intend({ type: "draft_changed", contact: this.contact.id, text: whole });
    this.closePanel();
  };

  private readonly picked = (): void => {
    this.attach(this.picker.files);
    this.picker.value = "";
  };

  private readonly pasted = (event: ClipboardEvent): void => {
    if (event.clipboardData?.files.length) {
      event.preventDefault();
      this.attach(event.clipboardData.files);
    }
  };

  private readonly dragged = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.isOver = event.type === "dragover";
  };

  private readonly dropped = (event: DragEvent): void => {
    this.dragged(event);
    this.attach(event.dataTransfer?.files ?? null);
  };

  private attach(files: FileList | null): void {
    const room = FILES_MAX - this.attached.length;
    this.fault = files !== null && files.length > room ? this.words.message.tooMany(FILES_MAX) : "";
    for (const file of [...(files ?? [])].slice(0, room)) {
      this.intend({ type: "attach", contact: this.contact.id, key: newId(), file });
    }
  }

  private via(channel: string): TemplateResult {
    if (this.threads.length < 2) {
      return html`<span class="via soft small">${channelIcon(this.contact.channel)}${channel}</span>`;
    }
    return html`
      <select aria-label=${this.words.composer.via} @change=${this.change}>
        ${this.threads.map(
          each => html`<option value=${each.id} .selected=${each.id === this.contact.id}>
            ${word(this.words.channels, each.channel)}</option>`,
        )}
      </select>`;
  }

  private readonly change = (event: Event): void => {
    this.intend({ type: "contact_selected", contact: (event.target as HTMLSelectElement).value });
  };

  private readonly write = (): void => {
    const { contact, field } = this;
    this.intend({ type: "draft_changed", contact: contact.id, text: field.value });
    const now = Date.now();
    if (field.value === "" || now - this.typedMs < TYPING_EACH_MS || this.desk.link !== "open") return;
    this.typedMs = now;
    this.intend({ type: "typing", contact: contact.id });
  };

  private readonly typed = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) this.send(event);
  };

  private readonly send = (event: Event): void => {
    event.preventDefault();
    if (!this.canSend) return;
    const files = this.attached.flatMap(each => each.file?.id ?? []);
    const subject = this.subject.trim();
    const choices = choicesIn(this.choices) ?? [];
    this.intend({
      type: "send",
      contact: this.contact.id,
      message: newId(),
      text: this.text.trim(),
      ...(files.length > 0 ? { files } : {}),
      ...(choices.length > 0 ? { choices } : {}),
      ...(subject !== "" && SUBJECTS.includes(this.contact.channel) ? { subject } : {}),
    });
    this.subjects = { ...this.subjects, [this.contact.id]: "" };
    this.typedMs = 0;
    this.fault = "";
    if (this.panel === "choices") this.toggle("choices");
    this.focus();
  };
}
