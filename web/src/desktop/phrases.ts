/** What can be put into a reply: templates that the hub filled in for a contact, and answers. */

export interface Phrase {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}
export type Template = Phrase;

/** Return the templates in which all words that are sought occur, whatever their case and width. */
export function phrasesOf(templates: readonly Template[], sought: string): readonly Phrase[] {
  const words = plain(sought)
    .split(/\s+/)
    .filter(each => each !== "");
  return templates.filter(each => {
    const where = plain(`${each.title} ${each.text}`);
    return words.every(word => where.includes(word));
  });
}

/** Put a phrase where the cursor stands; what was marked there gives way. */
export function inserted(text: string, phrase: string, start: number, end: number): string {
  return text.slice(0, start) + phrase + text.slice(end);
}

function plain(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
