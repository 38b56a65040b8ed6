import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Refusal } from "../desktop/api.ts";
import type { Attached } from "../desktop/state.ts";
import { ToriElement } from "../kit/element.ts";
import { icon } from "../kit/icons.ts";
import { fileSize } from "../text/format.ts";
import { language } from "../text/preferences.ts";

/** The files that go out with the next message. */
@customElement("tori-attached")
export class AttachedFiles extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-xs);
      }
      li {
        display: flex;
        align-items: center;
        gap: var(--gap-s);
        max-width: 100%;
        border: 1px solid var(--line);
        border-radius: var(--round-s);
        background: var(--surface);
        padding-left: var(--gap-s);
      }
      .name {
        display: grid;
        min-width: 0;
      }
      .bad {
        color: var(--vermilion);
      }
    `,
  ];

  @property({ attribute: false }) contact!: string;
  @property({ attribute: false }) files: readonly Attached[] = [];

  override render(): TemplateResult | typeof nothing {
    const { words, files } = this;
    if (files.length === 0) return nothing;
    return html`<ul aria-label=${words.message.attached}>${repeat(
      files,
      each => each.key,
      each => {
        const label = words.message.detach(each.name);
        return html`
          <li>${icon("file")}<span class="name"><span class="cut">${each.name}</span>${this.progress(each)}</span>
            <button type="button" class="quiet icon" title=${label} aria-label=${label}
              @click=${() => this.intend({ type: "file_detached", contact: this.contact, key: each.key })}>
              ${icon("close")}</button></li>`;
      },
    )}</ul>`;
  }

  private progress({ file, refused }: Attached): TemplateResult {
    if (refused !== null) {
      return html`<span class="small bad" role="alert">${this.told(refused)}</span>`;
    }
    const text = file === null ? this.words.message.uploading : fileSize(file.size, language.value);
    return html`<span class="small soft" role="status">${text}</span>`;
  }

  private told(refused: Refusal): string {
    return refused === "unreachable" ? this.words.unreachable : refused[language.value];
  }
}
