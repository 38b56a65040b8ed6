import { describe, expect, it } from "vitest";
import { announce } from "../src/desktop/announce.ts";
import type { DeskEvent, DeskState } from "../src/desktop/state.ts";
import type { Command } from "../src/protocol.ts";
import { en } from "../src/text/en.ts";
import { ja } from "../src/text/ja.ts";
import { call, contact, go, message, offer, offered, play, pop, popped, shown } from "./samples.ts";

const said = (state: DeskState, event: DeskEvent) => announce(event, state, go(state, event), ja, "ja");

describe("a screen reader", () => {
  it("is told of offers at once, with who and where", () => {
    const state = play(popped(pop("v1", { channel: "voice" })));
    expect(said(state, offered(offer("v1", { channel: "voice" })))).toEqual({
      text: "電話の着信。高橋 美咲 様、support",
      isUrgent: true,
    });
  });

  it("is told of the customer's messages, not of our own", () => {
    const state = play(shown(contact("k1")));
    const of = (direction: "in" | "out"): DeskEvent => ({
      type: "message",
      contact: "k1",
      message: message("m1", { direction, text: "はい" }),
    });
    expect(said(state, of("in"))).toEqual({
      text: "高橋 美咲 様から新しいメッセージ: はい",
      isUrgent: false,
    });
    expect(said(state, of("out"))).toBeNull();
  });

  it("is told when a delivery fails, when the link is lost and when it is back", () => {
    const state = play(shown(contact("k1")));
    const delivery = { type: "delivery", contact: "k1", message: "m1" } as const;
    expect(said(state, { ...delivery, delivery: "failed" })?.isUrgent).toBe(true);
    expect(said(state, { ...delivery, delivery: "sent" })).toBeNull();
    expect(said(state, { type: "link_changed", link: "waiting" })?.text).toBe(ja.link.waiting);
  });

  it("is told that a caller was sent the way to go on, and of no other command that was taken", () => {
    const ack: DeskEvent = { type: "ack", ref: "1" };
    const sent = (command: Command): DeskState =>
      play(shown(call("v1")), { type: "command_sent", ref: "1", command });
    expect(said(sent({ type: "invite", contact: "v1", channel: "sms" }), ack)).toEqual({
      text: "SMSでのご案内を送りました",
      isUrgent: false,
    });
    expect(said(sent({ type: "hold", contact: "v1" }), ack)).toBeNull();
  });

  it("hears the hub's own words in the language chosen", () => {
    const state = play({ type: "command_sent", ref: "1", command: { type: "hold", contact: "v1" } });
    const event: DeskEvent = { type: "error", ref: "1", code: "x", message: { ja: "だめ", en: "No" } };
    expect(announce(event, state, go(state, event), en, "en")).toEqual({ text: "No", isUrgent: true });
  });
});
