import { css, html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { EachSecond, ToriElement } from "../kit/element.ts";

/** Says that the customer writes, as long as that is true. */
@customElement("tori-typing")
export class Typing extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      p {
        min-height: 1.5rem;
        padding: 0 var(--gap-s);
      }
    `,
  ];

  @property() name = "";
  /** Unix time of this machine; 0: not at all. */
  @property({ attribute: false }) untilMs = 0;

  constructor() {
    super();
    new EachSecond(this);
  }

  override render(): TemplateResult {
    const isTyping = Date.now() < this.untilMs;
    return html`<p class="soft small" role="status">${isTyping ? this.words.message.typing(this.name) : ""}</p>`;
  }
}
