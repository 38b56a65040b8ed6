import { css, html, type TemplateResult } from "lit";
import { customElement, query } from "lit/decorators.js";
import { SHORTCUTS, type Shortcut } from "../desktop/shortcuts.ts";
import { ToriElement } from "../kit/element.ts";

/** The list of keys. */
@customElement("tori-shortcut-help")
export class ShortcutHelp extends ToriElement {
  static override styles = [
    ...ToriElement.styles,
    css`
      dialog {
        width: min(26rem, calc(100vw - 2rem));
        border: 1px solid var(--line);
        border-radius: var(--round);
        background: var(--surface);
        color: var(--ink);
        padding: var(--gap-xl);
        box-shadow: var(--shadow);
      }
      dialog::backdrop {
        background: #0008;
      }
      dl {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: var(--gap-s) var(--gap-l);
        margin: var(--gap-l) 0;
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
          ${Object.entries(SHORTCUTS).map(
            ([name, code]) =>
              html`<dt>${shortcuts[name as Shortcut]}</dt><dd><kbd>Alt + ${KEYS[code] ?? code.slice(3)}</kbd></dd>`,
          )}
          <dt>${shortcuts.send}</dt><dd><kbd>Ctrl + Enter</kbd></dd>
        </dl>
        <form method="dialog"><button class="primary">${close}</button></form>
      </dialog>`;
  }
}

const KEYS: Readonly<Record<string, string>> = { ArrowUp: "↑", ArrowDown: "↓", Slash: "/" };
