/** What a message may bring beside its text: answers to tap, a place on the map, a sticker. */

import {
  type Bilingual,
  CHOICES_MAX,
  type Channel,
  type Choice,
  LABEL_MAX,
  type Place,
} from "../protocol.ts";
import type { Post } from "./state.ts";

/** Whether customers can be given answers to choose from; where none can be tapped they are numbered lines. */
export function takesChoices(channel: Channel): boolean {
  return channel !== "fax";
}

export function takesPlaces(channel: Channel): boolean {
  return channel === "line";
}

export function takesStickers(channel: Channel): boolean {
  return channel === "line";
}

/** Stickers that belong together, as the hub lists them; `words` say what is on one, where that is known. */
export interface StickerPackage {
  readonly id: string;
  readonly title: Bilingual;
  readonly stickers: readonly { readonly id: string; readonly words: Bilingual | null }[];
}

/** Return how a package reads: several have the same title. */
export function packageText({ id, title }: StickerPackage, language: keyof Bilingual): string {
  return `${title[language]} (${id})`;
}

/** Return how a sticker reads in a list. */
export function stickerText(
  { id, words }: StickerPackage["stickers"][number],
  language: keyof Bilingual,
): string {
  return words === null ? id : `${words[language]} (${id})`;
}

/** Return the answers that are written one a line; `null` if they are too many or too long. */
export function choicesIn(lines: string): readonly Choice[] | null {
  const labels = new Set(lines.split("\n").map(each => each.trim()));
  labels.delete("");
  const isTooMuch = labels.size > CHOICES_MAX || [...labels].some(each => each.length > LABEL_MAX);
  return isTooMuch ? null : [...labels].map(label => ({ label }));
}

const NUMBER = "-?\\d{1,3}\\.\\d+";
/** Latitude and longitude as maps write them: in words, or in the address of a page. The pin goes before the view. */
const WRITTEN: readonly RegExp[] = [
  new RegExp(`!3d(${NUMBER})!4d(${NUMBER})`),
  new RegExp(`mlat=(${NUMBER}).*mlon=(${NUMBER})`),
  new RegExp(`[?&](?:q|ll|query|center|destination)=(${NUMBER})(?:,|%2C)(${NUMBER})`, "i"),
  new RegExp(`@(${NUMBER}),(${NUMBER})`),
  new RegExp(`#map=\\d+(?:\\.\\d+)?/(${NUMBER})/(${NUMBER})`),
  new RegExp(`^\\s*\\(?(${NUMBER})\\s*[,、\\s]\\s*(${NUMBER})\\)?\\s*$`),
];

/** Return where a pasted pair of numbers or a map's address points to; `null` if that cannot be told. */
export function whereIn(pasted: string): Pick<Place, "latitude" | "longitude"> | null {
  const text = pasted.normalize("NFKC");
  const found = WRITTEN.map(each => each.exec(text)).find(each => each !== null);
  if (found === undefined) return null;
  const [latitude, longitude] = [Number(found[1]), Number(found[2])];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}

function placeText({ title, address }: Place): string {
  return address === "" ? title : `${title}\n${address}`;
}

/** Whether a message is more than a text and goes by itself: what is being written stays. */
export function isAlone({ place, sticker }: Post): boolean {
  return place !== undefined || sticker !== undefined;
}

/** Return how a message reads until the hub has it, which knows more of a sticker than its number. */
export function postText({ text, place, sticker }: Post): string {
  if (place) return placeText(place);
  return sticker ? `［スタンプ］${sticker.package}/${sticker.sticker}` : text;
}

/** Return what the hub will note at a message. */
export function besideText({ choices = [], place }: Post): readonly string[] {
  const noted = choices.map(each => `choice=${each.label}`);
  return place ? [...noted, `place=${place.latitude},${place.longitude}`] : noted;
}
