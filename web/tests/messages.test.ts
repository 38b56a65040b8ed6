import { describe, expect, it } from "vitest";
import {
  choicesIn,
  packageText,
  postText,
  stickerText,
  takesStickers,
  whereIn,
} from "../src/desktop/besides.ts";
import { notesOf } from "../src/desktop/notes.ts";
import { inserted, phrasesOf } from "../src/desktop/phrases.ts";
import { en } from "../src/text/en.ts";
import { fileSize } from "../src/text/format.ts";
import { contact, message, NOW_MS, play, welcome } from "./samples.ts";

const own = message("o1", { direction: "out", author: "sato", at_ms: NOW_MS - 10 });
const later = message("o2", { direction: "out", author: "sato", at_ms: NOW_MS + 10 });

describe("what customers do", () => {
  it("is shown while they write, until they have", () => {
    const typing = play(welcome({ contacts: [contact("k1")] }), {
      type: "sign",
      contact: "k1",
      typing: true,
      read_ms: null,
    });
    expect(typing.typing).toEqual({ k1: NOW_MS + 6_000 });
    const written = play(
      welcome({ contacts: [contact("k1")] }),
      { type: "sign", contact: "k1", typing: true, read_ms: null },
      { type: "message", contact: "k1", message: message("m1") },
    );
    expect(written.typing).toEqual({});
  });

  it("marks as read what was sent before", () => {
    const state = play(welcome({ contacts: [contact("k1", { messages: [own, later] })] }), {
      type: "sign",
      contact: "k1",
      typing: false,
      read_ms: NOW_MS,
    });
    expect(state.contacts[0]?.messages.map(each => each.delivery)).toEqual(["read", "sent"]);
  });

  it("takes a withdrawn message away without counting it as news", () => {
    const gone = message("m1", { text: "", withdrawn_ms: NOW_MS });
    const state = play(
      welcome({
        contacts: [contact("k1", { messages: [message("m1")] }), contact("k2", { customer: "c2" })],
      }),
      { type: "contact_selected", contact: "k2" },
      { type: "message", contact: "k1", message: gone },
    );
    expect(state.contacts[0]?.messages).toEqual([gone]);
    expect(state.unread).toEqual({});
  });
});

describe("phrases", () => {
  const templates = [
    { id: "a", title: "お礼", text: "ＡＢＣのお問い合わせありがとうございます。" },
    { id: "b", title: "Closing", text: "Goodbye" },
  ];

  it("are found by all words, whatever their case and width", () => {
    expect(phrasesOf(templates, "abc お礼").map(each => each.id)).toEqual(["a"]);
    expect(phrasesOf(templates, " ")).toHaveLength(2);
    expect(phrasesOf(templates, "abc bye")).toEqual([]);
  });

  it("stand where the cursor was", () => {
    expect(inserted("Hello you", "dear ", 6, 6)).toBe("Hello dear you");
    expect(inserted("abc", "x", 0, 3)).toBe("x");
  });
});

it("sizes are told in short", () => {
  expect(fileSize(120, "en")).toBe("1 kB");
  expect(fileSize(3_440_000, "en")).toBe("3.4 MB");
});

describe("notes", () => {
  it("warn of a sender who is not proven, of answers that go elsewhere, and of what is missing", () => {
    const notes = ["sender=unproven", "dkim=fail x.test", "reply_to=a@b.test", "cut=size 27000000", "new=1"];
    const shown = notesOf(message("m1", { notes }), en.message);
    expect(shown.map(each => [each.tone, each.detail])).toEqual([
      ["warning", "Checked: dkim=fail x.test"],
      ["warning", ""],
      ["warning", ""],
    ]);
    expect(shown[1]?.text).toContain("a@b.test");
  });

  it("tell of a proven sender quietly, and nothing of any other message", () => {
    expect(notesOf(message("m1", { notes: ["sender=proven"] }), en.message)[0]?.tone).toBe("fact");
    expect(notesOf(message("m1"), en.message)).toEqual([]);
  });
});

describe("what goes out beside a text", () => {
  it("is one answer a line, each once", () => {
    expect(choicesIn("はい\n\n いいえ \nはい")).toEqual([{ label: "はい" }, { label: "いいえ" }]);
    expect(choicesIn("x".repeat(41))).toBeNull();
    expect(choicesIn(Array.from({ length: 14 }, (_, at) => `${at}`).join("\n"))).toBeNull();
    expect(choicesIn("")).toEqual([]);
  });

  it.each([
    "35.6812, 139.7671",
    "（３５．６８１２、１３９．７６７１）",
    "https://www.google.com/maps/place/X/@35.0,139.0,17z/data=!3m1!8m2!3d35.6812!4d139.7671",
    "https://www.google.com/maps/search/?api=1&query=35.6812%2C139.7671",
    "https://www.openstreetmap.org/?mlat=35.6812&mlon=139.7671#map=17/35.0/139.0",
    "https://www.openstreetmap.org/#map=17/35.6812/139.7671",
  ])("is where a map points to: %s", pasted => {
    expect(whereIn(pasted)).toEqual({ latitude: 35.6812, longitude: 139.7671 });
  });

  it("is a sticker by its words, or by its number where there are none", () => {
    const title = { ja: "ムーン", en: "Moon" };
    const package_ = { id: "446", title, stickers: [{ id: "1988", words: null }] };
    expect(packageText(package_, "en")).toBe("Moon (446)");
    expect(stickerText({ id: "1", words: { ja: "はい", en: "Yes" } }, "ja")).toBe("はい (1)");
    expect(stickerText({ id: "1988", words: null }, "ja")).toBe("1988");
    const sticker = { package: "446", sticker: "1988" };
    expect(postText({ contact: "c", message: "m", text: "", sticker })).toBe("［スタンプ］446/1988");
    expect(takesStickers("line")).toBe(true);
    expect(takesStickers("sms")).toBe(false);
  });

  it.each(["東京駅", "91.5, 10.0", "https://maps.app.goo.gl/x"])("is no place: %s", pasted => {
    expect(whereIn(pasted)).toBeNull();
  });
});
