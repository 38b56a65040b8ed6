import { describe, expect, it } from "vitest";
import { actionsOf, consultationOf, isApart } from "../src/desktop/calls.ts";
import type { Contact } from "../src/protocol.ts";
import { call, contact, party } from "./samples.ts";

const actions = (each: Contact): string[] => [...actionsOf(each)].toSorted();

describe("what can be done with a call", () => {
  it("is everything but what needs somebody who is consulted", () => {
    expect(actions(call("v1"))).toEqual(["digits", "hangUp", "hold", "mute", "park", "record", "transfer"]);
  });

  it("is to invite him to where the hub can, whoever else is in the call", () => {
    for (const each of [call("v1"), call("v1", { parties: [party("talking")] })]) {
      expect(actionsOf(each, ["sms"]).has("invite")).toBe(true);
    }
    expect(actionsOf(call("v2", { about: "v1" }), ["sms"]).has("invite")).toBe(false);
  });

  it("is to wait or to go back while who is consulted is rung", () => {
    const each = call("v1", { held: true, parties: [party("ringing")] });
    expect(consultationOf(each)).toBe("ringing");
    expect(actions(each)).toEqual(["digits", "hangUp", "mute", "record", "swap"]);
    expect(actions({ ...each, held: false })).toEqual(["digits", "hangUp", "mute", "record"]);
  });

  it.each(["talking", "held"] as const)("is to bring them together while somebody is %s", state => {
    const each = call("v1", { parties: [party("joined", { id: "p0" }), party(state)] });
    expect(consultationOf(each)).toBe("apart");
    expect(actions(each)).toEqual(["complete", "conference", "digits", "hangUp", "mute", "record", "swap"]);
    expect(isApart(each)).toBe(state === "talking");
  });

  it("is to leave a conference, or to bring one more into it", () => {
    const each = call("v1", { parties: [party("joined")] });
    expect(consultationOf(each)).toBe("together");
    expect(actions(each)).toEqual(["complete", "digits", "hangUp", "mute", "record", "transfer"]);
  });

  it("is to be mute or to leave where the call is somebody else's", () => {
    expect(actions(call("v2", { about: "v1", parties: [party("talking")] }))).toEqual(["hangUp", "mute"]);
  });

  it("is nothing where there is no call", () => {
    expect(actions(call("v1", { state: "wrap_up" }))).toEqual([]);
    expect(actions(contact("k1"))).toEqual([]);
  });
});
