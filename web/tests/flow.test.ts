import { describe, expect, it } from "vitest";
import { BOX, drawn, type FlowGraph, namesOf, placesOf } from "../src/desktop/flow.ts";

function edge(source: string, target: string, label = "", is_silent = false) {
  return { source, target, label, is_silent };
}

const graph: FlowGraph = {
  nodes: [
    { id: "s0", shape: "menu", label: "main\nお電話ありがとうございます" },
    { id: "s1", shape: "message", label: "hours" },
    { id: "s2", shape: "menu", label: "lost" },
    { id: "n0", shape: "number", label: "_." },
    { id: "x0", shape: "exit", label: "queue,support" },
  ],
  edges: [
    edge("n0", "s0", "", true),
    edge("s0", "s1", "2 営業時間"),
    edge("s0", "x0", "1"),
    edge("s0", "s0", "language,en"),
    edge("s1", "s0", "", true),
    edge("s2", "gone", "1"),
  ],
};

describe("the picture of the menus", () => {
  it("stands from left to right, ways out last, no box upon another", () => {
    const { boxes, width, height } = drawn(graph);
    const column = new Map(boxes.map(each => [each.node.id, each.x]));
    const [number, main, hours, exit] = ["n0", "s0", "s1", "x0"].map(id => column.get(id) ?? -1);
    expect([number, main, hours, exit]).toEqual(
      [...new Set([number, main, hours, exit])].sort((a, b) => Number(a) - Number(b)),
    );
    expect(column.get("s2")).toBe(exit);
    expect(new Set(boxes.map(each => `${each.x} ${each.y}`)).size).toBe(graph.nodes.length);
    expect(Math.max(...boxes.map(each => each.x + BOX.width))).toBeLessThanOrEqual(width);
    expect(Math.max(...boxes.map(each => each.y + BOX.height))).toBeLessThanOrEqual(height);
  });

  it("has an arrow for each way between places that there are", () => {
    const { arrows, boxes } = drawn(graph);
    expect(arrows.map(each => each.edge)).toEqual(graph.edges.slice(0, 5));
    const main = boxes.find(each => each.node.id === "s0");
    expect(arrows[1]?.path.startsWith(`M${Number(main?.x) + BOX.width} `)).toBe(true);
  });

  it("is nothing where there is nothing", () => {
    expect(drawn({ nodes: [], edges: [] })).toEqual({ boxes: [], arrows: [], width: 0, height: 0 });
    expect(placesOf({ nodes: [], edges: [] })).toEqual([]);
  });

  it("is read in the same order, each place with the ways out of it", () => {
    const places = placesOf(graph);
    expect(places.map(each => each.node.id)).toEqual(["n0", "s0", "s1", "s2", "x0"]);
    expect(places[1]?.ways.map(each => [each.edge.label, each.target.id])).toEqual([
      ["2 営業時間", "s1"],
      ["1", "x0"],
      ["language,en", "s0"],
    ]);
    expect(namesOf(places[1]?.node ?? { id: "", shape: "menu", label: "" })).toEqual([
      "main",
      "お電話ありがとうございます",
    ]);
  });
});
