import { describe, expect, it } from "vitest";
import { isWeb } from "../src/widget/addresses.ts";
import { Memory, NOTHING } from "../src/widget/memory.ts";
import { decode, type FromHub, type Line, type Standing } from "../src/widget/protocol.ts";
import { begins, countSince, heard, NEW, ordered, said, type Talk } from "../src/widget/talk.ts";
import { en, ja, textsFor } from "../src/widget/texts.ts";
import { status } from "../src/widget/views.ts";

const line = (id: string, at_ms: number, more: Partial<Line> = {}): Line => ({
  id,
  at_ms,
  text: id,
  ...more,
});
const welcome = (lines: readonly Line[], more: object = {}): FromHub => ({
  type: "welcome",
  token: "t",
  lines,
  is_whole: true,
  standing: null,
  time_ms: 0,
  ...more,
});
const standing = (state: Standing["state"], position = 0, wait_s: number | null = null): FromHub => ({
  type: "standing",
  state,
  position,
  wait_s,
});
const told = (...frames: readonly FromHub[]): Talk =>
  frames.reduce((talk, frame) => heard(talk, frame, 0), NEW);
const ids = (talk: Talk): readonly string[] => ordered(talk).map(each => each.id);

describe("what was said", () => {
  it("is shown once, in the order of its time, however often it is told", () => {
    const talk = told(
      welcome([line("b", 2)]),
      { type: "lines", lines: [line("c", 3), line("a", 1)] },
      { type: "lines", lines: [line("c", 3)] },
      welcome([line("b", 2), line("c", 3), line("d", 4)]),
    );
    expect(ids(talk)).toEqual(["a", "b", "c", "d"]);
  });

  it("keeps its place when it is told again", () => {
    const talk = told(welcome([line("a", 1), line("b", 2)]), {
      type: "lines",
      lines: [line("a", 9, { text: "A" })],
    });
    expect(ordered(talk).map(each => each.text)).toEqual(["A", "b"]);
  });

  it("begins anew where too much was missed, and can be asked for", () => {
    const talk = told(welcome([line("a", 1)]), welcome([line("y", 8), line("z", 9)], { is_whole: false }));
    expect(ids(talk)).toEqual(["y", "z"]);
    expect(talk.isAll).toBe(false);
    expect(heard(talk, { type: "older_lines", lines: [line("a", 1)], is_all: true }, 0).isAll).toBe(true);
  });

  it("waits to be sent until the hub has it", () => {
    const saying = { type: "say", id: "m1", text: "届きません" } as const;
    const waiting = said(told(welcome([])), saying);
    expect(waiting.pending).toEqual([saying]);
    const done = heard(waiting, { type: "ack", id: "m1", at_ms: 5 }, 0);
    expect(done.pending).toEqual([]);
    expect(ordered(done)).toEqual([{ id: "m1", at_ms: 5, text: "届きません", mine: true }]);
    expect(heard(done, { type: "ack", id: "m1", at_ms: 9 }, 0)).toEqual(done);
  });

  it("is set aside when the hub refuses it", () => {
    const talk = heard(
      said(NEW, { type: "say", id: "m1", text: "x" }),
      { type: "refused", id: "m1", code: "empty" },
      0,
    );
    expect(talk.pending).toEqual([]);
    expect(talk.refused.map(each => each.id)).toEqual(["m1"]);
  });

  it("counts what is new of ours only", () => {
    const talk = told(welcome([line("a", 1), line("b", 2, { mine: true }), line("c", 3)]));
    expect(countSince(talk, 1)).toBe(1);
  });
});

describe("a contact", () => {
  it("is rated once it has ended, and only then", () => {
    const talk = told(welcome([]), standing("waiting", 2, 60), standing("connected"));
    expect(talk.rating).toBe("none");
    const ended = heard(talk, standing("ended"), 0);
    expect(ended.rating).toBe("asked");
    const rated = said(ended, { type: "rate", id: "r1", stars: 5, text: "" });
    expect(rated.rating).toBe("given");
    expect(heard(rated, standing("ended"), 0).rating).toBe("given");
    expect(heard(rated, standing("waiting"), 0).rating).toBe("none");
  });

  it("that ended while the page was away is rated, one that never was is not", () => {
    expect(heard({ ...NEW, hadContact: true }, standing("none"), 0).rating).toBe("asked");
    expect(told(welcome([]), standing("none")).rating).toBe("none");
    expect(heard({ ...NEW, hadContact: true }, welcome([]), 0).rating).toBe("none");
  });

  it("begins with the first message", () => {
    expect(begins(NEW)).toBe(true);
    expect(begins(said(NEW, { type: "say", id: "m1", text: "x" }))).toBe(false);
    expect(begins(told(standing("connected")))).toBe(false);
    const ended = told(welcome([line("a", 1)]), standing("ended"));
    expect(begins(ended)).toBe(true);
    const again = heard(
      said(ended, { type: "say", id: "m2", text: "x" }),
      { type: "ack", id: "m2", at_ms: 2 },
      0,
    );
    expect(begins(again)).toBe(false);
    expect(begins(told(welcome([line("a", 1)])))).toBe(false);
  });

  it.each([
    [standing("waiting", 1, null), "次にご案内します。"],
    [standing("waiting", 3, 120), "3番目にご案内します。 待ち時間の目安は約2分です。"],
    [standing("waiting"), "担当者におつなぎしています。"],
    [standing("connected"), "担当者が対応しています。"],
    [standing("open"), ""],
  ])("is told of in words", (frame, words) => {
    expect(status(told(welcome([]), frame), ja)).toBe(words);
  });

  it("is told of in English", () => {
    expect(status(told(welcome([]), standing("waiting", 2, 60)), en)).toBe(
      "You are number 2 in line. The wait is about 1 minute.",
    );
  });
});

describe("the agent's typing", () => {
  it("is shown until he says something or a while has passed", () => {
    const talk = heard(told(welcome([])), { type: "agent_typing" }, 1_000);
    expect(talk.typingUntilMs).toBe(7_000);
    expect(heard(talk, { type: "lines", lines: [line("a", 1)] }, 2_000).typingUntilMs).toBe(0);
    expect(heard(talk, { type: "lines", lines: [line("a", 1, { mine: true })] }, 2_000).typingUntilMs).toBe(
      7_000,
    );
  });
});

describe("memory", () => {
  const storage = () => {
    const kept = new Map<string, string>();
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
  };

  it("outlives the page", () => {
    const same = storage();
    new Memory("https://hub", same).keep({ token: "t", hadContact: true });
    expect(new Memory("https://hub", same).value).toEqual({ ...NOTHING, token: "t", hadContact: true });
    expect(new Memory("https://other", same).value).toEqual(NOTHING);
  });

  it("does without a storage, and with a broken one", () => {
    const none = new Memory("https://hub", null);
    none.keep({ token: "t" });
    expect(none.value.token).toBe("t");
    expect(new Memory("https://hub", { getItem: () => "{", setItem: () => undefined }).value).toEqual(
      NOTHING,
    );
  });
});

describe("texts", () => {
  it.each([
    [["", "en-GB", "ja"], "en"],
    [["", "fr", "ja-JP"], "ja"],
    [["fr"], "ja"],
  ])("are in a language that the reader has", (tags, lang) => {
    expect(textsFor(tags).lang).toBe(lang);
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "", "//x"])("make no link of %s", url => {
    expect(isWeb(url)).toBe(false);
  });

  it.each(["not json", "[]", "7", "null", '{"type":7}', '{"type":"toString"}'])("of no hub: %s", data => {
    expect(decode(data)).toBeNull();
  });
});
