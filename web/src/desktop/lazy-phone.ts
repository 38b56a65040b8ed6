/** The browser's phone, loaded when it is wanted: most agents have another. */

import type { DeskPhone, DeskPhonePorts } from "../phone/desk-phone.ts";
import type { PhoneAct } from "./phone.ts";

export class LazyPhone {
  readonly #ports: DeskPhonePorts;
  #phone: Promise<DeskPhone> | null = null;

  constructor(ports: DeskPhonePorts) {
    this.#ports = ports;
  }

  async perform(asked: PhoneAct): Promise<void> {
    if (this.#phone === null && asked.act !== "on") return;
    this.#phone ??= import("../phone/desk-phone.ts").then(({ DeskPhone }) => new DeskPhone(this.#ports));
    try {
      (await this.#phone).perform(asked);
    } catch {
      this.#phone = null; // the server was away: the next time it is asked again
    }
  }

  /** The machine went to another network. */
  moved(): void {
    void this.#phone?.then(phone => phone.moved());
  }

  /** Switch it off; may be called twice. */
  stop(): void {
    void this.perform({ act: "off" });
  }
}
