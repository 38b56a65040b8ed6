/** Times, numbers and addresses as people read them. */

import type { Language } from "./preferences.ts";
import type { Words } from "./words.ts";

const LOCALES: Readonly<Record<Language, string>> = { ja: "ja-JP", en: "en-GB" };
const DAY_MS = 86_400_000;
const ID_SHOWN = 14;

/** 14:05 */
export function timeOfDay(atMs: number, language: Language): string {
  return new Date(atMs).toLocaleTimeString(LOCALES[language], { hour: "2-digit", minute: "2-digit" });
}

/** 2026/11/26 14:05 */
export function dateAndTime(atMs: number, language: Language): string {
  return new Date(atMs).toLocaleString(LOCALES[language], { dateStyle: "medium", timeStyle: "short" });
}

/** Today, yesterday, 11月20日(金), 2025年11月20日(木): local days of this machine. */
export function day(atMs: number, nowMs: number, language: Language, { days }: Words): string {
  const at = new Date(atMs);
  if (at.toDateString() === new Date(nowMs).toDateString()) return days.today;
  if (at.toDateString() === new Date(nowMs - DAY_MS).toDateString()) return days.yesterday;
  const isThisYear = at.getFullYear() === new Date(nowMs).getFullYear();
  return at.toLocaleDateString(LOCALES[language], {
    ...(isThisYear ? {} : { year: "numeric" }),
    month: "long",
    day: "numeric",
    weekday: "short",
  });
}

/** 0:07, 12:34, 1:02:03; 0:00 for what lies ahead. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** 12 kB, 3.4 MB. */
export function fileSize(bytes: number, language: Language): string {
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1_000, "kilobyte"] : [bytes / 1_000_000, "megabyte"];
  const maximumFractionDigits = unit === "megabyte" && value < 10 ? 1 : 0;
  const options = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits } as const;
  return new Intl.NumberFormat(language, options).format(Math.max(value, 1));
}

/** Whole seconds until a moment, at least 0. */
export function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}

/**
 * Show an address. Japanese E.164 numbers are grouped where the length of the area code is certain
 * (mobile, IP and toll-free numbers, Tokyo, Osaka); opaque ids are cut; all else stays as it is.
 */
export function address(value: string): string {
  const national = /^\+81(\d{9,10})$/.exec(value)?.[1];
  if (national !== undefined) return `0${grouped(national)}`;
  const isOpaque = /^[0-9A-Za-z_-]{20,}$/.test(value);
  return isOpaque ? `${value.slice(0, ID_SHOWN)}…` : value;
}

function grouped(national: string): string {
  if (/^(120\d{6}|800\d{7})$/.test(national)) return national.replace(/^(...)(...)/, "$1-$2-");
  if (/^[5789]0\d{8}$/.test(national)) return national.replace(/^(..)(....)/, "$1-$2-");
  if (/^[36]\d{8}$/.test(national)) return national.replace(/^(.)(....)/, "$1-$2-");
  return national;
}

/** How a customer is called: by name, else by a number that people can read, else as unknown. */
export function customerName(name: string, value: string | null, words: Words): string {
  if (name !== "") return words.polite(name);
  if (value === null) return words.withheld;
  return /^\+?\d+$/.test(value) || value.includes("@") ? address(value) : words.unknownCustomer;
}
