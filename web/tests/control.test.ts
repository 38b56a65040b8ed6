import { describe, expect, it } from "vitest";
import type { DeskEvent, Dialog } from "../src/desktop/state.ts";
import { titleOf, wantedPresence } from "../src/desktop/worklist.ts";
import type { Command, HubEvent, Party, Supervision } from "../src/protocol.ts";
import { call, contact, go, offer, offered, party, play, shown, welcome } from "./samples.ts";

const NO = { ja: "だめ", en: "No" };
const sent = (command: Command, ref = "1"): DeskEvent => ({ type: "command_sent", ref, command });
const ack = (ref = "1"): DeskEvent => ({ type: "ack", ref });
const error = (ref = "1"): DeskEvent => ({ type: "error", ref, code: "x", message: NO });
const opened = (dialog: Dialog): DeskEvent => ({ type: "dialog_opened", dialog });
const transfer: Dialog = { kind: "transfer", contact: "v1" };
const toSuzuki: Command = { type: "transfer", contact: "v1", to: { agent: "suzuki" } };

describe("a command that is refused", () => {
  it("says so at its contact, until the next one", () => {
    const state = play(shown(call("v1")), sent({ type: "hold", contact: "v1" }), error());
    expect(state).toMatchObject({ refusals: { v1: NO }, notices: [] });
    expect(go(state, sent({ type: "mute", contact: "v1" }, "2")).refusals).toEqual({});
    expect(go(state, { type: "refusal_dismissed", place: "v1" }).refusals).toEqual({});
    expect(go(state, shown(call("v1", { state: "ended" }))).refusals).toEqual({});
  });

  it("says so in its dialog, which stays open", () => {
    const state = play(shown(call("v1")), opened(transfer), sent(toSuzuki), error());
    expect(state).toMatchObject({ dialog: transfer, refusals: { dialog: NO } });
    expect(go(state, { type: "dialog_closed" })).toMatchObject({ dialog: null, refusals: {} });
  });

  it("is a notice where its place is gone", () => {
    const state = play(shown(call("v1")), opened(transfer), sent(toSuzuki), { type: "dialog_closed" });
    const ended = go(state, shown(call("v1", { state: "ended" })), error());
    expect(ended).toMatchObject({ refusals: {}, notices: [{ content: NO }] });
    const dialled = play(sent({ type: "dial", number: "0312345678" }), error());
    expect(dialled.notices).toMatchObject([{ content: NO }]);
  });

  it("is told after a lost link, too", () => {
    const state = play(shown(call("v1")), sent({ type: "hold", contact: "v1" }), {
      type: "command_unanswered",
      ref: "1",
    });
    expect(go(state, welcome({ contacts: [call("v1")] })).refusals).toEqual({ v1: "unanswered" });
    expect(go(state, welcome()).refusals).toEqual({});
  });
});

describe("a dialog", () => {
  it.each<[Dialog, Command]>([
    [transfer, toSuzuki],
    [transfer, { type: "consult", contact: "v1", to: { number: "0312345678" } }],
    [
      { kind: "dial", number: "", isAsked: false },
      { type: "dial", number: "0312345678" },
    ],
    [{ kind: "parked" }, { type: "pick_up", contact: "v9" }],
    [
      { kind: "take_over", contact: "v9", agent: "田中" },
      { type: "take_over", contact: "v9" },
    ],
  ])("closes when its command is taken: %o", (dialog, command) => {
    const state = play(shown(call("v1")), opened(dialog), sent(command));
    expect(state.dialog).toEqual(dialog);
    expect(go(state, ack()).dialog).toBeNull();
  });

  it("stays for the answers of other commands", () => {
    const state = play(shown(call("v1")), opened(transfer), sent({ type: "mute", contact: "v1" }), ack());
    expect(state.dialog).toEqual(transfer);
  });

  it.each(["wrap_up", "ended"] as const)("about a call goes with it: %s", how => {
    const state = play(shown(call("v1")), opened(transfer), { type: "keypad_toggled", contact: "v1" });
    expect(go(state, shown(call("v1", { state: how })))).toMatchObject({ dialog: null, keypad: null });
    expect(go(state, welcome({ contacts: [] })).dialog).toBeNull();
  });
});

describe("the keypad", () => {
  const digits = (keys: string, ref: string): DeskEvent =>
    sent({ type: "send_digits", contact: "v1", digits: keys }, ref);

  it("shows what the hub took, in order, and forgets it with the call", () => {
    const state = play(shown(call("v1")), digits("1", "1"), digits("2", "2"), ack("1"), error("2"));
    expect(state.digits).toEqual({ v1: "1" });
    const more = go(state, digits("#", "3"), ack("3"));
    expect(more.digits).toEqual({ v1: "1#" });
    expect(go(more, shown(call("v1", { state: "ended" }))).digits).toEqual({});
  });

  it("opens and closes", () => {
    const toggled: DeskEvent = { type: "keypad_toggled", contact: "v1" };
    const state = play(shown(call("v1")), toggled);
    expect(state.keypad).toBe("v1");
    expect(go(state, toggled).keypad).toBeNull();
  });
});

describe("a number that was dialled", () => {
  const dial = sent({ type: "dial", number: "0312345678" });
  const rings = offer("d1", { channel: "voice", callback: true });

  it("is told from a callback, whichever of answer and offer comes first", () => {
    expect(titleOf(play(dial, offered(rings), ack()), rings)).toBe("dialled");
    const state = play(dial, ack(), offered(rings));
    expect(titleOf(state, rings)).toBe("dialled");
    const other = offer("b1", { channel: "voice", callback: true });
    expect(titleOf(go(state, offered(other)), other)).toBe("callback");
  });

  it("is nothing once it was refused", () => {
    expect(titleOf(play(dial, error(), offered(rings)), rings)).toBe("callback");
  });
});

describe("somebody who was brought into a call", () => {
  const withParty = (state: Party["state"]): HubEvent => shown(call("v1", { parties: [party(state)] }));
  const alone = shown(call("v1"));
  const remove = sent({ type: "remove_party", contact: "v1", party: "p1" });

  it.each([
    ["ringing", "party_no_answer"],
    ["talking", "party_left"],
    ["joined", "party_left"],
  ] as const)("and goes while %s is missed", (state, code) => {
    expect(play(withParty(state), alone).refusals).toEqual({ v1: code });
  });

  it("is not missed when the agent let him go, whatever comes first", () => {
    expect(play(withParty("ringing"), remove, alone, ack()).refusals).toEqual({});
    const acked = play(withParty("ringing"), remove, ack());
    expect(acked.contacts[0]?.parties).toEqual([]);
    expect(go(acked, alone).refusals).toEqual({});
  });

  it("is not missed when the call is handed to him", () => {
    expect(play(withParty("talking"), shown(call("v1", { state: "ended" }))).refusals).toEqual({});
  });
});

describe("presence", () => {
  const asked = sent({ type: "set_presence", presence: "not_ready" });
  const told = (presence: "available" | "not_ready"): HubEvent => ({
    type: "presence",
    agent: "sato",
    presence,
    reason: "",
  });

  it("is shown as asked from the command to the hub's word, which may come after the answer", () => {
    const state = play(asked);
    expect(wantedPresence(state)).toBe("not_ready");
    expect(wantedPresence(go(state, ack()))).toBe("not_ready");
    expect(wantedPresence(go(state, ack(), told("not_ready")))).toBeNull();
  });

  it("is the hub's again when that said so before the answer, or refused", () => {
    expect(wantedPresence(play(asked, told("not_ready"), ack()))).toBeNull();
    expect(wantedPresence(play(asked, error()))).toBeNull();
    expect(wantedPresence(play(asked, ack(), welcome()))).toBeNull();
  });
});

describe("a supervisor's view", () => {
  const team: DeskEvent = { type: "view_chosen", view: "team" };
  const heard = (more: Partial<Supervision> = {}): HubEvent => ({
    type: "supervision",
    contact: "f1",
    agent: "tanaka",
    mode: "listen",
    state: "listening",
    reason: "",
    ...more,
  });

  it("gives way to a call of his own, to an offer that he takes, and to a customer whom he chooses", () => {
    const state = play(team, shown(contact("k1")), offered(offer("k2")));
    expect(state.view).toBe("team");
    expect(go(state, shown(call("v1"))).view).toBe("desk");
    expect(go(state, sent({ type: "accept", offer: "k2.1" })).view).toBe("desk");
    expect(go(state, { type: "contact_selected", contact: "k1" }).view).toBe("desk");
  });

  it("shows refusals at others' calls only while it is there", () => {
    const state = play(team, sent({ type: "supervise", contact: "f1", mode: "listen" }), error());
    expect(state.refusals).toEqual({ f1: NO });
    expect(go(state, { type: "view_chosen", view: "desk" }).refusals).toEqual({});
    const elsewhere = play(sent({ type: "stop_supervising", contact: "f1" }), error());
    expect(elsewhere.notices).toMatchObject([{ content: NO }]);
  });

  it("says why his phone did not come into the call", () => {
    const state = play(team, heard({ state: "ringing" }), heard({ state: "ended", reason: "no_answer" }));
    expect(state).toMatchObject({ supervision: null, refusals: { f1: "supervisor_no_answer" } });
    const away = play(heard({ state: "ringing" }), heard({ state: "ended", reason: "busy" }));
    expect(away.notices).toMatchObject([{ content: "supervisor_busy" }]);
    const stopped = play(heard(), heard({ state: "ended", reason: "stopped" }));
    expect(stopped).toMatchObject({ supervision: null, refusals: {}, notices: [] });
  });

  it("does not mistake the end of one call for that of the next", () => {
    const state = play(heard(), heard({ contact: "f2" }), heard({ state: "ended" }));
    expect(state.supervision?.contact).toBe("f2");
  });
});
