/** What an agent's page knows: one immutable value, and what changes it. */

import type {
  Agent,
  Bilingual,
  Command,
  Contact,
  Disposition,
  HubEvent,
  JourneyItem,
  Message,
  Offer,
  Presence,
  ScreenPop,
  Supervision,
} from "../protocol.ts";

/** `waiting`: lost, and the next try is planned. `ended`: nobody is signed in any more. */
export type LinkState = "connecting" | "open" | "waiting" | "ended";

/** What the page itself has to tell the agent, by its key in the dictionary. */
export type NoticeCode =
  | "no_link"
  | "unanswered"
  | "not_sent"
  | "no_answer"
  | "taken"
  | "left"
  | "removed"
  | "contacts_open";

export interface Notice {
  readonly id: number;
  readonly content: NoticeCode | Bilingual;
}

/** A message of ours that the hub has not shown yet. `refused`: the agent decides whether to try again. */
export interface Outgoing {
  readonly contact: string;
  readonly message: Message;
  readonly refused: boolean;
}

/** Something that happened since the screen pop was made; `key` is the conversation's. */
export interface Observed {
  readonly key: string;
  readonly item: JourneyItem;
}

export interface WrapUpDraft {
  readonly disposition: string;
  readonly note: string;
}

export interface DeskState {
  readonly link: LinkState;
  readonly agent: Agent | null;
  readonly presence: Presence;
  readonly presenceReason: string;
  /** Hub's clock minus ours. */
  readonly skewMs: number;
  readonly dispositions: readonly Disposition[];
  readonly offers: readonly Offer[];
  /** In the order in which they came to this agent. `ended`: the hub is done with it, the agent's draft is not. */
  readonly contacts: readonly Contact[];
  /** The call of another agent that this one, a supervisor, is in or is rung for. */
  readonly supervision: Supervision | null;
  /** By contact. Those of contacts that are neither offered nor ours are forgotten. */
  readonly pops: Readonly<Record<string, ScreenPop>>;
  readonly observed: readonly Observed[];
  readonly outgoing: readonly Outgoing[];
  /** Commands that are not answered yet, by `ref`. */
  readonly pending: Readonly<Record<string, Command>>;
  readonly notices: readonly Notice[];
  /** The contact whose conversation is shown. */
  readonly selected: string | null;
  /** Messages that came while another conversation was shown, by contact. */
  readonly unread: Readonly<Record<string, number>>;
  readonly drafts: Readonly<Record<string, string>>;
  readonly wrapUps: Readonly<Record<string, WrapUpDraft>>;
}

/** What the agent wrote; `message` is its id. */
export type Post = Omit<Extract<Command, { type: "send" }>, "type">;

/** What happens in the page itself. */
export type PageEvent =
  | { readonly type: "link_changed"; readonly link: LinkState }
  | ({ readonly type: "message_posted" } & Post)
  | { readonly type: "command_sent"; readonly ref: string; readonly command: Command }
  /** The hub did not answer in time, or the link was lost before it did. */
  | { readonly type: "command_unanswered"; readonly ref: string }
  | { readonly type: "noticed"; readonly notice: NoticeCode }
  | LocalIntent;

/** What the agent does that concerns only the page. */
export type LocalIntent =
  | { readonly type: "contact_selected"; readonly contact: string | null }
  | { readonly type: "draft_changed"; readonly contact: string; readonly text: string }
  | { readonly type: "wrap_up_changed"; readonly contact: string; readonly draft: WrapUpDraft }
  | { readonly type: "wrap_up_discarded"; readonly contact: string }
  | { readonly type: "notice_dismissed"; readonly notice: number };

export type DeskEvent = HubEvent | PageEvent;

export const INITIAL: DeskState = {
  link: "connecting",
  agent: null,
  presence: "offline",
  presenceReason: "",
  skewMs: 0,
  dispositions: [],
  offers: [],
  contacts: [],
  supervision: null,
  pops: {},
  observed: [],
  outgoing: [],
  pending: {},
  notices: [],
  selected: null,
  unread: {},
  drafts: {},
  wrapUps: {},
};

export const NO_WRAP_UP: WrapUpDraft = { disposition: "", note: "" };
