import { css, html, type TemplateResult } from "lit";
import { customElement, query } from "lit/decorators.js";
import { keysOf, SHORTCUTS, type Shortcut } from "../desktop/shortcuts.ts";
import { dialogStyle } from "../kit/dialog.ts";
import { ToriElement } from "../kit/element.ts";

/** The list of keys. */
@customElement("tori-shortcut-help")
export class ShortcutHelp extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    dialogStyle,
    css`
      dl {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: var(--gap-s) var(--gap-l);
        margin: var(--gap-l) 0;
      }
      @media (min-width: 56rem) {
        dialog {
          width: 52rem;
        }
        dl {
          grid-template-columns: repeat(2, minmax(0, 1fr) auto);
        }
      }
      kbd {
        border: 1px solid var(--line-strong);
        border-radius: 4px;
        background: var(--sunken);
        padding: 0.1rem 0.5rem;
        font: inherit;
      }
      form {
        display: grid;
        justify-items: end;
      }
    `,
  ];

  @query("dialog") private readonly dialog!: HTMLDialogElement;

  open(): void {
    this.dialog.showModal();
  }

  override render(): TemplateResult {
    const { shortcuts, close } = this.words;
    return html`
      <dialog aria-labelledby="title">
        <h2 id="title">${shortcuts.title}</h2>
        <dl>
          ${Object.keys(SHORTCUTS).map(
            name =>
              html`<dt>${shortcuts[name as Shortcut]}</dt><dd><kbd>${keysOf(name as Shortcut).replace("+", " + ")}</kbd></dd>`,
          )}
          <dt>${shortcuts.send}</dt><dd><kbd>Ctrl + Enter</kbd></dd>
        </dl>
        <form method="dialog"><button class="primary">${close}</button></form>
      </dialog>`;
  }
}
