import { describe, expect, it } from "vitest";
import {
  agentsOf,
  type Directory,
  type DirectoryAgent,
  type FloorCall,
  parked,
  queuesOf,
} from "../src/desktop/floor.ts";
import { canBeConsulted, choicesOf, keyOfChoice, targetOf } from "../src/desktop/targets.ts";
import { NOW_MS } from "./samples.ts";

function agent(id: string, more: Partial<DirectoryAgent> = {}): DirectoryAgent {
  return { id, name: id, presence: "available", reason: "", is_on_call: false, queues: [], ...more };
}

function call(contact: string, more: Partial<FloorCall> = {}): FloorCall {
  return {
    contact,
    queue: "support",
    state: "waiting",
    agent: null,
    address: null,
    name: "",
    since_ms: NOW_MS,
    held: false,
    parked: false,
    recording: "off",
    parties: [],
    ...more,
  };
}

const directory: Directory = {
  agents: [
    agent("ito", { name: "伊藤 結衣", presence: "offline" }),
    agent("yamada", { name: "山田 真一", presence: "not_ready", reason: "meal" }),
    agent("tanaka", { name: "田中 Daisuke", is_on_call: true }),
    agent("suzuki", { name: "鈴木 花子" }),
    agent("sato", { name: "佐藤 恵" }),
  ],
  queues: [
    { name: "support", waiting: 2 },
    { name: "sales", waiting: 0 },
  ],
};
const found = (search: string): string[] => choicesOf(directory, search, "sato").map(each => each.id);

describe("whom a call can go to", () => {
  it("is who can answer first, then the others, then queues; never oneself", () => {
    expect(found("")).toEqual(["suzuki", "tanaka", "yamada", "ito", "support", "sales"]);
  });

  it.each([
    ["鈴木", ["suzuki"]],
    ["花子 鈴木", ["suzuki"]],
    ["ＳＵＺＵＫＩ", ["suzuki"]],
    ["daisuke", ["tanaka"]],
    ["sup", ["support"]],
    ["03-1234-5678", ["0312345678"]],
    ["誰か", []],
  ])("is narrowed by %s", (search, ids) => {
    expect(found(search)).toEqual(ids);
  });

  it("is a number even when nobody is known", () => {
    const [choice] = choicesOf(null, "0312345678", "sato");
    expect(choice && targetOf(choice)).toEqual({ number: "0312345678" });
  });

  it("is named to the hub by kind; queues cannot be consulted", () => {
    const choices = choicesOf(directory, "up", "sato").concat(choicesOf(directory, "suz", "sato"));
    expect(choices.map(targetOf)).toEqual([{ queue: "support" }, { agent: "suzuki" }]);
    expect(choices.map(canBeConsulted)).toEqual([false, true]);
    expect(choices.map(keyOfChoice)).toEqual(["queue support", "agent suzuki"]);
  });
});

describe("the floor", () => {
  const calls = [
    call("f2", { since_ms: NOW_MS - 5 }),
    call("f1", { since_ms: NOW_MS - 9, state: "offered" }),
    call("f3", { state: "connected", agent: "tanaka" }),
    call("f4", { parked: true, agent: "suzuki" }),
    call("f5", { queue: "night", parked: true, since_ms: NOW_MS - 99 }),
    call("f6", { state: "wrap_up", agent: "yamada" }),
  ];

  it("lists each queue with who talks and who waits, longest first", () => {
    const [night, sales, support] = queuesOf(directory, { calls });
    expect(night).toMatchObject({ name: "night", waiting: 0, parked: [{ contact: "f5" }] });
    expect(sales).toMatchObject({ name: "sales", waiting: 0, waiters: [], live: [] });
    expect(support?.waiters.map(each => each.contact)).toEqual(["f1", "f2"]);
    expect(support).toMatchObject({ waiting: 2, live: [{ contact: "f3" }], parked: [{ contact: "f4" }] });
  });

  it("lists agents with what they do, who talks first", () => {
    const views = agentsOf(directory, { calls });
    expect(views.map(each => [each.agent.id, each.call?.contact])).toEqual([
      ["tanaka", "f3"],
      ["sato", undefined],
      ["suzuki", undefined],
      ["yamada", "f6"],
      ["ito", undefined],
    ]);
  });

  it("lists parked calls, who waits longest first", () => {
    expect(parked({ calls }).map(each => each.contact)).toEqual(["f5", "f4"]);
  });

  it("is empty until it is known", () => {
    expect(queuesOf(null, null)).toEqual([]);
    expect(agentsOf(null, null)).toEqual([]);
  });
});
