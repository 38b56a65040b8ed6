import { describe, expect, it } from "vitest";
import type { DeskEvent } from "../src/desktop/state.ts";
import { INITIAL } from "../src/desktop/state.ts";
import { isPending, wantedPresence } from "../src/desktop/worklist.ts";
import type { Command } from "../src/protocol.ts";
import {
  agent,
  call,
  contact,
  go,
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
  welcome,
} from "./samples.ts";

const sent = (ref: string, command: Command): DeskEvent => ({ type: "command_sent", ref, command });
const ack = (ref: string): DeskEvent => ({ type: "ack", ref });
const error = (ref: string): DeskEvent => ({
  type: "error",
  ref,
  code: "x",
  message: { ja: "だめ", en: "No" },
});
const posted = (id: string, on = "k1"): DeskEvent => ({
  type: "message_posted",
  contact: on,
  message: id,
  text: `text ${id}`,
});

describe("welcome", () => {
  it("restores everything that is the agent's own", () => {
    const state = go(
      INITIAL,
      welcome({ offers: [offer("v1")], contacts: [contact("k1", { messages: [message("m1")] })] }),
    );
    expect(state).toMatchObject({
      link: "open",
      agent,
      presence: "available",
      skewMs: SKEW_MS,
      selected: "v1",
    });
    expect(state.contacts[0]?.messages).toHaveLength(1);
    expect(state.dispositions).toHaveLength(1);
  });

  it("forgets what is not the agent's any more, and keeps what is written for the rest", () => {
    const draft = (on: string): DeskEvent => ({ type: "draft_changed", contact: on, text: "…" });
    const state = play(popped(pop("k1")), popped(pop("k2")), shown(contact("k1")), shown(contact("k2")));
    const after = go(state, draft("k1"), draft("k2"), welcome({ contacts: [contact("k2")] }));
    expect(after.contacts.map(each => each.id)).toEqual(["k2"]);
    expect(Object.keys(after.pops)).toEqual(["k2"]);
    expect(after.drafts).toEqual({ k2: "…" });
    expect(after.selected).toBe("k2");
  });

  it("keeps unsent messages of a contact that is still ours, and says so of others", () => {
    const state = play(shown(contact("k1")), shown(contact("k2")), posted("a", "k1"), posted("b", "k2"));
    const after = go(state, welcome({ contacts: [contact("k1")] }));
    expect(after.outgoing.map(each => each.message.id)).toEqual(["a"]);
    expect(after.notices.at(-1)?.content).toBe("not_sent");
  });

  it("does not show a message twice that had arrived", () => {
    const mine = message("a", { direction: "out", author: "sato" });
    const after = go(
      play(shown(contact("k1")), posted("a")),
      welcome({ contacts: [contact("k1", { messages: [mine] })] }),
    );
    expect(after.outgoing).toEqual([]);
    expect(after.notices).toEqual([]);
  });
});

describe("answers", () => {
  it("settle the command of their ref only", () => {
    const state = play(
      sent("1", { type: "hold", contact: "v1" }),
      sent("2", { type: "set_presence", presence: "not_ready" }),
    );
    expect(isPending(state, "hold", "v1")).toBe(true);
    expect(wantedPresence(state)).toBe("not_ready");
    const after = go(state, ack("1"));
    expect(isPending(after, "hold", "v1")).toBe(false);
    expect(wantedPresence(after)).toBe("not_ready");
  });

  it("of unknown ref change nothing", () => {
    const state = play();
    expect(go(state, error("9"))).toBe(state);
    expect(go(state, { type: "command_unanswered", ref: "9" })).toBe(state);
  });

  it("that refuse are shown in both languages", () => {
    const after = go(play(sent("1", { type: "hold", contact: "v1" })), error("1"));
    expect(after.notices.at(-1)?.content).toEqual({ ja: "だめ", en: "No" });
    expect(after.pending).toEqual({});
  });

  it("that are missing are told", () => {
    const after = go(play(sent("1", { type: "hold", contact: "v1" })), {
      type: "command_unanswered",
      ref: "1",
    });
    expect(after.notices.at(-1)?.content).toBe("unanswered");
  });
});

describe("presence", () => {
  it("changes with the agent's own, not with others'", () => {
    const event = (who: string): DeskEvent => ({
      type: "presence",
      agent: who,
      presence: "not_ready",
      reason: "meal",
    });
    expect(play(event("tanaka")).presence).toBe("available");
    expect(play(event("sato"))).toMatchObject({ presence: "not_ready", presenceReason: "meal" });
  });
});

describe("offers", () => {
  it("are shown with their pop where nothing else is, and do not push aside what is", () => {
    expect(play(popped(pop("k1")), offered(offer("k1"))).selected).toBe("k1");
    expect(play(shown(contact("k1")), offered(offer("v1"))).selected).toBe("k1");
  });

  it("are the same offer when sent again", () => {
    const after = play(offered(offer("k1")), offered(offer("k1", { deadline_ms: 7 })));
    expect(after.offers).toEqual([offer("k1", { deadline_ms: 7 })]);
  });

  it("that are accepted are shown, whatever was", () => {
    const state = play(
      shown(contact("k1")),
      offered(offer("k2")),
      sent("1", { type: "accept", offer: "k2.1" }),
    );
    expect(state.selected).toBe("k2");
  });

  it("become contacts", () => {
    const after = play(popped(pop("k1")), offered(offer("k1")), shown(contact("k1")));
    expect(after.offers).toEqual([]);
    expect(after.contacts).toHaveLength(1);
    expect(Object.keys(after.pops)).toEqual(["k1"]);
  });

  it.each(["no_answer", "taken", "left", "removed"] as const)("go with a notice: %s", reason => {
    const after = play(popped(pop("v1")), offered(offer("v1")), {
      type: "offer_withdrawn",
      offer: "v1.1",
      contact: "v1",
      reason,
    });
    expect(after).toMatchObject({ offers: [], pops: {}, selected: null });
    expect(after.notices.at(-1)?.content).toBe(reason);
  });

  it("go silently when the agent rejected them", () => {
    const after = play(offered(offer("v1")), {
      type: "offer_withdrawn",
      offer: "v1.1",
      contact: "v1",
      reason: "rejected",
    });
    expect(after).toMatchObject({ offers: [], notices: [] });
  });

  it("that are withdrawn twice, or were never here, change nothing", () => {
    const state = play();
    expect(go(state, { type: "offer_withdrawn", offer: "v1.1", contact: "v1", reason: "left" })).toBe(state);
  });

  it("fall back to the same customer's thread when the caller hangs up", () => {
    const state = play(shown(contact("k1")), popped(pop("v1", { channel: "voice" })), offered(offer("v1")));
    const after = go(
      state,
      { type: "contact_selected", contact: "v1" },
      { type: "offer_withdrawn", offer: "v1.1", contact: "v1", reason: "left" },
    );
    expect(after.selected).toBe("k1");
  });
});

describe("contacts", () => {
  it("that are calls are shown at once, text contacts only where nothing is", () => {
    expect(play(shown(contact("k1")), shown(call("v1", { customer: "c2" }))).selected).toBe("v1");
    expect(play(shown(contact("k1")), shown(contact("k2", { customer: "c2" }))).selected).toBe("k1");
  });

  it("change in place", () => {
    const after = play(shown(call("v1")), shown(contact("k1")), shown(call("v1", { held: true })));
    expect(after.contacts.map(each => [each.id, each.held])).toEqual([
      ["v1", true],
      ["k1", false],
    ]);
  });

  it("are forgotten when they end", () => {
    const draft: DeskEvent = { type: "draft_changed", contact: "k1", text: "…" };
    const after = play(
      popped(pop("k1")),
      shown(contact("k1")),
      draft,
      shown(contact("k1", { state: "ended" })),
    );
    expect(after).toMatchObject({ contacts: [], pops: {}, drafts: {}, selected: null });
  });

  it("leave a trace for the timeline, by the hub's clock", () => {
    const after = play(
      shown(call("v1")),
      shown(call("v1", { state: "wrap_up" })),
      sent("1", { type: "wrap_up", contact: "v1", disposition: "resolved", note: "ok" }),
      ack("1"),
    );
    expect(after.observed.map(each => each.item.kind)).toEqual(["connected", "ended", "disposition"]);
    expect(after.observed[0]).toMatchObject({ key: "c1", item: { at_ms: NOW_MS + SKEW_MS, agent: "sato" } });
    expect(after.observed[2]?.item).toMatchObject({ text: "resolved", detail: { note: "ok" } });
  });

  it("note a disposition once when the end comes before the answer", () => {
    const after = play(
      shown(call("v1", { state: "wrap_up" })),
      sent("1", { type: "wrap_up", contact: "v1", disposition: "resolved" }),
      shown(call("v1", { state: "ended" })),
      ack("1"),
    );
    expect(after.observed.map(each => each.item.kind)).toEqual(["disposition"]);
    expect(after.contacts).toEqual([]);
  });
});

describe("wrap-up", () => {
  const draft: DeskEvent = {
    type: "wrap_up_changed",
    contact: "v1",
    draft: { disposition: "", note: "half" },
  };
  const late = play(shown(call("v1", { state: "wrap_up" })), draft, shown(call("v1", { state: "ended" })));

  it("whose time is over stays until it is sent", () => {
    expect(late.contacts).toMatchObject([{ id: "v1", state: "ended" }]);
    const after = go(late, sent("1", { type: "wrap_up", contact: "v1", disposition: "resolved" }), ack("1"));
    expect(after).toMatchObject({ contacts: [], wrapUps: {}, selected: null });
  });

  it("whose time is over outlives a lost link, and can be discarded", () => {
    const again = go(late, welcome());
    expect(again.wrapUps).toEqual({ v1: { disposition: "", note: "half" } });
    expect(go(again, { type: "wrap_up_discarded", contact: "v1" })).toMatchObject({
      contacts: [],
      wrapUps: {},
    });
  });

  it("that was refused stays as it was written", () => {
    const state = go(late, sent("1", { type: "wrap_up", contact: "v1", disposition: "odd" }), error("1"));
    expect(state.wrapUps).toHaveProperty("v1");
    expect(state.contacts).toHaveLength(1);
  });
});

describe("messages", () => {
  it("stand in order of time, each once", () => {
    const after = play(
      shown(contact("k1", { messages: [message("m2", { at_ms: NOW_MS + 2 })] })),
      { type: "message", contact: "k1", message: message("m1", { at_ms: NOW_MS + 1 }) },
      { type: "message", contact: "k1", message: message("m2", { at_ms: NOW_MS + 2 }) },
    );
    expect(after.contacts[0]?.messages.map(each => each.id)).toEqual(["m1", "m2"]);
  });

  it("are counted while another customer is shown, until this one is", () => {
    const state = play(shown(contact("k1")), shown(contact("k2", { customer: "c2" })));
    const after = go(
      state,
      { type: "message", contact: "k2", message: message("m1") },
      { type: "message", contact: "k2", message: message("m2") },
      { type: "message", contact: "k2", message: message("m3", { direction: "out" }) },
      { type: "message", contact: "k1", message: message("m4") },
    );
    expect(after.unread).toEqual({ k2: 2 });
    expect(go(after, { type: "contact_selected", contact: "k2" }).unread).toEqual({});
  });

  it("of contacts that are not here change nothing that is seen", () => {
    const after = play({ type: "message", contact: "k9", message: message("m1") });
    expect(after).toMatchObject({ contacts: [], unread: {} });
  });

  it("of ours are shown at once, then replaced by the hub's", () => {
    const state = go(
      play(shown(contact("k1"))),
      { type: "draft_changed", contact: "k1", text: "x" },
      posted("a"),
    );
    expect(state.drafts).toEqual({});
    expect(state.outgoing[0]).toMatchObject({
      contact: "k1",
      refused: false,
      message: { id: "a", author: "sato" },
    });
    const after = go(state, {
      type: "message",
      contact: "k1",
      message: message("a", { direction: "out", delivery: "queued" }),
    });
    expect(after.outgoing).toEqual([]);
    const delivered = go(after, { type: "delivery", contact: "k1", message: "a", delivery: "failed" });
    expect(delivered.contacts[0]?.messages[0]?.delivery).toBe("failed");
  });

  it("that were refused wait for the agent, and are not doubled when tried again", () => {
    const send: Command = { type: "send", contact: "k1", message: "a", text: "text a" };
    const refused = go(play(shown(contact("k1"))), posted("a"), sent("1", send), error("1"));
    expect(refused.outgoing).toMatchObject([{ refused: true }]);
    expect(go(refused, posted("a")).outgoing).toMatchObject([{ refused: false }]);
  });

  it("without an answer are refused on a link that stands, and wait on one that is lost", () => {
    const send: Command = { type: "send", contact: "k1", message: "a", text: "text a" };
    const state = go(play(shown(contact("k1"))), posted("a"), sent("1", send));
    const unanswered: DeskEvent = { type: "command_unanswered", ref: "1" };
    expect(go(state, unanswered).outgoing).toMatchObject([{ refused: true }]);
    const lost = go(state, { type: "link_changed", link: "waiting" }, unanswered);
    expect(lost.outgoing).toMatchObject([{ refused: false }]);
    expect(lost.notices).toEqual([]);
  });

  it("take along what was read in them when they are withdrawn", () => {
    const heard = [
      { name: "order", value: "1", said: "", message: "m1" },
      { name: "name", value: "Sato", said: "", message: "" },
    ];
    const journey = [
      item("heard", { detail: { intent: "", heard } }),
      item("message_in", { text: "1", detail: { message: "m1" } }),
    ];
    const after = play(
      { type: "screen_pop", ...pop("k1", { heard, journey }) },
      { type: "message", contact: "k1", message: message("m1", { text: "", withdrawn_ms: NOW_MS }) },
    );
    expect(after.pops.k1?.heard.map(each => each.name)).toEqual(["name"]);
    expect(after.pops.k1?.journey.map(each => [each.kind, each.text])).toEqual([["message_in", ""]]);
  });
});

describe("supervision", () => {
  const supervision = (state: "listening" | "ended"): DeskEvent => ({
    type: "supervision",
    contact: "k1",
    agent: "tanaka",
    mode: "listen",
    state,
    reason: state === "ended" ? "stopped" : "",
  });

  it("is kept until it ends", () => {
    const during = play(supervision("listening"));
    expect(during.supervision).toMatchObject({ contact: "k1", agent: "tanaka", mode: "listen" });
    expect(go(during, supervision("ended")).supervision).toBeNull();
  });

  it("that stands follows the welcome", () => {
    expect(play(supervision("listening"), welcome()).supervision).toBeNull();
  });
});

describe("the page", () => {
  it("forgets everything personal when the session ends", () => {
    const after = play(shown(contact("k1")), { type: "link_changed", link: "ended" });
    expect(after).toEqual({ ...INITIAL, link: "ended" });
  });

  it("keeps what it shows while the link is away", () => {
    const after = play(shown(contact("k1")), { type: "link_changed", link: "waiting" });
    expect(after).toMatchObject({ link: "waiting", contacts: [{ id: "k1" }] });
  });

  it("shows the four newest notices, and dismisses by id", () => {
    const noticed: DeskEvent = { type: "noticed", notice: "no_link" };
    const after = play(noticed, noticed, noticed, noticed, noticed);
    expect(after.notices.map(each => each.id)).toEqual([2, 3, 4, 5]);
    expect(go(after, { type: "notice_dismissed", notice: 3 }).notices.map(each => each.id)).toEqual([
      2, 4, 5,
    ]);
  });
});

describe("the agent's phone", () => {
  it("is where the hub says that calls ring", () => {
    expect(play(welcome()).rings).toBe("sip");
    expect(play(welcome({ phone: "browser" })).rings).toBe("browser");
    expect(play(welcome(), { type: "phone", phone: "browser" }).rings).toBe("browser");
  });

  it("is forgotten with the session", () => {
    const phone = { ...INITIAL.phone, mode: "on" as const };
    const on = play(welcome(), { type: "phone_changed", phone });
    expect(on.phone.mode).toBe("on");
    expect(go(on, { type: "link_changed", link: "ended" }).phone).toBe(INITIAL.phone);
  });
});
