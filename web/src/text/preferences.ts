/** What an agent chose for this browser: language and appearance. */

import { en } from "./en.ts";
import { ja } from "./ja.ts";
import type { Words } from "./words.ts";

export const LANGUAGES = { ja: "日本語", en: "English" } as const;
export type Language = keyof typeof LANGUAGES;
export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const DICTIONARIES: Readonly<Record<Language, Words>> = { ja, en };

/** A choice among `values` that the browser remembers and that others can watch. */
export class Preference<T extends string> {
  #value: T;
  readonly #name: string;
  readonly #watchers = new Set<(value: T) => void>();

  constructor(name: string, values: readonly T[], initial: T) {
    this.#name = `toritsugi.${name}`;
    const stored = values.find(each => each === recall(this.#name));
    this.#value = stored ?? initial;
  }

  get value(): T {
    return this.#value;
  }

  set value(value: T) {
    this.#value = value;
    remember(this.#name, value);
    for (const watcher of this.#watchers) watcher(value);
  }

  /** Be told of each change; returns how to stop that. */
  watch(watcher: (value: T) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

export const language = new Preference<Language>(
  "language",
  ["ja", "en"],
  preferred(globalThis.navigator?.languages ?? []),
);
/** What this browser was the last time. */
export const phone = new Preference<"sip" | "browser">("phone", ["sip", "browser"], "sip");
export const theme = new Preference<Theme>("theme", THEMES, "auto");

/** The dictionary of the language chosen. */
export function words(): Words {
  return DICTIONARIES[language.value];
}

/** Return the word of a code that may be newer than this page: then the code itself. */
export function word(record: Readonly<Record<string, string>>, code: string): string {
  return Object.hasOwn(record, code) ? (record[code] ?? code) : code;
}

/** Return the first of the browser's languages that we speak; Japanese if there is none. */
export function preferred(tags: readonly string[]): Language {
  const known = tags.map(tag => tag.slice(0, 2).toLowerCase()).find(tag => tag === "ja" || tag === "en");
  return known === "en" ? "en" : "ja";
}

// Private windows may have no storage: the choice then lasts as long as the page.
function recall(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // See recall().
  }
}
