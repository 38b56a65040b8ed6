/** The page's shell: holds the state, tells who listens, and carries commands to the hub. */

import type { Command, HubEvent, MessageFile } from "../protocol.ts";
import type { Answer } from "./api.ts";
import type { LinkPorts } from "./link.ts";
import { Link } from "./link.ts";
import type { PhoneIntent } from "./phone.ts";
import { reduce } from "./reduce.ts";
import type { Attached, DeskEvent, DeskState, LinkState, LocalIntent } from "./state.ts";
import { INITIAL } from "./state.ts";

/** What an agent can do here. */
export type Intent = Command | LocalIntent | Attach | PhoneIntent;

/** A file is to go out with the next message of a contact; `key` is made by the page. */
export interface Attach {
  readonly type: "attach";
  readonly contact: string;
  readonly key: string;
  readonly file: File;
}

/** What the browser's phone is asked for goes to it. */
export type ToPhone = (intent: PhoneIntent) => void;

/** Called after each event, with the state before and after it. */
export type Listener = (event: DeskEvent, before: DeskState, after: DeskState) => void;

export interface DeskPorts extends Pick<LinkPorts, "open" | "isSignedIn" | "random"> {
  readonly nowMs: () => number;
  /** Brings a file to the hub. */
  readonly bring: (contact: string, file: File) => Promise<Answer<MessageFile>>;
  readonly toPhone?: ToPhone;
}

/** Longer than the hub takes for its own "not available" (10 s). */
const ANSWER_MS = 15_000;

const LOCAL: Readonly<Record<LocalIntent["type"], true>> = {
  contact_selected: true,
  draft_changed: true,
  file_attached: true,
  file_detached: true,
  wrap_up_changed: true,
  wrap_up_discarded: true,
  notice_dismissed: true,
  dialog_opened: true,
  dialog_closed: true,
  keypad_toggled: true,
  ways_toggled: true,
  refusal_dismissed: true,
  view_chosen: true,
};

/** One agent's desk, from `start()` to `stop()`. */
export class Desk {
  #state: DeskState = INITIAL;
  readonly #link: Link;
  readonly #nowMs: () => number;
  readonly #bring: DeskPorts["bring"];
  readonly #toPhone: ToPhone;
  readonly #listeners = new Set<Listener>();
  readonly #deadlines = new Map<string, ReturnType<typeof setTimeout>>();

  constructor({ nowMs, bring, toPhone = () => undefined, ...ports }: DeskPorts) {
    this.#nowMs = nowMs;
    this.#bring = bring;
    this.#toPhone = toPhone;
    this.#link = new Link({
      ...ports,
      onEvent: event => this.#heard(event),
      onChange: link => this.#linkChanged(link),
    });
  }

  get state(): DeskState {
    return this.#state;
  }

  /** Be told of every event; returns how to stop that. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#link.start();
  }

  /** Leave: the link is closed and everything is forgotten. */
  stop(): void {
    this.#link.stop();
    this.#linkChanged("ended");
  }

  hurry(): void {
    this.#link.hurry();
  }

  perform(intent: Intent): void {
    if (intent.type === "attach") {
      void this.#attach(intent);
      return;
    }
    if (intent.type === "phone_act") {
      this.#toPhone(intent);
      return;
    }
    if (isLocal(intent)) {
      this.dispatch(intent);
      return;
    }
    if (intent.type === "send") this.dispatch({ ...intent, type: "message_posted" });
    this.#transmit(intent);
  }

  dispatch(event: DeskEvent): void {
    const before = this.#state;
    this.#state = reduce(before, event, this.#nowMs());
    for (const listener of this.#listeners) listener(event, before, this.#state);
  }

  /** Bring a file; one that the agent took away meanwhile stays away. */
  async #attach({ contact, key, file }: Attach): Promise<void> {
    const waiting: Attached = { key, name: file.name, file: null, refused: null };
    this.dispatch({ type: "file_attached", contact, attached: waiting });
    const answer = await this.#bring(contact, file);
    if (!this.#state.attached[contact]?.some(each => each.key === key)) return;
    const settled =
      "refused" in answer ? { ...waiting, refused: answer.refused } : { ...waiting, file: answer.value };
    this.dispatch({ type: "file_attached", contact, attached: settled });
  }

  #transmit(command: Command): void {
    const ref = this.#link.send(command);
    if (ref !== null) {
      this.#deadlines.set(
        ref,
        setTimeout(() => this.#unanswered(ref), ANSWER_MS),
      );
      this.dispatch({ type: "command_sent", ref, command });
    } else if (command.type !== "send") {
      this.dispatch({ type: "command_unsent", command });
    }
  }

  #heard(event: HubEvent): void {
    if (event.type === "ack" || event.type === "error") this.#settled(event.ref);
    this.dispatch(event);
    if (event.type === "welcome") this.#sendAgain();
  }

  /** What was written while the link was away, or may have been lost with it: the hub knows it by its id. */
  #sendAgain(): void {
    for (const { post, refused } of this.#state.outgoing) {
      if (!refused) this.#transmit({ ...post, type: "send" });
    }
  }

  #linkChanged(link: LinkState): void {
    this.dispatch({ type: "link_changed", link });
    if (link === "connecting") return;
    for (const ref of [...this.#deadlines.keys()]) this.#unanswered(ref);
  }

  #unanswered(ref: string): void {
    this.#settled(ref);
    this.dispatch({ type: "command_unanswered", ref });
  }

  #settled(ref: string): void {
    clearTimeout(this.#deadlines.get(ref));
    this.#deadlines.delete(ref);
  }
}

function isLocal(intent: Intent): intent is LocalIntent {
  return Object.hasOwn(LOCAL, intent.type);
}
