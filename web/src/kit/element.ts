/** What all elements of the page are made from. */

import { LitElement, type ReactiveController } from "lit";
import type { Intent } from "../desktop/desk.ts";
import { language, words } from "../text/preferences.ts";
import type { Words } from "../text/words.ts";
import { controls } from "./controls.ts";

/** What an agent wants, on its way up to the desk. */
export class IntentEvent extends Event {
  static readonly type = "tori-intent";

  constructor(readonly intent: Intent) {
    super(IntentEvent.type, { bubbles: true, composed: true });
  }
}

/** State comes down as properties, intents go up as events; texts follow the language chosen. */
export abstract class ToriElement extends LitElement {
  static override styles = [controls];

  #unwatch = (): void => undefined;

  protected get words(): Words {
    return words();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unwatch = language.watch(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unwatch();
  }

  protected intend(intent: Intent): void {
    this.dispatchEvent(new IntentEvent(intent));
  }
}

const COUNTING = new Set<LitElement>();
let counter: ReturnType<typeof setInterval> | undefined;

/** Has an element drawn again each second, for what counts time; all in the same moment. */
export class EachSecond implements ReactiveController {
  constructor(private readonly host: LitElement) {
    host.addController(this);
  }

  hostConnected(): void {
    COUNTING.add(this.host);
    counter ??= setInterval(() => {
      for (const each of COUNTING) each.requestUpdate();
    }, 1000);
  }

  hostDisconnected(): void {
    COUNTING.delete(this.host);
    if (COUNTING.size > 0) return;
    clearInterval(counter);
    counter = undefined;
  }
}

/** Keeps the focus in an element whose focused control goes, on the first that there is. */
export class KeepFocus implements ReactiveController {
  private hadFocus = false;

  constructor(private readonly host: LitElement) {
    host.addController(this);
  }

  hostUpdate(): void {
    this.hadFocus = Boolean(this.host.shadowRoot?.activeElement);
  }

  hostUpdated(): void {
    const root = this.host.shadowRoot;
    if (this.hadFocus && root?.activeElement === null) {
      root.querySelector<HTMLElement>("button:not(:disabled)")?.focus();
    }
  }
}

/** The element that has the focus, through all shadow roots. */
export function focused(): HTMLElement | null {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at instanceof HTMLElement && at !== document.body ? at : null;
}
