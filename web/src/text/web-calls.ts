/** What the journey tells of a call from a browser, in words. */

import type { JourneyItem } from "../protocol.ts";
import { word } from "./preferences.ts";
import type { Words } from "./words.ts";

/** Return what goes with the name of such an item; empty for all others. */
export function webNote({ kind, text, detail }: JourneyItem, { phone, journey }: Words): string {
  if (kind === "trouble") return word(phone.faults, typeof detail.detail === "string" ? detail.detail : text);
  if (kind !== "quality") return "";
  const [last, worst] = [mosOf(detail.last), mosOf(detail.worst)];
  return last === null || worst === null ? "" : journey.mos(last, worst);
}

function mosOf(report: unknown): string | null {
  const { mos } = (report ?? {}) as { readonly mos?: unknown };
  return typeof mos === "number" ? mos.toFixed(1) : null;
}
