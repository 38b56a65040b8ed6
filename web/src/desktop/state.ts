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
  MessageFile,
  Offer,
  PhoneKind,
  Presence,
  ScreenPop,
  Supervision,
  TranscriptLine,
  Way,
} from "../protocol.ts";
import type { Refusal } from "./api.ts";
import { NO_PHONE, type PhoneState } from "./phone.ts";

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
  | "contacts_open"
  | "party_no_answer"
  | "party_left"
  | "supervisor_no_answer"
  | "supervisor_busy"
  | "supervisor_unreachable"
  | "supervisor_refused";

export interface Notice {
  readonly id: number;
  readonly content: NoticeCode | Bilingual;
}

/** A message of ours that the hub has not shown yet. `refused`: the agent decides whether to try again. */
export interface Outgoing {
  readonly contact: string;
  /** What sent it. */
  readonly post: Post;
  readonly message: Message;
  readonly refused: boolean;
}

/** Something that happened since the screen pop was made; `key` is the conversation's. */
export interface Observed {
  readonly key: string;
  readonly item: JourneyItem;
}

/** A file that is to go out with the next message; `file` once the hub has it, `refused` if it takes it not. */
export interface Attached {
  readonly key: string;
  readonly name: string;
  readonly file: MessageFile | null;
  readonly refused: Refusal | null;
}

export interface WrapUpDraft {
  readonly disposition: string;
  readonly note: string;
}

/** What lies over the page. `isAsked`: a link of another program asks to dial, and the agent has not said so. */
export type Dialog =
  | { readonly kind: "transfer"; readonly contact: string }
  | { readonly kind: "dial"; readonly number: string; readonly isAsked: boolean }
  | { readonly kind: "parked" }
  | { readonly kind: "agent"; readonly agent: string }
  | { readonly kind: "take_over"; readonly contact: string; readonly agent: string };

/** `team`: the supervisor's. */
export type View = "desk" | "team";

export interface DeskState {
  readonly link: LinkState;
  readonly agent: Agent | null;
  readonly presence: Presence;
  readonly presenceReason: string;
  /** What the hub took but has not shown yet. */
  readonly presenceAsked: Presence | null;
  /** Hub's clock minus ours. */
  readonly skewMs: number;
  readonly dispositions: readonly Disposition[];
  /** Where the hub can invite callers to. */
  readonly ways: readonly Way[];
  readonly offers: readonly Offer[];
  /** In the order in which they came to this agent. `ended`: the hub is done with it, the agent's draft is not. */
  readonly contacts: readonly Contact[];
  /** The call of another agent that this one, a supervisor, is in or is rung for. */
  readonly supervision: Supervision | null;
  /** By contact. Those of contacts that are neither offered nor ours are forgotten. */
  readonly pops: Readonly<Record<string, ScreenPop>>;
  readonly observed: readonly Observed[];
  readonly outgoing: readonly Outgoing[];
  /** What was said in calls that are offered or ours, by contact. */
  readonly transcripts: Readonly<Record<string, readonly TranscriptLine[]>>;
  /** Commands that are not answered yet, by `ref`. */
  readonly pending: Readonly<Record<string, Command>>;
  readonly notices: readonly Notice[];
  /** The contact whose conversation is shown. */
  readonly selected: string | null;
  /** Messages that came while another conversation was shown, by contact. */
  readonly unread: Readonly<Record<string, number>>;
  readonly drafts: Readonly<Record<string, string>>;
  /** Files of the next message, by contact. */
  readonly attached: Readonly<Record<string, readonly Attached[]>>;
  /** Until when customers are shown as writing, Unix time of this machine, by contact. */
  readonly typing: Readonly<Record<string, number>>;
  readonly wrapUps: Readonly<Record<string, WrapUpDraft>>;
  readonly view: View;
  readonly dialog: Dialog | null;
  /** The call whose keypad is open. */
  readonly keypad: string | null;
  /** The call whose ways to go on by text are open. */
  readonly inviting: string | null;
  /** The keys that were sent, by contact. */
  readonly digits: Readonly<Record<string, string>>;
  /** A number was dialled, and the offer that rings this agent's own phone has not come yet. */
  readonly isDialling: boolean;
  /** The contact that came of it. */
  readonly dialled: string | null;
  /** Why the last command was not carried out, by its place (`places.ts`). */
  readonly refusals: Readonly<Record<string, Notice["content"]>>;
  /** This browser as the agent's phone. */
  readonly phone: PhoneState;
  /** Where the hub says that calls ring. */
  readonly rings: PhoneKind;
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
  /** There is no link. */
  | { readonly type: "command_unsent"; readonly command: Command }
  | { readonly type: "noticed"; readonly notice: NoticeCode }
  | { readonly type: "phone_changed"; readonly phone: PhoneState }
  | LocalIntent;

/** What the agent does that concerns only the page. */
export type LocalIntent =
  | { readonly type: "contact_selected"; readonly contact: string | null }
  | { readonly type: "draft_changed"; readonly contact: string; readonly text: string }
  | { readonly type: "file_attached"; readonly contact: string; readonly attached: Attached }
  | { readonly type: "file_detached"; readonly contact: string; readonly key: string }
  | { readonly type: "wrap_up_changed"; readonly contact: string; readonly draft: WrapUpDraft }
  | { readonly type: "wrap_up_discarded"; readonly contact: string }
  | { readonly type: "notice_dismissed"; readonly notice: number }
  | { readonly type: "dialog_opened"; readonly dialog: Dialog }
  | { readonly type: "dialog_closed" }
  | { readonly type: "keypad_toggled"; readonly contact: string }
  | { readonly type: "ways_toggled"; readonly contact: string }
  | { readonly type: "refusal_dismissed"; readonly place: string }
  | { readonly type: "view_chosen"; readonly view: View };

export type DeskEvent = HubEvent | PageEvent;

export const INITIAL: DeskState = {
  link: "connecting",
  agent: null,
  presence: "offline",
  presenceReason: "",
  presenceAsked: null,
  skewMs: 0,
  dispositions: [],
  ways: [],
  offers: [],
  contacts: [],
  supervision: null,
  pops: {},
  observed: [],
  outgoing: [],
  transcripts: {},
  pending: {},
  notices: [],
  selected: null,
  unread: {},
  drafts: {},
  attached: {},
  typing: {},
  wrapUps: {},
  view: "desk",
  dialog: null,
  keypad: null,
  inviting: null,
  digits: {},
  isDialling: false,
  dialled: null,
  refusals: {},
  phone: NO_PHONE,
  rings: "sip",
};

export const NO_WRAP_UP: WrapUpDraft = { disposition: "", note: "" };
