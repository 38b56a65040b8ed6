import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { change, type Refusal } from "../desktop/api.ts";
import type { Directory, DirectoryAgent } from "../desktop/floor.ts";
import type { DeskState } from "../desktop/state.ts";
import { dialogStyle, ToriDialog } from "../kit/dialog.ts";
import { ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import { Polling } from "../kit/polling.ts";
import type { Presence } from "../protocol.ts";
import { word } from "../text/preferences.ts";
import { REASONS } from "../text/words.ts";
import { refusal, refusalStyle, staleness } from "./refusal.ts";

const PRESENCES: readonly Presence[] = ["available", "not_ready"];

/** What a supervisor can change of an agent: presence, queues, and whether he is there at all. */
@customElement("tori-agent-dialog")
export class AgentDialog extends ToriDialog {
  static override styles = [
    ...ToriElement.styles,
    dialogStyle,
    refusalStyle,
    css`
      dialog > :not(:first-child) {
        margin-top: var(--gap-l);
      }
      h3 {
        margin-bottom: var(--gap-xs);
        color: var(--ink-soft);
        font-size: var(--text-s);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--gap-s);
      }
      select {
        flex: 1;
      }
      li {
        display: flex;
        align-items: center;
        justify-content: space-between;
      }
      .done {
        color: var(--pine);
      }
    `,
  ];

  @property({ attribute: false }) desk!: DeskState;
  @property() agent = "";
  @state() private isBusy = false;
  @state() private refused: Refusal | null = null;
  @state() private done = "";
  /** Logging off asks once more. */
  @state() private isSure = false;
  @query("#presence") private readonly presence!: HTMLSelectElement;
  @query("#queue") private readonly queue!: HTMLSelectElement;
  private readonly directory = new Polling<Directory>(this, "/directory");

  override render(): TemplateResult {
    const { words } = this;
    const agent = this.directory.value?.agents.find(each => each.id === this.agent);
    return html`
      <dialog aria-labelledby="title" @close=${this.closed}>
        <h2 id="title">${words.team.manageOf(agent?.name ?? this.agent)}</h2>
        ${agent ? html`${this.presences(agent)}${this.queues(agent)}${this.logOff(agent)}` : html`<p class="soft">${words.loading}</p>`}
        ${staleness(this.directory.refused, words)}
        ${refusal(this.refused === "unreachable" ? "unanswered" : (this.refused ?? undefined), words)}
        <p class="done" role="status">${this.done}</p>
        <div class="foot"><button title=${words.close} @click=${this.close}>${words.close}</button></div>
      </dialog>`;
  }

  private presences(agent: DirectoryAgent): TemplateResult {
    const { words } = this;
    const { presence } = words;
    const reasons = REASONS.map(each => [
      `not_ready ${each}`,
      `${presence.names.not_ready}: ${presence.reasons[each]}`,
    ]);
    const choices = [...PRESENCES.map(each => [each, presence.names[each]]), ...reasons];
    const current = agent.reason === "" ? agent.presence : `${agent.presence} ${agent.reason}`;
    return html`
      <section aria-labelledby="now"><h3 id="now">${words.team.presence}: ${word(presence.names, agent.presence)}</h3>
        <div class="row">
          <select id="presence" title=${words.team.presence} aria-label=${words.team.presence}>
            ${choices.map(([value, name]) => html`<option value=${value} ?selected=${value === current}>${name}</option>`)}
          </select>
          <button title=${words.team.change} ?disabled=${this.isBusy || agent.presence === "offline"}
            @click=${this.changePresence}>${words.team.change}</button>
        </div>
      </section>`;
  }

  private queues({ queues }: DirectoryAgent): TemplateResult {
    const { team } = this.words;
    const others = (this.directory.value?.queues ?? []).filter(each => !queues.includes(each.name));
    return html`
      <section aria-labelledby="member"><h3 id="member">${team.memberOf}</h3>
        ${queues.length === 0 ? html`<p class="soft">${team.noQueue}</p>` : nothing}
        <ul>${queues.map(
          each => html`<li>${each}<button class="quiet icon" title=${team.takeFrom(each)} aria-label=${team.takeFrom(each)}
            ?disabled=${this.isBusy} @click=${() => this.leaveQueue(each)}>${icon("close")}</button></li>`,
        )}</ul>
        ${
          others.length === 0
            ? nothing
            : html`<div class="row">
                <select id="queue" title=${team.addTo} aria-label=${team.addTo}>
                  ${others.map(each => html`<option value=${each.name}>${each.name}</option>`)}
                </select>
                <button title=${team.add} ?disabled=${this.isBusy} @click=${this.joinQueue}>${icon("add")}${team.add}</button>
              </div>`
        }
      </section>`;
  }

  private logOff(agent: DirectoryAgent): TemplateResult | typeof nothing {
    const { words } = this;
    const { team } = words;
    if (agent.presence === "offline") return nothing;
    if (!this.isSure) {
      return html`<button class="danger" title=${team.logOffHint} @click=${this.ask}>${icon("leave")}${team.logOff}</button>`;
    }
    return html`
      <section role="group" aria-labelledby="sure" aria-describedby="then">
        <p id="sure">${team.logOffAsk(agent.name)}</p><p id="then" class="soft small">${team.logOffHint}</p>
        <div class="row">
          <button title=${words.cancel} @click=${this.ask}>${words.cancel}</button>
          <button class="danger" title=${team.logOff} ?disabled=${this.isBusy} @click=${this.confirm}>
            ${icon("leave")}${team.logOff}</button>
        </div>
      </section>`;
  }

  private readonly ask = (): void => {
    this.isSure = !this.isSure;
  };

  private readonly changePresence = (): void => {
    const [presence, reason = ""] = this.presence.value.split(" ");
    void this.request("PUT", `${this.path}/presence`, this.words.team.changed, { presence, reason });
  };

  private readonly joinQueue = (): void => {
    const path = `/queues/${encodeURIComponent(this.queue.value)}/members`;
    void this.request("POST", path, this.words.team.changed, { agent: this.agent });
  };

  private leaveQueue(queue: string): void {
    const path = `/queues/${encodeURIComponent(queue)}/members/${encodeURIComponent(this.agent)}`;
    void this.request("DELETE", path, this.words.team.changed);
  }

  private readonly confirm = (): void => {
    this.isSure = false;
    void this.request("POST", `${this.path}/log-off`, this.words.team.loggedOff);
  };

  private get path(): string {
    return `/agents/${encodeURIComponent(this.agent)}`;
  }

  private async request(
    method: "POST" | "PUT" | "DELETE",
    path: string,
    done: string,
    body?: object,
  ): Promise<void> {
    this.isBusy = true;
    this.done = "";
    this.refused = await change(method, path, body);
    this.isBusy = false;
    if (this.refused === null) this.done = done;
    this.directory.hurry();
  }
}
