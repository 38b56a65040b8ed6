import { css, html, nothing, svg, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { type Refusal, read } from "../desktop/api.ts";
import { BOX, type Box, drawn, type FlowGraph, namesOf, type Place, placesOf } from "../desktop/flow.ts";
import { ToriElement } from "../kit/element.ts";
import { word } from "../text/preferences.ts";
import { refusalStyle, staleness } from "./refusal.ts";

/** Where callers go in the menus that new calls begin with: a picture, and the same as a list. */
@customElement("tori-flow")
export class Flow extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    refusalStyle,
    css`
      :host {
        display: grid;
        gap: var(--gap-l);
      }
      .wide {
        overflow: auto;
        max-height: 60vh;
        border: 1px solid var(--line);
        border-radius: var(--round-s);
        padding: var(--gap-m);
      }
      rect {
        fill: var(--surface);
        stroke: var(--line-strong);
      }
      .number rect,
      .exit rect {
        fill: var(--sunken);
      }
      .menu rect,
      .digits rect,
      .form rect {
        fill: var(--indigo-ground);
      }
      text {
        fill: var(--ink);
        font-size: 13px;
      }
      text.words {
        fill: var(--ink-soft);
        font-size: 11px;
      }
      .arrow {
        fill: none;
        stroke: var(--line-strong);
      }
      .silent {
        stroke-dasharray: 4 4;
      }
      ol {
        display: grid;
        gap: var(--gap-m);
      }
      ol ul {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-xs) var(--gap-s);
        margin-top: var(--gap-xs);
      }
      li:focus-visible {
        outline: 2px solid var(--focus);
        outline-offset: 2px;
      }
    `,
  ];

  @state() private graph: FlowGraph | null = null;
  @state() private refused: Refusal | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  override render(): TemplateResult {
    const { words, graph } = this;
    return html`
      ${staleness(this.refused, words)}
      ${graph === null && this.refused === null ? html`<p class="soft">${words.loading}</p>` : nothing}
      ${graph === null ? nothing : html`${this.picture(graph)}${this.list(graph)}`}`;
  }

  private picture(graph: FlowGraph): TemplateResult {
    const { team } = this.words;
    const { boxes, arrows, width, height } = drawn(graph);
    return html`
      <div class="wide" tabindex="0" role="region" aria-label=${team.flow}>
        <svg role="img" aria-label=${team.flowDrawn} width=${width} height=${height} viewBox="0 0 ${width} ${height}">
          <defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0 L8 4 L0 8 z" fill="var(--line-strong)"></path></marker></defs>
          ${arrows.map(
            ({ edge, path }) => svg`
              <path class="arrow ${edge.is_silent ? "silent" : ""}" d=${path} marker-end="url(#head)">
                <title>${edge.label}</title></path>`,
          )}
          ${boxes.map(each => this.box(each))}
        </svg>
      </div>`;
  }

  private box({ node, x, y }: Box): TemplateResult<2> {
    const [name, more] = namesOf(node);
    return svg`
      <g class=${node.shape} transform="translate(${x} ${y})">
        <title>${node.label}</title>
        <rect width=${BOX.width} height=${BOX.height} rx=${node.shape === "exit" ? BOX.height / 2 : 5}></rect>
        <text x="12" y="21">${shortened(name, 22)}</text>
        <text class="words" x="12" y="40">${shortened(more, 14)}</text>
      </g>`;
  }

  private list(graph: FlowGraph): TemplateResult {
    const { team } = this.words;
    return html`
      <ol aria-label=${team.flowList}>${repeat(
        placesOf(graph),
        each => each.node.id,
        each => this.place(each),
      )}</ol>`;
  }

  private place({ node, ways }: Place): TemplateResult {
    const { team } = this.words;
    const [name, more] = namesOf(node);
    return html`
      <li id=${node.id} tabindex="-1">
        <strong>${name}</strong> <span class="soft small">${word(team.shapes, node.shape)}</span>
        ${more === "" ? nothing : html`<p class="soft small">${more}</p>`}
        ${
          ways.length === 0
            ? nothing
            : html`<ul>${ways.map(({ edge, target }) => {
                const text = team.leadsTo(edge.label, namesOf(target)[0]);
                return html`<li><button class="quiet" @click=${() => this.go(target.id)}>${text}</button></li>`;
              })}</ul>`
        }
      </li>`;
  }

  private go(id: string): void {
    this.renderRoot.querySelector<HTMLElement>(`li[id="${id}"]`)?.focus();
  }

  private async load(): Promise<void> {
    const answer = await read<FlowGraph>("/ivr/graph");
    this.refused = "refused" in answer ? answer.refused : null;
    if ("value" in answer) this.graph = answer.value;
  }
}

function shortened(text: string, length: number): string {
  const signs = [...text];
  return signs.length <= length ? text : `${signs.slice(0, length - 1).join("")}…`;
}
