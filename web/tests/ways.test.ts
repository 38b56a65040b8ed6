import { describe, expect, it } from "vitest";
import type { DeskEvent, DeskState } from "../src/desktop/state.ts";
import { invitedTo, isInviting, waysOf } from "../src/desktop/ways.ts";
import type { Contact, Way } from "../src/protocol.ts";
import { call, contact, go, play, pop, popped, shown, welcome } from "./samples.ts";

const ALL: readonly Way[] = ["line", "sms", "chat", "email"];
const NO = { ja: "このお客様にはご案内を送れません。", en: "This caller cannot be sent the way there." };
const at = (...contacts: readonly Contact[]): DeskState => play(welcome({ contacts, ways: ALL }));
const asked = (channel: Way, ref = "1"): DeskEvent => ({
  type: "command_sent",
  ref,
  command: { type: "invite", contact: "v1", channel },
});
const ack: DeskEvent = { type: "ack", ref: "1" };

describe("where a caller can be invited to", () => {
  it("is what the hub serves", () => {
    expect(waysOf(at(call("v1")), call("v1"))).toEqual(ALL);
    const state = play(welcome({ contacts: [call("v1")], ways: ["line", "chat"] }));
    expect(waysOf(state, call("v1"))).toEqual(["line", "chat"]);
    expect(waysOf(play(shown(call("v1"))), call("v1"))).toEqual([]);
  });

  it.each([null, "117", "U4af4980629c1d0b1a7f2e35d88e2b9aa"])(
    "is nowhere where nothing can be sent to: %s",
    address => {
      const each = call("v1", { address });
      expect(waysOf(at(each), each)).toEqual([]);
    },
  );

  it("is nowhere that he writes from already", () => {
    const line = contact("k1");
    expect(waysOf(at(call("v1"), line), call("v1"))).toEqual(["sms", "chat", "email"]);
    expect(waysOf(at(call("v1"), { ...line, state: "wrap_up" }), call("v1"))).toEqual(ALL);
    expect(waysOf(at(call("v1"), { ...line, customer: "c2" }), call("v1"))).toEqual(ALL);
  });
});

describe("an invitation", () => {
  it("waits for its answer, and then is known to be sent", () => {
    const state = go(at(call("v1")), asked("sms"));
    expect(ALL.filter(each => isInviting(state, "v1", each))).toEqual(["sms"]);
    expect(invitedTo(state, "v1").size).toBe(0);
    const sent = go(state, ack);
    expect(isInviting(sent, "v1", "sms")).toBe(false);
    expect([...invitedTo(sent, "v1")]).toEqual(["sms"]);
    expect(invitedTo(sent, "v2").size).toBe(0);
  });

  it("that is refused says so at its call, and can be tried again", () => {
    const state = go(at(call("v1")), asked("chat"), {
      type: "error",
      ref: "1",
      code: "not_invited",
      message: NO,
    });
    expect(state.refusals).toEqual({ v1: NO });
    expect(invitedTo(state, "v1").size).toBe(0);
    expect(go(state, asked("chat", "2")).refusals).toEqual({});
  });

  it("of before is known by the journey, but none that the hub made by itself", () => {
    const told = (text: string): DeskEvent =>
      popped(
        pop("v1", {
          channel: "voice",
          journey: [
            {
              at_ms: 1,
              kind: "deflected",
              channel: "voice",
              contact: "v1",
              agent: null,
              text,
              detail: { to: "line" },
            },
          ],
        }),
      );
    expect([...invitedTo(go(at(call("v1")), told("agent")), "v1")]).toEqual(["line"]);
    expect(invitedTo(go(at(call("v1")), told("waiting")), "v1").size).toBe(0);
  });
});

describe("the ways to go on", () => {
  it("open and close, and close with their call", () => {
    const toggled: DeskEvent = { type: "ways_toggled", contact: "v1" };
    const state = go(at(call("v1")), toggled);
    expect(state.inviting).toBe("v1");
    expect(go(state, toggled).inviting).toBeNull();
    expect(go(state, shown(call("v1", { state: "wrap_up" }))).inviting).toBeNull();
    expect(go(state, welcome()).inviting).toBeNull();
  });
});
