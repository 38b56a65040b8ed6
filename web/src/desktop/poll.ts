/** Asking again and again, while somebody looks. */

import type { Answer, Refusal } from "./api.ts";

/** What was told last, and why nothing newer was, if so. */
export interface Polled<T> {
  readonly value: T | null;
  readonly refused: Refusal | null;
}

const EACH_MS = 2_000;

/** Reads at once on `start()`, then 2 s after each answer until `stop()`; what was told last stays. */
export class Poll<T> {
  readonly #read: () => Promise<Answer<T>>;
  readonly #onChange: () => void;
  #polled: Polled<T> = { value: null, refused: null };
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Which start an answer belongs to: one that comes after the stop is not heard. */
  #run = 0;
  #isRunning = false;

  constructor(read: () => Promise<Answer<T>>, onChange: () => void) {
    this.#read = read;
    this.#onChange = onChange;
  }

  get polled(): Polled<T> {
    return this.#polled;
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#go(this.#run);
  }

  /** Ask no more; may be called twice. */
  stop(): void {
    this.#isRunning = false;
    this.#run += 1;
    clearTimeout(this.#timer);
  }

  /** Ask at once: something was changed. */
  hurry(): void {
    if (!this.#isRunning) return;
    this.stop();
    this.start();
  }

  async #go(run: number): Promise<void> {
    const answer = await this.#read();
    if (run !== this.#run) return;
    this.#polled =
      "refused" in answer
        ? { value: this.#polled.value, refused: answer.refused }
        : { value: answer.value, refused: null };
    this.#onChange();
    this.#timer = setTimeout(() => void this.#go(run), EACH_MS);
  }
}
