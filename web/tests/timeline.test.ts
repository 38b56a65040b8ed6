import { describe, expect, it } from "vitest";
import type { DeskState } from "../src/desktop/state.ts";
import { type Entry, insteadOf, partnersOf, timeline } from "../src/desktop/timeline.ts";
import { conversations, shown as current, threads } from "../src/desktop/worklist.ts";
import {
  call,
  contact,
  item,
  message,
  NOW_MS,
  offer,
  offered,
  play,
  pop,
  popped,
  SKEW_MS,
  shown,
} from "./samples.ts";

function entries(state: DeskState): readonly Entry[] {
  const [conversation] = conversations(state);
  if (conversation === undefined) throw new Error("expected a conversation");
  return timeline(state, conversation);
}

describe("conversations", () => {
  it("are one for all channels of a customer", () => {
    const state = play(
      shown(contact("k1")),
      popped(pop("v1", { channel: "voice" })),
      offered(offer("v1", { channel: "voice" })),
    );
    const all = conversations(state);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({
      key: "c1",
      name: "高橋 美咲",
      offers: [{ contact: "v1" }],
      contacts: [{ id: "k1" }],
    });
    expect(current(state)?.key).toBe("c1");
  });

  it("of unknown customers are each their own; offers come first, the most urgent of all before", () => {
    const unknown = { customer: null, name: "" };
    const state = play(
      shown(contact("k1", unknown)),
      popped(pop("v1", { customer: null })),
      offered(offer("v1", { deadline_ms: NOW_MS + 9 })),
      popped(pop("v2", { customer: null })),
      offered(offer("v2", { deadline_ms: NOW_MS + 5 })),
    );
    expect(conversations(state).map(each => each.key)).toEqual(["v2", "v1", "k1"]);
  });

  it("take replies on their text contacts only while these are connected", () => {
    const [conversation] = conversations(
      play(shown(contact("k1")), shown(contact("k2", { state: "wrap_up" })), shown(call("v1"))),
    );
    expect(conversation && threads(conversation).map(each => each.id)).toEqual(["k1"]);
  });

  it("take no replies on a voice message", () => {
    const [conversation] = conversations(play(shown(contact("k1", { channel: "voicemail" }))));
    expect(conversation && threads(conversation)).toEqual([]);
  });
});

describe("the timeline", () => {
  it("shows a past call as one entry", () => {
    const at = (ms: number) => ({ at_ms: NOW_MS + ms, channel: "voice", contact: "p1" }) as const;
    const journey = [
      item("contact_started", at(0)),
      item("ivr", { ...at(1), detail: { path: [{ menu: "main", digits: "1" }] } }),
      item("connected", { ...at(60_000), agent: "tanaka" }),
      item("taken_over", { ...at(80_000), agent: "ito", detail: { from: "tanaka" } }),
      item("ended", at(90_000)),
      item("recorded", { ...at(91_000), detail: { recording: "r1", length_ms: 29_000 } }),
      item("disposition", { ...at(95_000), text: "resolved", detail: { note: "ok" } }),
    ];
    expect(entries(play(popped(pop("k1", { journey })), offered(offer("k1"))))).toEqual([
      {
        kind: "call",
        id: "p1",
        at_ms: NOW_MS,
        channel: "voice",
        path: [{ menu: "main", digits: "1" }],
        agent: "tanaka",
        steps: [item("taken_over", { ...at(80_000), agent: "ito", detail: { from: "tanaka" } })],
        connected_ms: NOW_MS + 60_000,
        ended_ms: NOW_MS + 90_000,
        left: null,
        message: "",
        recordings: [{ recording: "r1", length_ms: 29_000 }],
        isTranscribed: false,
        disposition: "resolved",
        note: "ok",
        summary: "",
      },
    ]);
  });

  it("shows what came of a call besides talking", () => {
    const at = (ms: number) => ({ at_ms: NOW_MS + ms, channel: "voice", contact: "p1" }) as const;
    const journey = [item("contact_started", at(0)), item("callback", at(1))];
    expect(entries(play(popped(pop("k1", { journey })), offered(offer("k1"))))).toMatchObject([
      { kind: "call", left: "callback" },
    ]);
  });

  it("says whom a step of a call was to", () => {
    expect(partnersOf(item("transferred", { detail: { to: "sales" } }))).toEqual(["sales"]);
    expect(partnersOf(item("conference", { detail: { with: ["suzuki", "+81312345678"] } }))).toEqual([
      "suzuki",
      "+81312345678",
    ]);
    expect(partnersOf(item("parked"))).toEqual([]);
  });

  it("lets voice messages be heard that are kept here, and no others", () => {
    const at = { at_ms: NOW_MS, channel: "voice", contact: "p1" } as const;
    const journey = [
      item("voicemail", { ...at, text: "解約です", detail: { recording: "r1", length_ms: 8_000 } }),
    ];
    const kept = [...journey, item("recorded", { ...at, detail: { recording: "p1-voicemail" } })];
    expect(entries(play(popped(pop("k1", { journey: kept })), offered(offer("k1"))))).toMatchObject([
      { left: "voicemail", message: "解約です", recordings: [{ recording: "r1" }] },
    ]);
  });

  it("shows each message once: the contact's own before the journey's", () => {
    const journey = [
      item("message_in", { text: "old", at_ms: NOW_MS - 9, detail: { message: "m0" } }),
      item("message_in", { text: "text m1", detail: { message: "m1" } }),
    ];
    const state = play(popped(pop("k1", { journey })), shown(contact("k1", { messages: [message("m1")] })));
    const messages = entries(state).filter(each => each.kind === "message");
    expect(messages.map(each => [each.id, each.text])).toEqual([
      ["m0", "old"],
      ["m1", "text m1"],
    ]);
  });

  it("names the files of messages of contacts that are over", () => {
    const file = { id: "f1", name: "見積書.pdf", type: "application/pdf", size: 8, refused: "" };
    const journey = [item("message_in", { contact: "k0", detail: { message: "m0", files: [file] } })];
    expect(entries(play(popped(pop("k1", { journey })), offered(offer("k1"))))).toMatchObject([
      { id: "m0", contact: "k0", message: { files: [file] } },
    ]);
  });

  it("shows messages on their way, and what became of them", () => {
    const state = play(shown(contact("k1")), {
      type: "message_posted",
      contact: "k1",
      message: "a",
      text: "x",
    });
    expect(entries(state).at(-1)).toMatchObject({
      kind: "message",
      id: "a",
      delivery: "sending",
      at_ms: NOW_MS + SKEW_MS,
    });
  });

  it("offers to send anew, once, what did not arrive on a thread of the agent's", () => {
    const failed = { direction: "out", delivery: "failed" } as const;
    const file = { id: "f1", name: "a.pdf", type: "application/pdf", size: 8, refused: "" };
    const over = message("m6", failed);
    const messages = [
      message("m1", failed),
      message("m2", { ...failed, text: "", files: [file] }),
      message("m3", { ...failed, kind: "sticker" }),
      message("m4", { direction: "out" }),
      message("m8", { ...failed, notes: ["choice=はい"] }),
      message("m5", failed),
      message("m5-again", { direction: "out" }),
    ];
    const state = play(
      popped(pop("k1", { open_threads: [contact("k7", { state: "waiting", messages: [over] })] })),
      shown(contact("k1", { messages })),
    );
    const [thread] = conversations(state);
    if (thread === undefined) throw new Error("expected a conversation");
    const posts = timeline(state, thread).flatMap(each =>
      each.kind === "message" ? (insteadOf(state, thread, each) ?? []) : [],
    );
    expect(posts).toEqual([
      { contact: "k1", message: "m1-again", text: "text m1" },
      { contact: "k1", message: "m2-again", text: "", files: ["f1"] },
    ]);
  });

  it("shows threads of the customer that others hold", () => {
    const thread = contact("k7", { state: "waiting", messages: [message("m7", { text: "hello" })] });
    const state = play(popped(pop("v1", { channel: "voice", open_threads: [thread] })), shown(call("v1")));
    expect(entries(state)).toContainEqual(expect.objectContaining({ kind: "message", text: "hello" }));
  });

  it("keeps what happened before the customer became known", () => {
    const state = play(shown(contact("k1", { customer: null })), shown(contact("k1")));
    expect(entries(state)).toMatchObject([{ kind: "mark", item: { kind: "connected" } }]);
  });

  it("goes on by itself after the pop, without saying anything twice", () => {
    const journey = [item("connected", { channel: "voice", contact: "v1", agent: "sato" })];
    const state = play(
      popped(pop("v1", { channel: "voice", journey })),
      shown(call("v1")),
      shown(call("v1", { state: "wrap_up" })),
    );
    expect(entries(state)).toMatchObject([
      { kind: "call", connected_ms: NOW_MS, ended_ms: NOW_MS + SKEW_MS },
    ]);
    expect(entries(state)).toHaveLength(1);
  });
});
