/** Lets an element show what the hub's API tells, kept fresh while somebody can see it. */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import { type Refusal, read } from "../desktop/api.ts";
import { Poll } from "../desktop/poll.ts";

/** Reads a path below `/api/v1` every 2 s while its element is shown in a visible page. */
export class Polling<T> implements ReactiveController {
  readonly #poll: Poll<T>;

  constructor(host: ReactiveControllerHost, path: string) {
    this.#poll = new Poll(
      () => read<T>(path),
      () => host.requestUpdate(),
    );
    host.addController(this);
  }

  get value(): T | null {
    return this.#poll.polled.value;
  }

  get refused(): Refusal | null {
    return this.#poll.polled.refused;
  }

  /** Ask at once: something was changed. */
  hurry(): void {
    this.#poll.hurry();
  }

  hostConnected(): void {
    document.addEventListener("visibilitychange", this.#look);
    this.#look();
  }

  hostDisconnected(): void {
    document.removeEventListener("visibilitychange", this.#look);
    this.#poll.stop();
  }

  readonly #look = (): void => {
    if (document.hidden) this.#poll.stop();
    else this.#poll.start();
  };
}
