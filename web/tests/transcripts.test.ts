import { expect, it } from "vitest";
import { timeline } from "../src/desktop/timeline.ts";
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
