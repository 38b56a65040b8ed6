/**
 * The desktop protocol as it goes over the wire (docs/desktop-protocol.md), field by field.
 *
 * Times are Unix time in milliseconds and end in `_ms`. The hub is of the page's own origin and release:
 * what it sends is taken at its word, except for types that this page does not know.
 */

export const SUBPROTOCOL = "toritsugi.desktop.v1";

export type Channel =
  | "voice"
  | "video"
  | "chat"
  | "line"
  | "sms"
  | "email"
  | "fax"
  | "social"
  | "ticket"
  | "voicemail";
/** A channel to which a caller can be invited. */
export type Way = Extract<Channel, "line" | "sms" | "chat" | "email">;
export type PartyState = "ringing" | "talking" | "held" | "joined";
export type RecordingState = "off" | "on" | "paused";
export type SuperviseMode = "listen" | "whisper" | "barge";
export type SupervisionState = "ringing" | "listening" | "ended";
/** Where an agent's calls ring. */
export type PhoneKind = "sip" | "browser";
export type Presence = "available" | "not_ready" | "offline";
export type ContactState = "waiting" | "connected" | "wrap_up" | "ended";
export type Delivery = "queued" | "failed" | "sent" | "delivered" | "read";
export type IdentifierKind = "phone" | "line" | "email" | "chat" | "social";
/** How an identifier is known to belong to its customer. */
export type LinkedBy = "caller_id" | "signed_link" | "account_link" | "call_code" | "agent" | "first_contact";
/** Why a customer may be who calls: only the last digits of the number differ. */
export type MatchReason = "similar_number";
export type WithdrawalReason = "no_answer" | "rejected" | "taken" | "left" | "removed";
export type JourneyKind =
  | "contact_started"
  | "ivr"
  | "heard"
  | "deflected"
  | "came_back"
  | "message_in"
  | "message_out"
  | "withdrawn"
  | "bot"
  | "consent"
  | "rated"
  | "faxed"
  | "callback"
  | "voicemail"
  | "dialled"
  | "connected"
  | "taken_over"
  | "consulted"
  | "conference"
  | "transferred"
  | "parked"
  | "picked_up"
  | "noted"
  | "recorded"
  | "transcribed"
  | "ended"
  | "disposition"
  | "summary"
  | "web_call"
  | "trouble"
  | "quality"
  | "identifier_linked";

/** A text that a person reads, in both languages. */
export interface Bilingual {
  readonly ja: string;
  readonly en: string;
}

export interface Agent {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly queues: readonly string[];
}

export interface Message {
  readonly id: string;
  readonly direction: "in" | "out";
  /** Agent id; `null` for the customer. */
  readonly author: string | null;
  readonly text: string;
  readonly at_ms: number;
  readonly delivery: Delivery;
  /** `text`, or what else it is (`image`, `sticker`...), of which `text` tells. */
  readonly kind?: string;
  readonly subject?: string | null;
  /** Clean. */
  readonly html?: string | null;
  readonly files?: readonly MessageFile[];
  readonly withdrawn_ms?: number | null;
  /** Short codes of what is odd about it. */
  readonly notes?: readonly string[];
  /** Of one that was spoken: the id of its recording; `text` is what is said in it, if that was written down. */
  readonly recording?: string;
  readonly length_ms?: number;
}

/** A file of a message; `refused` says why it was not kept. */
export interface MessageFile {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly refused: string;
}

/** Somebody who was brought into a call: an agent, or a number outside. */
export interface Party {
  readonly id: string;
  readonly state: PartyState;
  readonly agent: string | null;
  readonly number: string | null;
  readonly name: string;
}

export interface Contact {
  readonly id: string;
  readonly channel: Channel;
  readonly queue: string;
  readonly state: ContactState;
  readonly customer: string | null;
  /** What the customer came by; `null` if withheld. */
  readonly address: string | null;
  readonly name: string;
  /** When the present state began. */
  readonly since_ms: number;
  readonly held: boolean;
  /** The agent is to leave it alone until it is shown otherwise. */
  readonly suspended: boolean;
  /** Nobody hears the agent. */
  readonly muted: boolean;
  readonly recording: RecordingState;
  readonly parties: readonly Party[];
  /** The contact about which this agent is consulted, or in whose conference he is. */
  readonly about: string | null;
  /** The agent called the customer. */
  readonly outbound: boolean;
  readonly messages: readonly Message[];
  /** 0: wrap-up lasts until it is ended. */
  readonly wrap_up_until_ms: number;
  /** The number by which customers name a text contact. */
  readonly case?: string | null;
  readonly subject?: string | null;
  /** What agents noted since it began, oldest first. */
  readonly notes?: readonly Note[];
}

/** What an agent noted at a contact while it lasted. */
export interface Note {
  readonly at_ms: number;
  readonly agent: string;
  readonly text: string;
}

/** A text contact as the screen pop lists it. */
export type Thread = Omit<Contact, "muted" | "recording" | "parties" | "about" | "outbound" | "notes">;

export interface Customer {
  readonly id: string;
  readonly name: string;
}

export interface Identifier {
  readonly kind: IdentifierKind;
  readonly value: string;
  readonly how: LinkedBy;
}

export interface PathItem {
  readonly menu: string;
  readonly digits: string;
}

/** What a caller said or typed for something that was asked; `said` is empty where keys were pressed. */
export interface HeardItem {
  readonly name: string;
  readonly value: string;
  readonly said: string;
  /** The text that it was read in, or empty. */
  readonly message?: string;
}

/** What one side of a call said; the same id again replaces it. */
export interface TranscriptLine {
  readonly id: string;
  readonly contact: string;
  readonly side: "customer" | "agent";
  readonly agent: string | null;
  readonly text: string;
  readonly at_ms: number;
  /** 0 to 100. */
  readonly confidence: number;
}

/** `detail`: contact_started `{address}`, ivr `{path}`, identifier_linked `{kind, value}`, messages `{message}`, disposition `{note}`, recorded `{recording, length_ms}`; voicemail the same with what is said in it as `text`, or without a length if it cannot be heard here; transferred and consulted `{to}`, taken_over `{from}`, conference `{with}`. */
export interface JourneyItem {
  readonly at_ms: number;
  readonly kind: JourneyKind;
  readonly channel: Channel | null;
  readonly contact: string | null;
  readonly agent: string | null;
  readonly text: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Offer {
  readonly offer: string;
  readonly contact: string;
  readonly channel: Channel;
  readonly queue: string;
  readonly deadline_ms: number;
  /** The customer is not on the line: he is called once the agent has answered the phone. */
  readonly callback: boolean;
}

/** A customer who may be meant, though nothing says so for certain; `value` is what fits. */
export interface Candidate {
  readonly customer: Customer;
  readonly reason: MatchReason;
  readonly value: string;
}

export interface ScreenPop {
  readonly contact: string;
  /** Name of the agent who consults this one, or transfers the call; `null`: nobody does. */
  readonly by: string | null;
  readonly channel: Channel;
  readonly queue: string;
  readonly waited_ms: number;
  readonly address: string | null;
  readonly customer: Customer | null;
  readonly identifiers: readonly Identifier[];
  /** Newest last. */
  readonly journey: readonly JourneyItem[];
  readonly open_threads: readonly Thread[];
  readonly ivr: readonly PathItem[];
  /** What the customer wants; empty while that is not known. */
  readonly intent: string;
  readonly heard: readonly HeardItem[];
  /** Where no customer was recognised. */
  readonly candidates: readonly Candidate[];
  /** The contact's page in another program; empty if there is none. */
  readonly url: string;
  /** What agents noted since the contact began, oldest first. */
  readonly notes?: readonly Note[];
}

/** How a supervisor is with the call of `agent`. */
export interface Supervision {
  readonly contact: string;
  readonly agent: string;
  readonly mode: SuperviseMode;
  readonly state: SupervisionState;
  /** Why it ended; empty before. */
  readonly reason: string;
}

export interface Disposition extends Bilingual {
  readonly code: string;
}

export interface Welcome {
  readonly type: "welcome";
  readonly agent: Agent;
  readonly presence: Presence;
  readonly offers: readonly Offer[];
  readonly contacts: readonly Contact[];
  readonly dispositions: readonly Disposition[];
  readonly time_ms: number;
  readonly phone?: PhoneKind;
  /** Where callers can be invited to. */
  readonly ways?: readonly Way[];
}

/** What the hub tells, except for the answers to pings, which stay in the link. */
export type HubEvent =
  | Welcome
  | { readonly type: "ack"; readonly ref: string }
  | { readonly type: "error"; readonly ref: string; readonly code: string; readonly message: Bilingual }
  | {
      readonly type: "presence";
      readonly agent: string;
      readonly presence: Presence;
      readonly reason: string;
    }
  | ({ readonly type: "screen_pop" } & ScreenPop)
  | ({ readonly type: "offer" } & Offer)
  | {
      readonly type: "offer_withdrawn";
      readonly offer: string;
      readonly contact: string;
      readonly reason: WithdrawalReason;
    }
  | ({ readonly type: "contact" } & Contact)
  | { readonly type: "message"; readonly contact: string; readonly message: Message }
  | {
      readonly type: "delivery";
      readonly contact: string;
      readonly message: string;
      readonly delivery: Delivery;
    }
  /** What the customer does: it is stored nowhere. */
  | {
      readonly type: "sign";
      readonly contact: string;
      readonly typing: boolean;
      /** The customer has read what was sent up to then. */
      readonly read_ms: number | null;
    }
  | { readonly type: "transcript"; readonly contact: string; readonly line: TranscriptLine }
  | { readonly type: "summary"; readonly contact: string; readonly text: string }
  | { readonly type: "phone"; readonly phone: PhoneKind }
  | ({ readonly type: "supervision" } & Supervision);

/** Where a call is to go: to one of these. */
export type Target = { readonly agent: string } | { readonly queue: string } | { readonly number: string };
export type RecordAction = "start" | "pause" | "resume" | "stop";
/** Commands that say nothing but which contact they are about. */
export type CallCommand =
  | "hold"
  | "resume"
  | "mute"
  | "unmute"
  | "swap"
  | "complete_transfer"
  | "conference"
  | "park"
  | "pick_up"
  | "stop_supervising"
  | "take_over"
  | "hang_up";

/** What a customer taps to answer; with `url` it opens a page. */
export interface Choice {
  readonly label: string;
  readonly url?: string;
}

/** A place on the map, in degrees. */
export interface Place {
  readonly title: string;
  readonly address: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** A sticker of those that the channel has (`GET /api/v1/stickers`). */
export interface Sticker {
  readonly package: string;
  readonly sticker: string;
}

/** What an agent asks for. The link adds the `ref`. */
export type Command =
  | { readonly type: "set_presence"; readonly presence: Presence; readonly reason?: string }
  | { readonly type: "accept"; readonly offer: string }
  | { readonly type: "reject"; readonly offer: string; readonly reason?: string }
  | {
      readonly type: "send";
      readonly contact: string;
      readonly message: string;
      readonly text: string;
      /** Ids of files that were uploaded for the contact. */
      readonly files?: readonly string[];
      readonly choices?: readonly Choice[];
      /** Of this mail, if it is not the thread's. */
      readonly subject?: string;
      /** By itself. */
      readonly place?: Place;
      /** By itself. */
      readonly sticker?: Sticker;
    }
  | { readonly type: "hand_back" | "call_me"; readonly contact: string }
  | {
      readonly type: "send_call_code" | "send_account_link";
      readonly contact: string;
      readonly message: string;
    }
  | { readonly type: "invite"; readonly contact: string; readonly channel: Way }
  | { readonly type: "send_call_link"; readonly contact: string; readonly video?: boolean }
  | { readonly type: "typing"; readonly contact: string }
  | { readonly type: "read"; readonly contact: string; readonly message: string }
  | { readonly type: CallCommand; readonly contact: string }
  | { readonly type: "send_digits"; readonly contact: string; readonly digits: string }
  | { readonly type: "transfer" | "consult"; readonly contact: string; readonly to: Target }
  | { readonly type: "remove_party"; readonly contact: string; readonly party: string }
  | { readonly type: "dial"; readonly number: string; readonly queue?: string }
  | { readonly type: "note"; readonly contact: string; readonly text: string }
  | { readonly type: "record"; readonly contact: string; readonly action: RecordAction }
  | { readonly type: "supervise"; readonly contact: string; readonly mode: SuperviseMode }
  | {
      readonly type: "wrap_up";
      readonly contact: string;
      readonly disposition: string;
      readonly note?: string;
    };

export const ID_MAX = 64;
export const TEXT_MAX = 5_000;
export const FILES_MAX = 10;
export const SUBJECT_MAX = 200;
export const CHOICES_MAX = 13;
export const LABEL_MAX = 40;
export const PLACE_MAX = 100;
export const NOTE_MAX = 2_000;

const KNOWN: Readonly<Record<HubEvent["type"], true>> = {
  welcome: true,
  ack: true,
  error: true,
  presence: true,
  screen_pop: true,
  offer: true,
  offer_withdrawn: true,
  contact: true,
  message: true,
  delivery: true,
  sign: true,
  transcript: true,
  summary: true,
  phone: true,
  supervision: true,
};

/** Read one frame; `null` for what is no event that this page knows. */
export function decode(frame: string): HubEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return null;
  }
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : null;
  return typeof type === "string" && Object.hasOwn(KNOWN, type) ? (value as HubEvent) : null;
}

/** Whether the customer waits with the medium held open, so that hanging up ends it. */
export function isLive(channel: Channel): boolean {
  return channel === "voice" || channel === "video";
}
