import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { change, type Refusal } from "../desktop/api.ts";
import { ToriElement } from "../kit/element.ts";
import { channelIcon } from "../kit/icons.ts";
import { Polling } from "../kit/polling.ts";
import type { Channel } from "../protocol.ts";
import { address, dateAndTime } from "../text/format.ts";
import { language, word } from "../text/preferences.ts";
import { refusalStyle, staleness } from "./refusal.ts";

interface DeadLetter {
  readonly kind: "in" | "out";
  readonly channel: Channel;
  readonly key: string;
  readonly address: string;
  readonly reason: string;
  readonly attempts: number;
  readonly stored_ms: number;
}

/** What could not be delivered, and another try at it. */
@customElement("tori-dead-letters")
export class DeadLetterList extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    refusalStyle,
    css`
      :host {
        display: grid;
        gap: var(--gap-m);
      }
      li {
        display: grid;
        grid-template-columns: 9rem 9rem minmax(8rem, 14rem) minmax(0, 1fr) auto;
        align-items: center;
        gap: var(--gap-xs) var(--gap-m);
        border-top: 1px solid var(--line);
        padding: var(--gap-xs) 0;
      }
      .channel {
        display: flex;
        align-items: center;
        gap: var(--gap-xs);
      }
      .reason {
        overflow-wrap: anywhere;
      }
      @media (max-width: 68rem) {
        li {
          grid-template-columns: minmax(0, 1fr);
          justify-items: start;
        }
      }
    `,
  ];

  @state() private refused: Refusal | null = null;
  @state() private said = "";
  private readonly letters = new Polling<{ readonly dead_letters: readonly DeadLetter[] }>(
    this,
    "/dead-letters",
  );

  override render(): TemplateResult {
    const { words, letters } = this;
    const { team } = words;
    const found = letters.value?.dead_letters ?? null;
    return html`
      ${staleness(this.refused ?? letters.refused, words)}
      <div class="unseen" role="status">${this.said}</div>
      ${found === null && letters.refused === null ? html`<p class="soft">${words.loading}</p>` : nothing}
      ${found?.length === 0 ? html`<p class="soft">${team.noDeadLetters}</p>` : nothing}
      <ul aria-label=${team.deadLetters}>${repeat(
        found ?? [],
        each => `${each.kind} ${each.channel} ${each.key}`,
        each => this.letter(each),
      )}</ul>`;
  }

  private letter(letter: DeadLetter): TemplateResult {
    const { words } = this;
    const { team } = words;
    const where = address(letter.address);
    return html`
      <li>
        <span class="number">${dateAndTime(letter.stored_ms, language.value)}</span>
        <span class="channel">${channelIcon(letter.channel)}${word(words.channels, letter.channel)}
          <span class="soft small">${word(team.direction, letter.kind)}</span></span>
        <span class="cut">${where}</span>
        <span class="reason">${letter.reason} <span class="soft small">${team.tries(letter.attempts)}</span></span>
        <button aria-label="${team.resend}: ${where}" @click=${() => this.resend(letter)}>${team.resend}</button>
      </li>`;
  }

  private async resend({ kind, channel, key }: DeadLetter): Promise<void> {
    this.refused = await change("POST", "/dead-letters/resend", { kind, channel, key });
    this.said = this.refused === null ? this.words.team.resent : "";
    this.letters.hurry();
  }
}
