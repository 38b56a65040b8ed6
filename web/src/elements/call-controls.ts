import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { actionsOf, type CallAction, consultationOf } from "../desktop/calls.ts";
import type { Intent } from "../desktop/desk.ts";
import { intentFor, keysOf, NEXT_RECORDING } from "../desktop/shortcuts.ts";
import type { DeskState } from "../desktop/state.ts";
import { waysOf } from "../desktop/ways.ts";
import { isPending } from "../desktop/worklist.ts";
import { KeepFocus, ToriElement } from "../kit/element.ts";
import { hint } from "../kit/hint.ts";
import { icon } from "../kit/icons.ts";
import type { Command, Contact } from "../protocol.ts";

type IconName = Parameters<typeof icon>[0];

interface Drawn {
  readonly drawing: IconName;
  readonly label: string;
  /** What is said in full where `label` is short for it. */
  readonly name?: string;
  /** The drawing alone is shown. */
  readonly isShort?: boolean;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly tone?: string;
}

const SHOWN: readonly CallAction[] = [
  "hold",
  "swap",
  "complete",
  "conference",
  "mute",
  "digits",
  "transfer",
  "park",
  "record",
  "invite",
];

/** What an agent can do with a call that goes on, besides ending it. */
@customElement("tori-call-controls")
export class CallControls extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      div {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-xs);
      }
      button {
        gap: var(--gap-xs);
        padding: 0 var(--gap-s);
      }
      button[aria-pressed="true"],
      button[aria-expanded="true"] {
        border-color: var(--indigo);
        background: var(--indigo-ground);
        color: var(--indigo);
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) contact!: Contact;

  constructor() {
    super();
    new KeepFocus(this);
  }

  override render(): TemplateResult {
    const actions = actionsOf(this.contact, waysOf(this.desk, this.contact));
    return html`
      <div role="group" aria-label=${this.words.call.controls}>
        ${repeat(
          SHOWN.filter(each => actions.has(each)),
          each => each,
          each => this.button(each),
        )}
        ${actions.has("record") && this.contact.recording !== "off" ? this.stopRecording() : nothing}
      </div>`;
  }

  private button(action: CallAction): TemplateResult {
    const { words, contact } = this;
    const { drawing, label, name = label, isShort, pressed, expanded, tone = "" } = this.drawn(action);
    const intent = intentFor(action, contact);
    const isBusy = isPending(this.desk, intent.type as Command["type"], contact.id);
    return html`
      <button class="${tone} ${isShort ? "icon" : ""}" title=${hint(words, name, action)} aria-label=${name} aria-keyshortcuts=${keysOf(action)}
        aria-pressed=${pressed ?? nothing} aria-expanded=${expanded ?? nothing} aria-disabled=${isBusy}
        @click=${() => this.act(intent, isBusy)}>${icon(drawing)}${isShort ? nothing : label}</button>`;
  }

  private drawn(action: CallAction): Drawn {
    const { call, conversation, ways } = this.words;
    const { contact } = this;
    const isTogether = consultationOf(contact) === "together";
    switch (action) {
      case "hold":
        return contact.held
          ? { drawing: "play", label: conversation.resume }
          : { drawing: "pause", label: conversation.hold };
      case "mute":
        return { drawing: "micOff", label: call.mute, pressed: contact.muted };
      case "digits":
        return {
          drawing: "keypad",
          label: call.digits,
          isShort: true,
          expanded: this.desk.keypad === contact.id,
        };
      case "invite":
        return {
          drawing: "write",
          label: ways.title,
          isShort: true,
          expanded: this.desk.inviting === contact.id,
        };
      case "transfer":
        return { drawing: "transfer", label: call.transfer };
      case "park":
        return { drawing: "park", label: call.park };
      case "record":
        return {
          drawing: contact.recording === "on" ? "pause" : "record",
          label: call.recordShort,
          name: call.record[NEXT_RECORDING[contact.recording]],
        };
      case "swap":
        return {
          drawing: "swap",
          label: call.swap,
          name: contact.held ? call.toCustomer : call.toParty,
        };
      case "complete":
        return isTogether
          ? { drawing: "leave", label: call.leaveThem }
          : { drawing: "transfer", label: call.completeShort, name: call.complete, tone: "primary" };
      default:
        return { drawing: "people", label: call.conference };
    }
  }

  private stopRecording(): TemplateResult {
    const { stop } = this.words.call.record;
    const contact = this.contact.id;
    const isBusy = isPending(this.desk, "record", contact);
    return html`
      <button class="icon" title=${stop} aria-label=${stop} ?disabled=${this.desk.link !== "open"}
        aria-disabled=${isBusy} @click=${() => this.act({ type: "record", contact, action: "stop" }, isBusy)}>
        ${icon("stop")}</button>`;
  }

  /** What waits for its answer is not asked for again; really disabled, it would lose the focus. */
  private act(intent: Intent, isBusy: boolean): void {
    if (!isBusy) this.intend(intent);
  }
}
