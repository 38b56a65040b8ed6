/** What a screen reader says of an event, for an agent who looks elsewhere or does not see. */

import type { Message } from "../protocol.ts";
import { customerName } from "../text/format.ts";
import { word } from "../text/preferences.ts";
import type { Words } from "../text/words.ts";
import type { DeskEvent, DeskState, Notice } from "./state.ts";
import { conversations, titleOf } from "./worklist.ts";

/** `isUrgent` interrupts what is being read. */
export interface Announcement {
  readonly text: string;
  readonly isUrgent: boolean;
}

/** Return what to say; `null` if an event needs no words. Notices go before all else. */
export function announce(
  event: DeskEvent,
  before: DeskState,
  after: DeskState,
  words: Words,
  language: "ja" | "en",
): Announcement | null {
  const notice = after.notices.at(-1);
  if (notice !== undefined && notice.id !== before.notices.at(-1)?.id) {
    return { text: noticeText(notice.content, words, language), isUrgent: true };
  }
  switch (event.type) {
    case "offer": {
      const title = words.offer.titles[titleOf(after, event)];
      return {
        text: words.offer.announced(title, nameOf(after, event.contact, words), event.queue),
        isUrgent: true,
      };
    }
    case "message":
      return ofMessage(event.message, nameOf(after, event.contact, words), words);
    case "delivery":
      if (event.delivery !== "failed") return null;
      return { text: words.deliveryFailed(nameOf(after, event.contact, words)), isUrgent: true };
    case "ack": {
      const command = before.pending[event.ref];
      if (command?.type !== "invite") return null;
      return { text: words.ways.sent(word(words.channels, command.channel)), isUrgent: false };
    }
    case "presence":
      if (event.agent !== after.agent?.id) return null;
      return { text: words.presence.changed(word(words.presence.names, event.presence)), isUrgent: false };
    case "link_changed":
      if (event.link === before.link || event.link !== "waiting") return null;
      return { text: words.link.waiting, isUrgent: true };
    case "welcome":
      return { text: words.link.open, isUrgent: false };
    default:
      return null;
  }
}

function ofMessage(
  { direction, text, withdrawn_ms, files = [] }: Message,
  name: string,
  words: Words,
): Announcement | null {
  if (direction === "out") return null;
  if (withdrawn_ms) return { text: words.message.newlyWithdrawn(name), isUrgent: false };
  const said = [text, ...files.map(each => each.name)].filter(each => each !== "").join(" ");
  return { text: words.newMessage(name, said), isUrgent: false };
}

/** Return the text of a notice: ours by its code, the hub's as it came. */
export function noticeText(content: Notice["content"], words: Words, language: "ja" | "en"): string {
  return typeof content === "string" ? word(words.notices, content) : content[language];
}

function nameOf(state: DeskState, contact: string, words: Words): string {
  const isOfIt = (each: { readonly contact: string }): boolean => each.contact === contact;
  const found = conversations(state).find(
    each => each.offers.some(isOfIt) || each.contacts.some(own => own.id === contact),
  );
  return customerName(found?.name ?? "", found?.address ?? null, words);
}
