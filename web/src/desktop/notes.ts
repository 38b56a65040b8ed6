/** What the hub notes at a message (docs/mail.md), in words. */

import type { Message } from "../protocol.ts";
import type { MessageWords } from "../text/message-words.ts";

/** `tone`: `warning` is to be seen, `fact` may be. `detail`: what else there is to know of it; may be empty. */
export interface Note {
  readonly tone: "warning" | "fact";
  readonly text: string;
  readonly detail: string;
}

const CHECKED: ReadonlySet<string> = new Set(["spf", "dkim", "dmarc"]);

/** Return what is to be told of a message; words that this page does not know are left out. */
export function notesOf({ notes = [] }: Message, words: MessageWords): readonly Note[] {
  const results = notes.filter(each => CHECKED.has(split(each)[0])).join(", ");
  const labels = notes.flatMap(each => (split(each)[0] === "choice" ? split(each)[1] : []));
  const told = notes.flatMap((each): readonly Note[] => {
    const [name, value] = split(each);
    switch (name) {
      case "sender":
        return ofSender(value, results, words);
      case "reply_to":
        return [{ tone: "warning", text: words.replyTo(value), detail: "" }];
      case "answers_to":
        return [fact(words.answersTo(value))];
      case "automatic":
        return [fact(words.automatic(value))];
      case "place":
        return [fact(words.placeShown(value.replace(",", ", ")))];
      case "cut":
        return missing(value.split(" ")[0] ?? "", words);
      default:
        return missing(name, words);
    }
  });
  return labels.length === 0 ? told : [...told, fact(words.choicesShown(labels.join(" / ")))];
}

function fact(text: string): Note {
  return { tone: "fact", text, detail: "" };
}

function ofSender(standing: string, results: string, words: MessageWords): readonly Note[] {
  const text = words.sender[standing];
  if (text === undefined) return [];
  const detail = results === "" ? "" : words.checked(results);
  return [{ tone: standing === "unproven" ? "warning" : "fact", text, detail }];
}

function missing(what: string, words: MessageWords): readonly Note[] {
  const text = Object.hasOwn(words.cut, what) ? words.cut[what] : undefined;
  return text === undefined ? [] : [{ tone: "warning", text, detail: "" }];
}

function split(note: string): readonly [string, string] {
  const at = note.indexOf("=");
  return at < 0 ? [note, ""] : [note.slice(0, at), note.slice(at + 1)];
}
