/** The GSM default alphabet, and what takes two places of it: 3GPP TS 23.038 §6.2.1. */
const GSM =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED = "\f^{}\\[~]|€";

/** In how many parts a text goes out as SMS; characters that take two places are not torn. */
export function smsParts(text: string): number {
  const chars = [...text];
  const isGsm = chars.every(char => GSM.includes(char) || EXTENDED.includes(char));
  const cost = (char: string): number => (isGsm ? (GSM.includes(char) ? 1 : 2) : char.length);
  const [single, part] = isGsm ? [160, 153] : [70, 67];
  if (chars.reduce((sum, char) => sum + cost(char), 0) <= single) return 1;
  let parts = 1;
  let used = 0;
  for (const char of chars) {
    if (used + cost(char) > part) {
      parts += 1;
      used = 0;
    }
    used += cost(char);
  }
  return parts;
}
