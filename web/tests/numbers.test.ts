import { describe, expect, it } from "vitest";
import { dialledByLink, readNumber } from "../src/desktop/numbers.ts";

describe("a number that is typed", () => {
  it.each([
    ["0312345678", "0312345678"],
    [" 03-1234-5678 ", "0312345678"],
    ["（03）1234−5678", "0312345678"],
    ["０３ー１２３４ー５６７８", "0312345678"],
    ["+81 3 1234 5678", "+81312345678"],
    ["tel:+81-3-1234-5678;ext=2", "+81312345678"],
    ["*21#", "*21#"],
  ])("%s is %s", (text, number) => {
    expect(readNumber(text)).toEqual({ number });
  });

  it.each([
    ["", "empty"],
    ["tel:", "empty"],
    ["田中", "letters"],
    ["0312a45678", "letters"],
    ["03+12345678", "letters"],
    ["javascript:alert(1)", "letters"],
    ["1", "short"],
    ["123456789012345678901", "long"],
  ])("%s is none: %s", (text, fault) => {
    expect(readNumber(text)).toEqual({ fault });
  });
});

describe("a link that asks to dial", () => {
  it.each([
    ["", null],
    ["?other=1", null],
    ["?dial=0312345678", "0312345678"],
    ["?dial=03-1234-5678", "03-1234-5678"],
    ["?dial=%2B81312345678", "+81312345678"],
    ["?dial=+81312345678", "+81312345678"],
    ["?dial=", ""],
    [`?dial=${"1".repeat(99)}`, "1".repeat(32)],
  ])("%s hands over %s", (search, number) => {
    expect(dialledByLink(search)).toBe(number);
  });
});
