/** Numbers as people type them, and as links of other programs hand them over. */

/** Why a text is no number that can be called. */
export type NumberFault = "empty" | "letters" | "short" | "long";
export type NumberRead = { readonly number: string } | { readonly fault: NumberFault };

const DIGITS_MIN = 2;
/** E.164 has 15; a prefix for leaving the house, or for another carrier, may come before. */
const DIGITS_MAX = 20;

/**
 * Read a number: full-width digits, spaces, brackets and dashes of all kinds, and `tel:` are people's way of
 * writing. What comes out is a `+` at most, then digits, `*` and `#`; the hub judges whether it can be called.
 */
export function readNumber(text: string): NumberRead {
  const plain = text.normalize("NFKC").trim();
  const [first = ""] = plain.replace(/^tel:/i, "").split(";");
  const number = first.replace(/[\s().\-‐‑‒–—―−ー/]/g, "");
  if (number === "") return { fault: "empty" };
  if (!/^\+?[\d*#]+$/.test(number)) return { fault: "letters" };
  const count = number.replace("+", "").length;
  if (count < DIGITS_MIN) return { fault: "short" };
  return count > DIGITS_MAX ? { fault: "long" } : { number };
}

/** Return the number that a link asks to dial (`/?dial=0312345678`), as it was written; `null` if it asks for none. */
export function dialledByLink(search: string): string | null {
  // A `+` that a program forgot to escape reads as a space: nobody dials a number that begins with one.
  const text = new URLSearchParams(search).get("dial");
  return text === null ? null : text.replace(/^ (?=\d)/, "+").slice(0, TYPED_MAX);
}

/** Longer than this the hub takes no number. */
export const TYPED_MAX = 32;
