import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { type Refusal, read } from "../desktop/api.ts";
import { packageText, type StickerPackage, stickerText } from "../desktop/besides.ts";
import { ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import type { Sticker } from "../protocol.ts";
import { language } from "../text/preferences.ts";
import { panelStyle } from "./besides.ts";
import { refusalStyle, staleness } from "./refusal.ts";

const PICTURES = {
  ja: "https://developers.line.biz/ja/docs/messaging-api/sticker-list/",
  en: "https://developers.line.biz/en/docs/messaging-api/sticker-list/",
};

/** This sticker is to be sent. */
export class StickerChosen extends Event {
  constructor(readonly sticker: Sticker) {
    super("tori-sticker", { bubbles: true, composed: true });
  }
}

/** Where a sticker is chosen, by words: no picture is loaded from elsewhere. Fires `tori-sticker`. */
@customElement("tori-stickers")
export class Stickers extends ToriElement {
  static override styles = [...ToriElement.styles, refusalStyle, panelStyle];

  @property() channel = "";
  @state() private packages: readonly StickerPackage[] = [];
  @state() private refused: Refusal | null = null;
  @state() private at = 0;
  @query("select") private readonly field!: HTMLSelectElement;
  @query("#sticker") private readonly chosen!: HTMLSelectElement;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  override render(): TemplateResult {
    const words = this.words.message;
    const shown = this.packages[this.at];
    return html`
      ${staleness(this.refused, this.words)}
      <label>${words.stickerPackage}<select @change=${this.change}>
        ${this.packages.map((each, at) => html`<option value=${at}>${packageText(each, language.value)}</option>`)}
      </select></label>
      <label>${words.whichSticker}<select id="sticker" .value=${shown?.stickers[0]?.id ?? ""}>
        ${shown?.stickers.map(each => html`<option value=${each.id}>${stickerText(each, language.value)}</option>`) ?? nothing}
      </select></label>
      <a class="small" href=${PICTURES[language.value]} target="_blank" rel="noopener noreferrer">${words.stickersPictured}</a>
      <button type="button" ?disabled=${shown === undefined} @click=${this.send}>
        ${icon("sticker")}${words.sendSticker}</button>`;
  }

  override focus(): void {
    void this.updateComplete.then(() => this.field.focus());
  }

  private readonly change = (): void => {
    this.at = Number(this.field.value);
  };

  private readonly send = (): void => {
    const shown = this.packages[this.at];
    if (shown === undefined) return;
    this.dispatchEvent(new StickerChosen({ package: shown.id, sticker: this.chosen.value }));
  };

  private async load(): Promise<void> {
    const path = `/stickers?channel=${encodeURIComponent(this.channel)}`;
    const answer = await read<{ readonly packages: readonly StickerPackage[] }>(path);
    this.refused = "refused" in answer ? answer.refused : null;
    this.packages = "refused" in answer ? [] : answer.value.packages;
  }
}
