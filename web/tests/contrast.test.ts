import { describe, expect, it } from "vitest";
import css from "../src/kit/tokens.css?raw";

const tokens = new Map(
  [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name, light, dark]) => [String(name), [String(light), String(dark)] as const] as const,
  ),
);

/** Relative luminance (WCAG 2.2). */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map(at => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * Number(r) + 0.7152 * Number(g) + 0.0722 * Number(b);
}

function contrast(ink: string, ground: string, scheme: 0 | 1): number {
  const [one, other] = [ink, ground].map(name => luminance(tokens.get(name)?.[scheme] ?? ""));
  const [dark, light] = [Number(one), Number(other)].sort((a, b) => a - b);
  return (Number(light) + 0.05) / (Number(dark) + 0.05);
}

const ON: Readonly<Record<string, readonly string[]>> = {
  ink: ["ground", "surface", "sunken", "hover", "indigo-ground", "pine-ground", "amber-ground"],
  "ink-soft": ["ground", "surface", "sunken", "hover", "indigo-ground", "pine-ground", "amber-ground"],
  indigo: ["surface", "ground", "sunken", "hover", "indigo-ground"],
  "indigo-ink": ["indigo", "indigo-hover"],
  pine: ["surface", "ground", "pine-ground"],
  "pine-ink": ["pine"],
  amber: ["surface", "ground", "sunken", "amber-ground"],
  vermilion: ["surface", "sunken", "vermilion-ground"],
  "vermilion-ink": ["vermilion"],
};
const pairs = Object.entries(ON).flatMap(([ink, grounds]) => grounds.map(ground => [ink, ground] as const));

describe.each(["light", "dark"] as const)("colours when it is %s", scheme => {
  const at = scheme === "light" ? 0 : 1;

  it.each(pairs)("%s on %s can be read", (ink, ground) => {
    expect(contrast(ink, ground, at)).toBeGreaterThanOrEqual(4.5);
  });

  // WCAG 2.2, 1.4.11: what shows where a control is.
  it.each(["surface", "ground"])("controls and focus stand out from the %s", ground => {
    expect(contrast("line-strong", ground, at)).toBeGreaterThanOrEqual(3);
    expect(contrast("focus", ground, at)).toBeGreaterThanOrEqual(3);
  });
});
