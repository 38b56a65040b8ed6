import { expect, it } from "vitest";
import { timeline } from "../src/desktop/timeline.ts";
import { saidIn, transcriptPath } from "../src/desktop/transcript.ts";
import { conversations } from "../src/desktop/worklist.ts";
import type { HubEvent, TranscriptLine } from "../src/protocol.ts";
import { call, item, NOW_MS, play, pop, popped, shown } from "./samples.ts";

function said(id: string, more: Partial<TranscriptLine> = {}): HubEvent {
  const line: TranscriptLine = {
    id,
    contact: "v1",
    side: "customer",
    agent: "sato",
    text: `line ${id}`,
    at_ms: NOW_MS,
    confidence: 80,
    ...more,
  };
  return { type: "transcript", contact: "v1", line };
}

it("what is said in a call stands among the messages, and is masked anew", () => {
  const state = play(
    shown(call("v1")),
    said("l1", { text: "4111" }),
    said("l2", { side: "agent", text: "はい" }),
    said("l1", { text: "＊＊＊＊" }),
  );
  const [conversation] = conversations(state);
  if (conversation === undefined) throw new Error("expected a conversation");
  const messages = timeline(state, conversation).filter(each => each.kind === "message");
  expect(messages).toMatchObject([
    { kind: "message", id: "l1", direction: "in", author: null, text: "＊＊＊＊" },
    { kind: "message", id: "l2", direction: "out", author: "sato", text: "はい" },
  ]);
});

it("what belongs to no contact of ours is passed over, and what is over is forgotten", () => {
  expect(play(said("l1")).transcripts).toEqual({});
  const state = play(shown(call("v1")), said("l1"), shown(call("v1", { state: "ended" })));
  expect(state.transcripts).toEqual({});
});

it("a summary is told with its call", () => {
  const state = play(
    popped(
      pop("v1", { channel: "voice", journey: [item("connected", { channel: "voice", contact: "v1" })] }),
    ),
    shown(call("v1", { state: "wrap_up" })),
    { type: "summary", contact: "v1", text: "用件：delivery" },
  );
  const [conversation] = conversations(state);
  if (conversation === undefined) throw new Error("expected a conversation");
  expect(timeline(state, conversation)).toMatchObject([{ kind: "call", summary: "用件：delivery" }]);
});

it("what was said in a call that is over can be opened, where it was written down", () => {
  const of = (contact: string) => ({ channel: "voice", contact }) as const;
  const journey = [
    item("connected", { ...of("p1"), at_ms: NOW_MS }),
    item("transcribed", { ...of("p1"), at_ms: NOW_MS + 9, detail: { lines: 2 } }),
    item("connected", { ...of("p2"), at_ms: NOW_MS + 10 }),
  ];
  const [conversation] = conversations(play(popped(pop("v1", { journey })), shown(call("v1"))));
  if (conversation === undefined) throw new Error("expected a conversation");
  const state = play(popped(pop("v1", { journey })), shown(call("v1")));
  const calls = timeline(state, conversation).filter(each => each.kind === "call");
  expect(calls.map(each => [each.id, each.isTranscribed])).toEqual([
    ["p1", true],
    ["p2", false],
    ["v1", false],
  ]);
});

it("what was said is told in order: by whom, and when within the call", () => {
  const lines = [
    { side: "agent", agent: "sato", text: "はい", at_ms: NOW_MS + 5_000 },
    { side: "customer", agent: "sato", text: "もしもし", at_ms: NOW_MS - 20 },
    { side: "agent", agent: null, text: "失礼します", at_ms: NOW_MS + 61_000 },
  ] as const;
  const kept = lines.map((each, at) => ({ id: `l${at}`, contact: "p1", confidence: 80, ...each }));
  expect(saidIn({ lines: kept }, NOW_MS)).toEqual([
    { id: "l1", agent: null, text: "もしもし", after_ms: 0 },
    { id: "l0", agent: "sato", text: "はい", after_ms: 5_000 },
    { id: "l2", agent: "", text: "失礼します", after_ms: 61_000 },
  ]);
  expect(transcriptPath("pbx1/1")).toBe("/contacts/pbx1%2F1/transcript");
});
