/** What a control's tooltip says: its name and its key. */

import { keysOf, type Shortcut } from "../desktop/shortcuts.ts";
import type { Words } from "../text/words.ts";

export function hint(words: Words, label: string, shortcut: Shortcut | null): string {
  return shortcut === null ? label : words.hint(label, keysOf(shortcut).replace("+", " + "));
}
