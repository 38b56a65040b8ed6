/** What lies over the page until it is answered: a modal dialog that is there exactly while its element is. */

import { css } from "lit";
import { query } from "lit/decorators.js";
import { focused, ToriElement } from "./element.ts";

export const dialogStyle = css`
  dialog {
    width: min(26rem, calc(100vw - 2rem));
    max-height: calc(100dvh - 2rem);
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
  .foot {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--gap-s);
  }
`;

/** An element that draws one `dialog`; closing it is the intent `dialog_closed`. */
export abstract class ToriDialog extends ToriElement {
  @query("dialog") private readonly dialog!: HTMLDialogElement;
  private opener: HTMLElement | null = null;

  override firstUpdated(): void {
    this.opener = focused();
    this.dialog.showModal();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // Taken away with its element, a dialog does not give the focus back by itself.
    if (this.opener?.isConnected) this.opener.focus();
  }

  protected readonly closed = (): void => this.intend({ type: "dialog_closed" });

  protected readonly close = (): void => this.dialog.close();
}
