import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { DeskState } from "../desktop/state.ts";
import { isPending } from "../desktop/worklist.ts";
import { ToriElement } from "../kit/element.ts";
import { type Contact, NOTE_MAX, type Note } from "../protocol.ts";
import { timeOfDay } from "../text/format.ts";
import { language } from "../text/preferences.ts";

/** What agents note while a call lasts: whoever is consulted, or has it next, sees it. */
@customElement("tori-notes")
export class Notes extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      :host {
        display: grid;
        gap: var(--gap-xs);
        padding: 0 var(--gap-l) var(--gap-s);
      }
      li {
        overflow-wrap: anywhere;
        white-space: pre-line;
      }
      form {
        display: flex;
        gap: var(--gap-s);
      }
      input {
        flex: 1 1 auto;
        min-width: 0;
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) contact!: Contact;
  @state() private draft = "";

  override render(): TemplateResult {
    const { contact, desk, draft } = this;
    const { call } = this.words;
    const notes = contact.notes ?? [];
    const isBusy = desk.link !== "open" || isPending(desk, "note", contact.id);
    return html`
      ${
        notes.length === 0
          ? nothing
          : html`<ul aria-label=${call.notes} aria-live="polite">${notes.map(each => this.note(each))}</ul>`
      }
      <form @submit=${this.add}>
        <input aria-label=${call.addNote} placeholder=${call.addNote} maxlength=${NOTE_MAX} autocomplete="off"
          .value=${live(draft)} @input=${this.typed} />
        <button ?disabled=${isBusy || draft.trim() === ""}>${call.note}</button>
      </form>`;
  }

  private note({ at_ms, agent, text }: Note): TemplateResult {
    const name = agent === this.desk.agent?.id ? this.desk.agent.name : agent;
    return html`
      <li class="small"><span class="soft number">${timeOfDay(at_ms, language.value)} ${name}</span> ${text}</li>`;
  }

  private typed(event: Event): void {
    this.draft = (event.target as HTMLInputElement).value;
  }

  private add(event: Event): void {
    event.preventDefault();
    const text = this.draft.trim();
    if (text === "") return;
    this.intend({ type: "note", contact: this.contact.id, text });
    this.draft = "";
  }
}
