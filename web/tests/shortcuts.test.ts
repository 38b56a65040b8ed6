import { describe, expect, it } from "vitest";
import { intentOf, keysOf, SHORTCUTS, type Shortcut, shortcutOf } from "../src/desktop/shortcuts.ts";
import { agent, call, contact, go, offer, offered, party, play, shown, welcome } from "./samples.ts";

const key = (code: string, more: Partial<KeyboardEvent> = {}) => ({
  code,
  altKey: true,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  isComposing: false,
  ...more,
});

describe("keys", () => {
  it("are Alt and one more, by place", () => {
    expect(shortcutOf(key("KeyA"))).toBe("accept");
    expect(shortcutOf(key("Slash"))).toBe("help");
    expect(shortcutOf(key("KeyQ"))).toBeNull();
  });

  it.each([
    { altKey: false },
    { ctrlKey: true },
    { metaKey: true },
    { shiftKey: true },
    { isComposing: true },
  ])("are for writing otherwise: %o", more => {
    expect(shortcutOf(key("KeyA", more))).toBeNull();
  });
});

describe("shortcuts", () => {
  it("accept the offer that lapses first, but never a call", () => {
    const state = play(offered(offer("k2", { deadline_ms: 9 })), offered(offer("k1", { deadline_ms: 5 })));
    expect(intentOf("accept", state)).toEqual({ type: "accept", offer: "k1.1" });
    const ringing = play(offered(offer("v1", { channel: "voice" })));
    expect(intentOf("accept", ringing)).toBeNull();
    const phone = { ...ringing.phone, call: { ...ringing.phone.call, phase: "ringing" as const } };
    expect(intentOf("accept", { ...ringing, phone })).toEqual({ type: "phone_act", act: "answer" });
    expect(intentOf("reject", ringing)).toEqual({ type: "reject", offer: "v1.1" });
  });

  it("hold, resume and hang up the call that is shown", () => {
    const state = play(shown(call("v1")));
    expect(intentOf("hold", state)).toEqual({ type: "hold", contact: "v1" });
    expect(intentOf("hold", go(state, shown(call("v1", { held: true }))))).toEqual({
      type: "resume",
      contact: "v1",
    });
    expect(intentOf("hangUp", state)).toEqual({ type: "hang_up", contact: "v1" });
  });

  it("call the customer of the thread that is replied to, or hand it back", () => {
    const state = play(shown(contact("k1")), shown(contact("k2")), shown(call("v1")));
    const chosen = go(state, { type: "contact_selected", contact: "k1" });
    expect(intentOf("callCustomer", chosen)).toEqual({ type: "call_me", contact: "k1" });
    expect(intentOf("handBack", state)).toEqual({ type: "hand_back", contact: "k2" });
    expect(intentOf("handBack", play(shown(call("v1"))))).toBeNull();
    const asked = { type: "command_sent", ref: "1", command: { type: "call_me", contact: "k1" } } as const;
    expect(intentOf("callCustomer", go(chosen, asked))).toBeNull();
  });

  it("never end a conversation by text", () => {
    expect(intentOf("hangUp", play(shown(contact("k1"))))).toBeNull();
  });

  it("control the call that is shown, as its state allows", () => {
    const state = play(shown(call("v1", { muted: true, recording: "on" })));
    expect(intentOf("mute", state)).toEqual({ type: "unmute", contact: "v1" });
    expect(intentOf("record", state)).toEqual({ type: "record", contact: "v1", action: "pause" });
    expect(intentOf("digits", state)).toEqual({ type: "keypad_toggled", contact: "v1" });
    expect(intentOf("transfer", state)).toEqual({
      type: "dialog_opened",
      dialog: { kind: "transfer", contact: "v1" },
    });
    expect(intentOf("complete", state)).toBeNull();
    const consulting = go(state, shown(call("v1", { held: true, parties: [party("talking")] })));
    expect(intentOf("complete", consulting)).toEqual({ type: "complete_transfer", contact: "v1" });
    expect(intentOf("hold", consulting)).toBeNull();
  });

  it("open the ways to go on by text where there are any", () => {
    const state = play(welcome({ contacts: [call("v1")], ways: ["line"] }));
    expect(intentOf("invite", state)).toEqual({ type: "ways_toggled", contact: "v1" });
    expect(intentOf("invite", play(shown(call("v1"))))).toBeNull();
  });

  it("do not ask again for what waits for its answer", () => {
    const state = play(shown(call("v1")), {
      type: "command_sent",
      ref: "1",
      command: { type: "hold", contact: "v1" },
    });
    expect(intentOf("hold", state)).toBeNull();
    expect(intentOf("hangUp", state)).not.toBeNull();
  });

  it("show the team to supervisors only", () => {
    expect(intentOf("team", play())).toBeNull();
    const state = play(welcome({ agent: { ...agent, role: "supervisor" } }));
    expect(intentOf("team", state)).toEqual({ type: "view_chosen", view: "team" });
    expect(intentOf("team", go(state, { type: "view_chosen", view: "team" }))).toEqual({
      type: "view_chosen",
      view: "desk",
    });
  });

  it("have each their own key", () => {
    const keys = Object.keys(SHORTCUTS).map(each => keysOf(each as Shortcut));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keysOf("hold")).toBe("Alt+H");
    expect(keysOf("previous")).toBe("Alt+↑");
  });

  it("toggle presence", () => {
    expect(intentOf("presence", play())).toEqual({ type: "set_presence", presence: "not_ready" });
  });

  it("go round the customers", () => {
    const other = { customer: "c2" };
    const state = play(shown(contact("k1")), shown(contact("k2", other)));
    expect(intentOf("next", state)).toEqual({ type: "contact_selected", contact: "k2" });
    expect(intentOf("previous", state)).toEqual({ type: "contact_selected", contact: "k2" });
    expect(intentOf("next", go(state, { type: "contact_selected", contact: "k2" }))).toEqual({
      type: "contact_selected",
      contact: "k1",
    });
    expect(intentOf("next", play())).toBeNull();
  });
});
