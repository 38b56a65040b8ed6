import { describe, expect, it } from "vitest";
import { en } from "../src/text/en.ts";
import { address, customerName, day, duration, secondsUntil } from "../src/text/format.ts";
import { ja } from "../src/text/ja.ts";
import { Preference, preferred, word } from "../src/text/preferences.ts";

/** All texts of a dictionary by their path; functions are called with their own path's words. */
function texts(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") return [[path, String(value(...Array(value.length).fill("1")))]];
  return Object.entries(value as object).flatMap(([key, each]) => texts(each, `${path}.${key}`));
}

describe("the dictionaries", () => {
  it("have something for everything", () => {
    for (const [path, text] of [...texts(ja), ...texts(en)]) expect(text, path).not.toBe("");
    expect(texts(ja).map(([path]) => path)).toEqual(texts(en).map(([path]) => path));
  });

  it("have no Japanese in English", () => {
    for (const [path, text] of texts(en)) expect(text, path).not.toMatch(/[ぁ-んァ-ヶ一-龠]/);
  });

  it("show codes that are newer than the page as they are", () => {
    expect(word(ja.channels, "line")).toBe("LINE");
    expect(word(ja.channels, "pigeon")).toBe("pigeon");
    expect(word(ja.channels, "toString")).toBe("toString");
  });
});

describe("the language", () => {
  it("is the first of the browser's that we speak", () => {
    expect(preferred(["fr-FR", "en-US", "ja"])).toBe("en");
    expect(preferred(["ja-JP", "en"])).toBe("ja");
    expect(preferred(["fr"])).toBe("ja");
    expect(preferred([])).toBe("ja");
  });

  it("can be changed and watched, with or without a storage", () => {
    const preference = new Preference("test", ["a", "b"], "a");
    const seen: string[] = [];
    const stop = preference.watch(value => seen.push(value));
    preference.value = "b";
    stop();
    preference.value = "a";
    expect(seen).toEqual(["b"]);
    expect(preference.value).toBe("a");
  });
});

describe("formats", () => {
  it.each([
    ["+819012345678", "090-1234-5678"],
    ["+815012345678", "050-1234-5678"],
    ["+81312345678", "03-1234-5678"],
    ["+81612345678", "06-1234-5678"],
    ["+81120123456", "0120-123-456"],
    ["+818001234567", "0800-123-4567"],
    ["+81451234567", "0451234567"],
    ["+14155550100", "+14155550100"],
    ["a@example.com", "a@example.com"],
    ["U4af4980629c1d0b1a7f2e35d88e2b9aa", "U4af4980629c1d…"],
  ])("show the address %s as %s", (value, shown) => {
    expect(address(value)).toBe(shown);
  });

  it("call a customer by what people can read", () => {
    expect(customerName("高橋", "+819012345678", ja)).toBe("高橋 様");
    expect(customerName("", "+819012345678", ja)).toBe("090-1234-5678");
    expect(customerName("", "U4af4980629c1d0b1a7f2e35d88e2b9aa", ja)).toBe(ja.unknownCustomer);
    expect(customerName("", null, ja)).toBe(ja.withheld);
  });

  it.each([
    [-5, "0:00"],
    [7_900, "0:07"],
    [754_000, "12:34"],
    [3_723_000, "1:02:03"],
  ])("show %i ms as %s", (ms, shown) => {
    expect(duration(ms)).toBe(shown);
  });

  it("count whole seconds down to none", () => {
    expect(secondsUntil(1_001, 0)).toBe(2);
    expect(secondsUntil(0, 5_000)).toBe(0);
  });

  it("name days as people do", () => {
    const now = new Date(2026, 10, 22, 0, 30).getTime();
    const at = (year: number, month: number, date: number): number =>
      new Date(year, month - 1, date, 23).getTime();
    expect(day(now, now, "ja", ja)).toBe("今日");
    expect(day(at(2026, 11, 21), now, "ja", ja)).toBe("昨日");
    expect(day(at(2026, 11, 13), now, "ja", ja)).toBe("11月13日(金)");
    expect(day(at(2025, 11, 13), now, "ja", ja)).toBe("2025年11月13日(木)");
    expect(day(at(2026, 11, 13), now, "en", en)).toMatch(/13 November/);
  });
});
