/** The page's dictionary: what each language must have. A missing text does not compile. */

import type { LinkState, NoticeCode } from "../desktop/state.ts";
import type { DeliveryShown } from "../desktop/timeline.ts";
import type { Channel, IdentifierKind, JourneyKind, LinkedBy, Presence } from "../protocol.ts";

/** Reasons of "not ready" that an agent can give. */
export const REASONS = ["break", "meal", "meeting", "training", "desk_work"] as const;
export type Reason = (typeof REASONS)[number];
/** Reasons that the hub gives. */
type HubReason = "signed_in" | "no_answer" | "gone";

export interface Words {
  readonly product: string;
  readonly page: string;
  readonly language: string;
  readonly theme: string;
  readonly themes: Readonly<Record<"auto" | "light" | "dark", string>>;
  readonly close: string;
  readonly back: string;
  readonly retry: string;

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
    readonly titles: { readonly call: string; readonly callback: string; readonly thread: string };
    readonly accept: string;
    readonly reject: string;
    readonly answerThePhone: string;
    readonly threadOpen: (channel: string) => string;
    readonly secondsLeft: (seconds: number) => string;
    readonly waited: (duration: string) => string;
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
    readonly timeline: string;
    readonly noHistory: string;
    readonly idle: Readonly<Record<Presence, { readonly title: string; readonly hint: string }>>;
    readonly choose: { readonly title: string; readonly hint: string };
    readonly becomeAvailable: string;
  };
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
    readonly lengthLeft: (count: number) => string;
  };
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
    readonly pressed: (digits: string) => string;
    readonly openThreads: string;
    readonly unrecognised: string;
  };
  readonly journey: {
    readonly marks: Readonly<Record<Exclude<JourneyKind, "message_in" | "message_out">, string>>;
    readonly call: string;
    readonly answeredBy: (agent: string) => string;
    readonly takenOverBy: (agent: string) => string;
    readonly abandoned: string;
    readonly ongoing: string;
    readonly talked: (duration: string) => string;
    readonly linked: (kind: string, value: string, how: string) => string;
    readonly disposed: (disposition: string) => string;
  };
  readonly days: { readonly today: string; readonly yesterday: string };

  readonly notices: Readonly<Record<NoticeCode, string>>;
  readonly noticesTitle: string;
  readonly shortcuts: {
    readonly title: string;
    readonly accept: string;
    readonly reject: string;
    readonly presence: string;
    readonly hold: string;
    readonly hangUp: string;
    readonly write: string;
    readonly previous: string;
    readonly next: string;
    readonly help: string;
    readonly send: string;
  };
}
