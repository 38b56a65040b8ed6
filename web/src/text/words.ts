/** The page's dictionary: what each language must have. A missing text does not compile. */

import type { NumberFault } from "../desktop/numbers.ts";
import type { Shortcut } from "../desktop/shortcuts.ts";
import type { LinkState, NoticeCode } from "../desktop/state.ts";
import type { DeliveryShown } from "../desktop/timeline.ts";
import type {
  Channel,
  IdentifierKind,
  JourneyKind,
  LinkedBy,
  MatchReason,
  PartyState,
  Presence,
  RecordAction,
  RecordingState,
  SuperviseMode,
} from "../protocol.ts";
import type { MessageWords } from "./message-words.ts";
import type { PhoneWords } from "./phone-words.ts";
import type { TeamWords } from "./team-words.ts";

/** Reasons of "not ready" that an agent can give. */
export const REASONS = ["break", "meal", "meeting", "training", "desk_work"] as const;
export type Reason = (typeof REASONS)[number];
/** Reasons that the hub gives. */
type HubReason = "signed_in" | "no_answer" | "gone" | "logged_off";

export interface Words {
  readonly product: string;
  readonly page: string;
  readonly language: string;
  readonly theme: string;
  readonly themes: Readonly<Record<"auto" | "light" | "dark", string>>;
  readonly close: string;
  readonly back: string;
  readonly retry: string;
  readonly cancel: string;
  readonly loading: string;
  /** Nothing new is known, since the server does not answer. */
  readonly unreachable: string;
  /** A control and its key. */
  readonly hint: (label: string, keys: string) => string;

  readonly signIn: {
    readonly title: string;
    readonly id: string;
    readonly password: string;
    readonly submit: string;
    readonly submitting: string;
    readonly unreachable: string;
    readonly ended: string;
  };
  readonly signOut: string;
  readonly settings: string;

  readonly link: Readonly<Record<LinkState, string>>;
  readonly presence: {
    readonly label: string;
    readonly names: Readonly<Record<Presence, string>>;
    readonly reason: string;
    readonly noReason: string;
    readonly reasons: Readonly<Record<Reason | HubReason, string>>;
    readonly changed: (presence: string) => string;
  };

  readonly channels: Readonly<Record<Channel, string>>;
  readonly unknownCustomer: string;
  readonly withheld: string;
  /** A customer as one speaks of them. */
  readonly polite: (name: string) => string;

  readonly list: {
    readonly title: string;
    readonly empty: string;
    readonly unread: (count: number) => string;
  };
  readonly offer: {
    readonly region: string;
    readonly titles: Readonly<Record<"call" | "callback" | "dialled" | "thread", string>>;
    readonly accept: string;
    readonly reject: string;
    readonly answerThePhone: string;
    readonly threadOpen: (channel: string) => string;
    readonly secondsLeft: (seconds: number) => string;
    readonly waited: (duration: string) => string;
    /** Another agent asks, or hands over. */
    readonly by: (agent: string) => string;
    readonly announced: (title: string, name: string, queue: string) => string;
  };

  readonly conversation: {
    readonly queue: string;
    readonly onCall: string;
    readonly onHold: string;
    readonly suspended: string;
    readonly inThread: string;
    readonly hold: string;
    readonly resume: string;
    readonly hangUp: string;
    readonly closeThread: string;
    readonly handBack: string;
    readonly callBack: string;
    readonly closeMessage: string;
    readonly timeline: string;
    readonly noHistory: string;
    readonly idle: Readonly<Record<Presence, { readonly title: string; readonly hint: string }>>;
    readonly choose: { readonly title: string; readonly hint: string };
    readonly becomeAvailable: string;
  };
  readonly call: {
    readonly controls: string;
    readonly mute: string;
    readonly muted: string;
    readonly digits: string;
    readonly transfer: string;
    readonly park: string;
    readonly leave: string;
    readonly outbound: string;
    readonly recordings: Readonly<Record<RecordingState, string>>;
    readonly record: Readonly<Record<RecordAction, string>>;
    /** Short for one of those in `record`. */
    readonly recordShort: string;
    readonly consulting: string;
    readonly together: string;
    readonly consulted: string;
    readonly consultedBy: (name: string) => string;
    readonly parties: string;
    readonly notes: string;
    /** Label of the field. */
    readonly addNote: string;
    readonly note: string;
    readonly party: Readonly<Record<PartyState, string>>;
    readonly remove: (name: string) => string;
    /** Short for one of the two that follow. */
    readonly swap: string;
    readonly toCustomer: string;
    readonly toParty: string;
    readonly completeShort: string;
    readonly complete: string;
    readonly leaveThem: string;
    readonly conference: string;
  };
  readonly keypad: {
    readonly title: string;
    readonly hint: string;
    readonly key: (key: string) => string;
    readonly sent: string;
    readonly none: string;
    readonly masked: (count: number) => string;
    readonly mask: string;
    readonly unmask: string;
  };
  /** How a caller goes on by text. */
  readonly ways: {
    readonly title: string;
    readonly hint: string;
    readonly send: (channel: string) => string;
    readonly sent: (channel: string) => string;
  };
  readonly transfer: {
    readonly title: string;
    readonly search: string;
    readonly searchHint: string;
    readonly choices: string;
    readonly none: string;
    readonly onCall: string;
    readonly waiting: (count: number) => string;
    readonly number: string;
    readonly queue: string;
    readonly blind: string;
    readonly blindHint: string;
    readonly consult: string;
    readonly consultHint: string;
    readonly choose: string;
  };
  readonly dial: {
    readonly title: string;
    readonly open: string;
    readonly number: string;
    readonly hint: string;
    readonly queue: string;
    readonly noQueue: string;
    readonly submit: string;
    readonly asked: string;
    readonly faults: Readonly<Record<NumberFault, string>>;
  };
  readonly parked: {
    readonly title: string;
    readonly open: string;
    readonly none: string;
    readonly pickUp: string;
    readonly by: (agent: string) => string;
    readonly since: (duration: string) => string;
  };
  readonly supervision: {
    readonly modes: Readonly<Record<SuperviseMode, string>>;
    readonly modeHints: Readonly<Record<SuperviseMode, string>>;
    readonly ringing: (agent: string) => string;
    readonly on: (agent: string) => string;
    readonly stop: string;
    readonly takeOver: string;
    readonly takeOverHint: string;
    readonly takeOverAsk: (agent: string) => string;
  };
  readonly team: TeamWords;
  readonly phone: PhoneWords;
  readonly wrapUp: {
    readonly title: string;
    readonly disposition: string;
    readonly note: string;
    readonly notePlaceholder: string;
    readonly finish: string;
    readonly discard: string;
    readonly secondsLeft: (seconds: number) => string;
    readonly late: string;
    readonly choose: string;
  };
  readonly composer: {
    readonly label: (channel: string) => string;
    readonly placeholder: (channel: string) => string;
    readonly via: string;
    readonly send: string;
    readonly hint: string;
    readonly callMe: string;
    readonly callCode: string;
    readonly accountLink: string;
    readonly subject: string;
    readonly subjectKept: (subject: string) => string;
    readonly smsParts: (parts: number) => string;
    readonly lengthLeft: (count: number) => string;
  };
  readonly message: MessageWords;
  readonly delivery: Readonly<Record<DeliveryShown, string>>;
  readonly messageFrom: (author: string, time: string) => string;
  readonly newMessage: (name: string, text: string) => string;
  readonly deliveryFailed: (name: string) => string;

  readonly customer: {
    readonly title: string;
    readonly show: string;
    readonly identifiers: string;
    readonly kinds: Readonly<Record<IdentifierKind, string>>;
    readonly how: Readonly<Record<LinkedBy, string>>;
    readonly cameBy: string;
    readonly queue: string;
    readonly waited: string;
    readonly path: string;
    readonly noPath: string;
    readonly intent: string;
    readonly pressed: (digits: string) => string;
    readonly openThreads: string;
    readonly unrecognised: string;
    readonly candidates: string;
    readonly reasons: Readonly<Record<MatchReason, string>>;
    readonly outside: string;
  };
  readonly journey: {
    readonly marks: Readonly<Record<Exclude<JourneyKind, "message_in" | "message_out">, string>>;
    readonly call: string;
    readonly agent: string;
    readonly answeredBy: (agent: string) => string;
    readonly takenOverBy: (agent: string) => string;
    readonly stepTo: (step: string, partners: string) => string;
    readonly abandoned: string;
    readonly ongoing: string;
    readonly talked: (duration: string) => string;
    readonly linked: (kind: string, value: string, how: string) => string;
    /** `result` is one of `faxes`. */
    readonly faxed: (result: string, pages: number, of: number) => string;
    readonly faxes: Readonly<Record<string, string>>;
    readonly disposed: (disposition: string) => string;
    readonly mos: (last: string, worst: string) => string;
  };
  readonly days: { readonly today: string; readonly yesterday: string };

  readonly notices: Readonly<Record<NoticeCode, string>>;
  readonly noticesTitle: string;
  readonly shortcuts: { readonly title: string; readonly send: string } & Readonly<Record<Shortcut, string>>;
}
