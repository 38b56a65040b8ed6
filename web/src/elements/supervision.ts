import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { read } from "../desktop/api.ts";
import type { Directory } from "../desktop/floor.ts";
import type { DeskState } from "../desktop/state.ts";
import { ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import type { Supervision } from "../protocol.ts";
import "./supervise-buttons.ts";

/** Reminds a supervisor that he is in somebody's call, wherever in the page he is. */
@customElement("tori-supervision")
export class SupervisionBar extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      section {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-s) var(--gap-l);
        border-bottom: 1px solid var(--line);
        background: var(--indigo-ground);
        padding: var(--gap-s) var(--gap-xl);
      }
      p {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        color: var(--indigo);
        font-weight: 600;
      }
      tori-supervise-buttons {
        margin-left: auto;
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property({ attribute: false }) supervision!: Supervision;

  @state() private names: ReadonlyMap<string, string> = new Map();

  override connectedCallback(): void {
    super.connectedCallback();
    void this.learnNames();
  }

  override render(): TemplateResult {
    const words = this.words.supervision;
    const { contact, agent, mode, state: how } = this.supervision;
    const name = this.names.get(agent) ?? agent;
    const text = how === "ringing" ? words.ringing(name) : words.on(name);
    return html`
      <section aria-label=${words.modes[mode]}>
        <p role="status">${icon(how === "ringing" ? "clock" : "ear")}${text}</p>
        ${
          // In the team's view they stand beside the agent.
          this.desk.view === "team"
            ? nothing
            : html`<tori-supervise-buttons .desk=${this.desk} .contact=${contact} .agent=${name}></tori-supervise-buttons>`
        }
      </section>`;
  }

  private async learnNames(): Promise<void> {
    const answer = await read<Directory>("/directory");
    if ("value" in answer) this.names = new Map(answer.value.agents.map(each => [each.id, each.name]));
  }
}
