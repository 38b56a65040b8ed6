import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { DeskState, Post } from "../desktop/state.ts";
import {
  type CallEntry,
  type Entry,
  insteadOf,
  type MarkEntry,
  type MessageEntry,
  partnersOf,
  timeline,
} from "../desktop/timeline.ts";
import type { Conversation } from "../desktop/worklist.ts";
import { ToriElement } from "../kit/element.ts";
import { channelIcon, icon } from "../kit/icons.ts";
import type { JourneyItem } from "../protocol.ts";
import { address, day, duration, timeOfDay } from "../text/format.ts";
import { language, word } from "../text/preferences.ts";
import { webNote } from "../text/web-calls.ts";
import { path } from "./path.ts";
import { timelineStyle } from "./timeline-style.ts";
import "./message-body.ts";
import "./recording.ts";
import "./transcript.ts";

const NEAR_END_PX = 80;
const SENT: ReadonlySet<string> = new Set(["sent", "delivered", "read"]);

/** All that passed between the customer and us, over all channels, oldest first. */
@customElement("tori-timeline")
export class Timeline extends ToriElement {
  static override styles = [...ToriElement.styles, ...timelineStyle];

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) conversation!: Conversation;
  /** Whether the newest entry is in sight; then it stays so. */
  private isAtEnd = true;
  private readonly resized = new ResizeObserver(() => this.keepEnd());

  @query("ol") private readonly list!: HTMLElement | null;
  private watched: HTMLElement | null = null;
  private top = 0;

  constructor() {
    super();
    this.addEventListener("scroll", this.scrolled);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("conversation");
    if (before !== undefined && before.key !== this.conversation.key) this.isAtEnd = true;
  }

  override updated(): void {
    // Images come later, and make the list longer.
    if (this.list !== null && this.list !== this.watched) this.resized.observe(this.list);
    this.watched = this.list;
    this.keepEnd();
  }

  override render(): TemplateResult {
    const entries = timeline(this.desk, this.conversation);
    const { conversation } = this.words;
    if (entries.length === 0) return html`<p class="empty soft">${conversation.noHistory}</p>`;
    return html`
      <ol>
        ${repeat(
          entries,
          each => `${each.kind} ${each.id}`,
          (each, at) => html`${this.dayBefore(each, entries[at - 1])}${this.entry(each)}`,
        )}
      </ol>`;
  }

  /** Only the agent scrolls up; what changes its size has the end leave sight without that. */
  private readonly scrolled = (): void => {
    const isNear = this.scrollHeight - this.scrollTop - this.clientHeight < NEAR_END_PX;
    if (isNear || this.scrollTop < this.top) this.isAtEnd = isNear;
    this.top = this.scrollTop;
  };

  private keepEnd(): void {
    if (this.isAtEnd) this.scrollTop = this.scrollHeight;
  }

  private dayBefore(entry: Entry, before: Entry | undefined): TemplateResult | typeof nothing {
    const now = Date.now() + this.desk.skewMs;
    const name = day(entry.at_ms, now, language.value, this.words);
    const isSame = before !== undefined && day(before.at_ms, now, language.value, this.words) === name;
    return isSame ? nothing : html`<li class="day soft small"><span>${name}</span></li>`;
  }

  private entry(entry: Entry): TemplateResult {
    switch (entry.kind) {
      case "message":
        return this.message(entry);
      case "call":
        return this.call(entry);
      case "mark":
        return this.mark(entry);
    }
  }

  private message(entry: MessageEntry): TemplateResult {
    const { words } = this;
    const time = timeOfDay(entry.at_ms, language.value);
    const author =
      entry.direction === "in" ? this.conversation.name || words.customer.title : this.agent(entry.author);
    const channel = entry.channel === null ? "" : word(words.channels, entry.channel);
    return html`
      <li class="message ${entry.direction}">
        <div class="bubble" aria-label=${words.messageFrom(author, time)} role="group">${this.body(entry)}</div>
        <p class="meta soft small">
          ${entry.channel === null ? nothing : html`<span title=${channel}>${channelIcon(entry.channel)}</span>`}
          ${entry.direction === "out" ? html`<span>${author}</span>` : nothing}
          <time class="number">${time}</time>
          ${entry.direction === "out" ? this.delivery(entry) : nothing}
        </p>
      </li>`;
  }

  private body({ channel, contact, message, text }: MessageEntry): TemplateResult | string {
    if (message === null) return text;
    const { html: mail, subject, withdrawn_ms, files, notes, recording } = message;
    const isPlain = !mail && !subject && !withdrawn_ms && !files?.length && !notes?.length && !recording;
    return isPlain
      ? text || (channel === "voicemail" ? this.words.channels.voicemail : "")
      : html`<tori-message-body .contact=${contact} .message=${message}></tori-message-body>`;
  }

  private delivery(entry: MessageEntry): TemplateResult {
    const { words } = this;
    const name = word(words.delivery, entry.delivery);
    const isBad = entry.delivery === "failed" || entry.delivery === "refused";
    const drawn = isBad ? icon("alert") : SENT.has(entry.delivery) ? icon("check") : icon("clock");
    const again = this.again(entry);
    return html`<span class="delivery ${isBad ? "bad" : ""}">${drawn}${name}</span>
      ${
        again === null
          ? nothing
          : html`<button class="quiet again" @click=${() => this.sendAgain(again)}>${words.retry}</button>`
      }`;
  }

  private call(entry: CallEntry): TemplateResult {
    const { words } = this;
    const talked = entry.connected_ms !== null && entry.ended_ms !== null;
    const outcome = entry.disposition && this.dispositionName(entry.disposition);
    return html`
      <li class="call">
        <p class="head">${channelIcon(entry.channel)}<strong>${words.journey.call}</strong>
          <time class="number soft">${timeOfDay(entry.at_ms, language.value)}</time>
          ${outcome ? html`<span class="outcome small">${outcome}</span>` : nothing}</p>
        <p class="facts soft small">
          ${entry.path.length > 0 ? path(entry.path, words) : nothing}
          ${entry.agent === null ? nothing : html`<span>${words.journey.answeredBy(this.agent(entry.agent))}</span>`}
          ${entry.left === null ? nothing : html`<span>${word(words.journey.marks, entry.left)}</span>`}
          <span class="number">${
            talked
              ? words.journey.talked(duration(Number(entry.ended_ms) - Number(entry.connected_ms)))
              : entry.ended_ms === null
                ? words.journey.ongoing
                : words.journey.abandoned
          }</span>
        </p>
        ${entry.steps.map(each => this.step(each))}
        ${entry.recordings.map(
          each => html`<tori-recording .recording=${each.recording} .lengthMs=${each.length_ms}
            .name=${words.team.recordedAt(timeOfDay(entry.at_ms, language.value))}></tori-recording>`,
        )}
        ${
          entry.isTranscribed
            ? html`<tori-transcript .contact=${entry.id} .beganMs=${entry.connected_ms ?? entry.at_ms}
                .nameOf=${this.nameOf}></tori-transcript>`
            : nothing
        }
        ${entry.message === "" ? nothing : html`<p class="note">${entry.message}</p>`}
        ${entry.note === "" ? nothing : html`<p class="note">${entry.note}</p>`}
        ${entry.summary === "" ? nothing : html`<p class="note">${entry.summary}</p>`}
      </li>`;
  }

  private step(item: JourneyItem): TemplateResult {
    const { journey } = this.words;
    const partners = partnersOf(item).map(each =>
      each === this.desk.agent?.id ? this.agent(each) : address(each),
    );
    const text =
      item.kind === "taken_over" && item.agent !== null
        ? journey.takenOverBy(this.agent(item.agent))
        : word(journey.marks, item.kind);
    return html`
      <p class="facts soft small"><time class="number">${timeOfDay(item.at_ms, language.value)}</time>
        <span>${partners.length === 0 ? text : journey.stepTo(text, partners.join(", "))}</span>
        <span>${noted(item) || webNote(item, this.words)}</span></p>`;
  }

  private mark({ item }: MarkEntry): TemplateResult {
    const note = noted(item) || webNote(item, this.words) || String(item.detail.note ?? "");
    return html`
      <li class="mark small soft">
        <p>${item.channel === null ? icon("link") : channelIcon(item.channel)}
          <span>${this.markText(item)}</span>
          <time class="number">${timeOfDay(item.at_ms, language.value)}</time></p>
        ${note === "" ? nothing : html`<p class="note">${note}</p>`}
      </li>`;
  }

  private markText({ kind, text, agent, detail }: MarkEntry["item"]): string {
    const { journey, customer } = this.words;
    if (kind === "disposition") return journey.disposed(this.dispositionName(text));
    if (kind === "connected" && agent !== null) return journey.answeredBy(this.agent(agent));
    if (kind === "faxed") {
      return journey.faxed(word(journey.faxes, text), Number(detail.pages ?? 0), Number(detail.of ?? 0));
    }
    if (kind === "identifier_linked") {
      const [type, value] = [detail.kind, detail.value].map(String);
      return journey.linked(word(customer.kinds, type ?? ""), address(value ?? ""), word(customer.how, text));
    }
    return word(journey.marks, kind);
  }

  private dispositionName(code: string): string {
    return this.desk.dispositions.find(each => each.code === code)?.[language.value] ?? code;
  }

  private readonly nameOf = (id: string): string => this.agent(id);

  private agent(id: string | null): string {
    const { agent } = this.desk;
    return id === null || id === agent?.id ? (agent?.name ?? "") : id;
  }

  /** What the agent may send once more: what the hub refused as it was, or anew what did not arrive. */
  private again(entry: MessageEntry): Post | null {
    if (entry.delivery !== "refused") return insteadOf(this.desk, this.conversation, entry);
    return this.desk.outgoing.find(each => each.message.id === entry.id)?.post ?? null;
  }

  private sendAgain(post: Post): void {
    this.intend({ ...post, type: "send" });
  }
}

/** Return what somebody, or the hub, wrote about a contact. */
function noted({ kind, text }: JourneyItem): string {
  return kind === "summary" || kind === "noted" ? text : "";
}
