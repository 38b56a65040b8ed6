import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { type AgentView, agentsOf, type Directory, type FloorCalls, queuesOf } from "../desktop/floor.ts";
import type { DeskState } from "../desktop/state.ts";
import { EachSecond, ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import { Polling } from "../kit/polling.ts";
import { customerName, duration } from "../text/format.ts";
import { word } from "../text/preferences.ts";
import { refusalAt, refusalStyle, staleness } from "./refusal.ts";
import { teamStyle } from "./team-style.ts";
import "./audit.ts";
import "./flow.ts";
import "./dead-letters.ts";
import "./recordings.ts";
import "./supervise-buttons.ts";
import "./team-queue.ts";

const PARTS = ["floor", "recordings", "flow", "deadLetters", "audit"] as const;
type Part = (typeof PARTS)[number];

/** What a supervisor sees of the floor: each agent, each queue, and how to come into a call. */
@customElement("tori-team")
export class Team extends ToriElement {
  static override styles = [...ToriElement.styles, refusalStyle, teamStyle];

  @property({ attribute: false }) desk!: DeskState;
  @state() private chosen: Part = "floor";
  private readonly directory = new Polling<Directory>(this, "/directory");
  private readonly floor = new Polling<FloorCalls>(this, "/calls");

  constructor() {
    super();
    new EachSecond(this);
  }

  override render(): TemplateResult {
    const { words } = this;
    return html`
      <header>
        <h2>${words.team.title}</h2>
        <nav aria-label=${words.team.parts}>${this.parts().map(
          each => html`<button class="quiet" title=${words.team[each]} aria-current=${each === this.chosen ? "page" : "false"}
            @click=${() => this.choose(each)}>${words.team[each]}</button>`,
        )}</nav>
        <button class="quiet icon" title=${words.team.close} aria-label=${words.team.close}
          @click=${() => this.intend({ type: "view_chosen", view: "desk" })}>${icon("close")}</button>
      </header>
      <div class="parts">${this.shown()}</div>`;
  }

  private shown(): TemplateResult {
    if (this.chosen === "recordings") return html`<tori-recordings></tori-recordings>`;
    if (this.chosen === "flow") return html`<tori-flow></tori-flow>`;
    if (this.chosen === "deadLetters") return html`<tori-dead-letters></tori-dead-letters>`;
    if (this.chosen === "audit") return html`<tori-audit></tori-audit>`;
    const { words, directory, floor } = this;
    const isKnown = directory.value !== null;
    return html`
      ${staleness(directory.refused ?? floor.refused, words)}
      ${isKnown || directory.refused ? nothing : html`<p class="soft">${words.loading}</p>`}
      ${isKnown ? html`${this.agents()}${this.queues()}` : nothing}`;
  }

  /** The audit log is for administrators. */
  private parts(): readonly Part[] {
    return PARTS.filter(each => each !== "audit" || this.desk.agent?.role === "admin");
  }

  private choose(part: Part): void {
    this.chosen = part;
  }

  private agents(): TemplateResult {
    const { team } = this.words;
    const views = agentsOf(this.directory.value, this.floor.value);
    return html`
      <section aria-labelledby="agents"><h3 id="agents">${team.agents}</h3>
        ${views.length === 0 ? html`<p class="soft">${team.noAgents}</p>` : nothing}
        <ul class="agents">${repeat(
          views,
          each => each.agent.id,
          each => this.agent(each),
        )}</ul>
      </section>`;
  }

  private agent({ agent, call }: AgentView): TemplateResult {
    const { words, desk } = this;
    const isSelf = agent.id === desk.agent?.id;
    const isTalking = call?.state === "connected";
    const label = words.team.manageOf(agent.name);
    return html`
      <li>
        <p class="name cut">${agent.name}${isSelf ? html`<span class="soft small"> ${words.team.self}</span>` : nothing}</p>
        <p class="presence small ${agent.presence}">${word(words.presence.names, agent.presence)}
          ${agent.presence === "not_ready" && agent.reason !== "" ? word(words.presence.reasons, agent.reason) : nothing}</p>
        <p class="doing small">${this.doing({ agent, call })}</p>
        <div class="actions">
          ${
            isTalking && !isSelf && call
              ? html`<tori-supervise-buttons .desk=${desk} .contact=${call.contact} .agent=${agent.name}></tori-supervise-buttons>`
              : nothing
          }
          <button class="quiet icon" title=${label} aria-label=${label}
            @click=${() => this.intend({ type: "dialog_opened", dialog: { kind: "agent", agent: agent.id } })}>
            ${icon("sliders")}</button>
        </div>
        ${call === null || isSelf ? nothing : refusalAt(desk, call.contact, words, () => this.intend({ type: "refusal_dismissed", place: call.contact }))}
      </li>`;
  }

  private doing({ agent, call }: AgentView): TemplateResult {
    const { words, desk } = this;
    if (call === null) {
      return html`<span class="soft">${agent.is_on_call ? words.team.onPhone : words.team.idle}</span>`;
    }
    const since = duration(Date.now() + desk.skewMs - call.since_ms);
    const state =
      call.state === "wrap_up"
        ? words.wrapUp.title
        : call.held
          ? words.conversation.onHold
          : words.conversation.onCall;
    const tone = call.state === "connected" && !call.held ? "call" : "held";
    return html`<span class="state number ${tone}">${state} ${since}</span>
      <span class="cut">${customerName(call.name, call.address, words)}</span>
      <span class="soft">${call.queue}</span>`;
  }

  private queues(): TemplateResult {
    const { team } = this.words;
    const queues = queuesOf(this.directory.value, this.floor.value);
    const names = new Map(this.directory.value?.agents.map(each => [each.id, each.name]));
    return html`
      <section aria-labelledby="queues"><h3 id="queues">${team.queues}</h3>
        ${queues.length === 0 ? html`<p class="soft">${team.noQueues}</p>` : nothing}
        <ul class="queues">${repeat(
          queues,
          each => each.name,
          each =>
            html`<li><tori-team-queue .queue=${each} .names=${names} .skewMs=${this.desk.skewMs}></tori-team-queue></li>`,
        )}</ul>
      </section>`;
  }
}
