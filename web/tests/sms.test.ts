import { expect, it } from "vitest";
import { smsParts } from "../src/kit/sms.ts";

it.each([
  ["", 1],
  ["a".repeat(160), 1],
  ["a".repeat(161), 2],
  ["a".repeat(307), 3],
  ["[".repeat(80), 1],
  ["[".repeat(81), 2],
  ["あ".repeat(70), 1],
  ["あ".repeat(71), 2],
  ["あ".repeat(135), 3],
  ["🙇".repeat(35), 1],
  ["🙇".repeat(36), 2],
])("%s goes out in as many parts as the hub makes of it", (text, parts) => {
  expect(smsParts(text)).toBe(parts);
});
