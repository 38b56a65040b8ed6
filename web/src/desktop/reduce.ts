/** The page's one state machine: `reduce(state, event, nowMs) -> state`. No clock, no DOM, no socket. */

import type { HubEvent } from "../protocol.ts";
import { isLive } from "../protocol.ts";
import {
  attached,
  carriedOut,
  forgotten,
  including,
  invited,
  isOurs,
  isShown,
  isUnfinished,
  marked,
  noted,
  noticed,
  only,
  posted,
  refused,
  reselected,
  signed,
  summedUp,
  unaccompanied,
  unrefused,
  unsupervised,
  withLine,
  withMessages,
  without,
  withoutControls,
  withoutDialog,
  withoutHeard,
  withoutLost,
  withoutShown,
  wrappedUp,
} from "./changes.ts";
import { DIALOG, placeOf } from "./places.ts";
import type { DeskEvent, DeskState, LocalIntent, PageEvent } from "./state.ts";
import { INITIAL } from "./state.ts";

type Transition<E> = (state: DeskState, event: E, nowMs: number) => DeskState;
type Transitions<E extends { type: string }> = { [T in E["type"]]: Transition<Extract<E, { type: T }>> };

const FROM_HUB: Transitions<HubEvent> = {
  welcome: (state, event, nowMs) => {
    const unfinished = state.contacts.filter(each => each.state === "ended");
    const contacts = [...event.contacts, ...unfinished].map(each => each.id);
    const mine = new Set([...event.offers.map(each => each.contact), ...contacts]);
    const isMine = (contact: string): boolean => mine.has(contact);
    const next: DeskState = {
      ...state,
      link: "open",
      agent: event.agent,
      presence: event.presence,
      presenceReason: event.presence === state.presence ? state.presenceReason : "",
      presenceAsked: null,
      skewMs: event.time_ms - nowMs,
      rings: event.phone ?? "sip",
      dispositions: event.dispositions,
      ways: event.ways ?? [],
      offers: event.offers,
      contacts: [...event.contacts, ...unfinished],
      pops: only(state.pops, isMine),
      unread: only(state.unread, isMine),
      drafts: only(state.drafts, isMine),
      attached: only(state.attached, isMine),
      typing: {},
      wrapUps: only(state.wrapUps, isMine),
      digits: only(state.digits, isMine),
      transcripts: only(state.transcripts, isMine),
      refusals: only(state.refusals, place => place === DIALOG || isMine(place)),
      supervision: null, // what stands follows
    };
    const messages = event.contacts.flatMap(each => each.messages);
    const gone = state.contacts.filter(each => !isMine(each.id));
    const left = gone.reduce((each, { id }) => withoutControls(each, id), next);
    return reselected(withoutLost(withoutShown(left, messages)));
  },
  ack: (state, event, nowMs) => {
    const command = state.pending[event.ref];
    if (command === undefined) return state;
    const settled = carriedOut({ ...state, pending: only(state.pending, ref => ref !== event.ref) }, command);
    if (command.type === "invite") return invited(settled, command, nowMs);
    return command.type === "wrap_up" ? wrappedUp(settled, command, nowMs) : settled;
  },
  error: (state, event) => {
    const command = state.pending[event.ref];
    if (command === undefined) return state;
    const answered = { ...state, pending: only(state.pending, ref => ref !== event.ref) };
    const settled = refused(answered, command, event.message);
    return command.type === "send" ? marked(settled, command.message, true) : settled;
  },
  presence: (state, event) =>
    event.agent === state.agent?.id
      ? { ...state, presence: event.presence, presenceReason: event.reason, presenceAsked: null }
      : state,
  screen_pop: (state, { type: _, ...pop }) => ({
    ...state,
    // Taken out first, so that the order of keys is the order of coming.
    pops: { ...only(state.pops, id => id !== pop.contact), [pop.contact]: pop },
  }),
  offer: (state, { type: _, ...offer }) => {
    const others = state.offers.filter(each => each.offer !== offer.offer);
    const next = { ...state, offers: [...others, offer], selected: state.selected ?? offer.contact };
    return state.isDialling && offer.callback ? { ...next, isDialling: false, dialled: offer.contact } : next;
  },
  offer_withdrawn: (state, event) => {
    if (!state.offers.some(each => each.offer === event.offer)) return state;
    const offers = state.offers.filter(each => each.offer !== event.offer);
    const next = { ...state, offers };
    const kept = isOurs(next, event.contact) ? next : forgotten(next, event.contact, state);
    return event.reason === "rejected" ? kept : noticed(kept, event.reason);
  },
  contact: (state, { type: _, ...contact }, nowMs) => {
    const before = state.contacts.find(each => each.id === contact.id);
    const told = noted(state, before, contact, nowMs);
    const offers = told.offers.filter(each => each.contact !== contact.id);
    if (contact.state === "ended" && !isUnfinished(state, contact.id)) {
      return forgotten(without({ ...told, offers }, contact.id), contact.id, state);
    }
    const contacts = before
      ? told.contacts.map(each => (each.id === contact.id ? contact : each))
      : [...told.contacts, contact];
    const isUrgent = before === undefined && isLive(contact.channel);
    const selected = isUrgent ? contact.id : (state.selected ?? contact.id);
    const view = isUrgent ? "desk" : state.view;
    const next = withoutShown({ ...told, offers, contacts, selected, view }, contact.messages);
    if (contact.state !== "connected") return withoutControls(next, contact.id);
    return unaccompanied(next, before, contact);
  },
  message: (state, event) => {
    const known = event.message.withdrawn_ms ? withoutHeard(state, event.contact, event.message.id) : state;
    const told = withMessages(known, event.contact, messages => including(messages, event.message));
    const isTheirs = event.message.direction === "in";
    const next = isTheirs ? { ...told, typing: only(told.typing, id => id !== event.contact) } : told;
    const isNews = isTheirs && !event.message.withdrawn_ms && isOurs(state, event.contact);
    if (!isNews || isShown(state, event.contact)) return withoutShown(next, [event.message]);
    const count = (state.unread[event.contact] ?? 0) + 1;
    return { ...next, unread: { ...state.unread, [event.contact]: count } };
  },
  delivery: (state, { contact, message, delivery }) =>
    withMessages(state, contact, messages =>
      messages.map(each => (each.id === message ? { ...each, delivery } : each)),
    ),
  sign: (state, event, nowMs) => signed(state, event, nowMs),
  transcript: (state, { contact, line }) => {
    const lines = withLine(state.transcripts[contact] ?? [], line);
    return isOurs(state, contact)
      ? { ...state, transcripts: { ...state.transcripts, [contact]: lines } }
      : state;
  },
  summary: (state, event, nowMs) => summedUp(state, event.contact, event.text, nowMs),
  phone: (state, event) => ({ ...state, rings: event.phone }),
  supervision: (state, { type: _, ...supervision }) => {
    if (supervision.state !== "ended") return { ...state, supervision };
    const isOther = state.supervision !== null && state.supervision.contact !== supervision.contact;
    return isOther ? state : unsupervised({ ...state, supervision: null }, supervision);
  },
};

const FROM_PAGE: Transitions<Exclude<PageEvent, LocalIntent>> = {
  link_changed: (state, event) =>
    // What belongs to an agent goes when the agent does.
    event.link === "ended" ? { ...INITIAL, link: "ended" } : { ...state, link: event.link },
  message_posted: (state, event, nowMs) => posted(state, event, nowMs),
  command_sent: (state, { ref, command }) => {
    const sent = { ...state, pending: { ...state.pending, [ref]: command } };
    const next = unrefused(sent, placeOf(state, command));
    if (command.type === "dial") return { ...next, isDialling: true };
    const accepted = command.type === "accept" && state.offers.find(each => each.offer === command.offer);
    return accepted ? { ...next, selected: accepted.contact, view: "desk" } : next;
  },
  command_unanswered: (state, event) => {
    const command = state.pending[event.ref];
    if (command === undefined) return state;
    const settled = { ...state, pending: only(state.pending, ref => ref !== event.ref) };
    if (command.type !== "send") return refused(settled, command, "unanswered");
    // With the link lost, what was written goes out by itself once it is back.
    return state.link === "open" ? marked(settled, command.message, true) : settled;
  },
  command_unsent: (state, { command }) => refused(state, command, "no_link"),
  noticed: (state, event) => noticed(state, event.notice),
  phone_changed: (state, event) => ({ ...state, phone: event.phone }),
};

const FROM_AGENT: Transitions<LocalIntent> = {
  contact_selected: (state, event) => {
    const next: DeskState = { ...state, selected: event.contact, view: "desk" };
    return { ...next, unread: only(state.unread, id => !isShown(next, id)) };
  },
  draft_changed: (state, event) => ({ ...state, drafts: { ...state.drafts, [event.contact]: event.text } }),
  file_attached: (state, event) => attached(state, event.contact, event.attached),
  file_detached: (state, event) => {
    const files = (state.attached[event.contact] ?? []).filter(each => each.key !== event.key);
    return { ...state, attached: { ...state.attached, [event.contact]: files } };
  },
  wrap_up_changed: (state, event) => ({
    ...state,
    wrapUps: { ...state.wrapUps, [event.contact]: event.draft },
  }),
  wrap_up_discarded: (state, event) => forgotten(without(state, event.contact), event.contact, state),
  notice_dismissed: (state, event) => ({
    ...state,
    notices: state.notices.filter(each => each.id !== event.notice),
  }),
  dialog_opened: (state, event) => ({ ...withoutDialog(state), dialog: event.dialog }),
  dialog_closed: state => withoutDialog(state),
  keypad_toggled: (state, event) => ({
    ...state,
    keypad: state.keypad === event.contact ? null : event.contact,
  }),
  ways_toggled: (state, event) => ({
    ...state,
    inviting: state.inviting === event.contact ? null : event.contact,
  }),
  refusal_dismissed: (state, event) => unrefused(state, event.place),
  view_chosen: (state, event) => ({
    ...state,
    view: event.view,
    refusals: only(state.refusals, place => isOurs(state, place)),
  }),
};

const TRANSITIONS: Transitions<DeskEvent> = { ...FROM_HUB, ...FROM_PAGE, ...FROM_AGENT };

/** Return the state after an event. `nowMs` is this machine's Unix time; events of the hub carry the hub's. */
export function reduce(state: DeskState, event: DeskEvent, nowMs: number): DeskState {
  // The table pairs each type with its own event; TypeScript cannot follow that through an index.
  const transition = TRANSITIONS[event.type] as Transition<DeskEvent>;
  return transition(state, event, nowMs);
}
