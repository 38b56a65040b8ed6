/** The menus as a picture: which places there are, where each leads, and where each stands when drawn. */

export type Shape = "number" | "menu" | "digits" | "message" | "decision" | "hook" | "form" | "exit";

/** A number, a section or a way out; `label` may have several lines, the first is its name. */
export interface FlowNode {
  readonly id: string;
  readonly shape: Shape;
  readonly label: string;
}

/** `is_silent`: the caller comes there without doing anything. */
export interface FlowEdge {
  readonly source: string;
  readonly target: string;
  readonly label: string;
  readonly is_silent: boolean;
}

/** `GET /api/v1/ivr/graph`. */
export interface FlowGraph {
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
}

export const BOX = { width: 190, height: 52 } as const;
const GAP = { x: 80, y: 22 } as const;

/** A node with its place in the picture: the upper left corner of its box. */
export interface Box {
  readonly node: FlowNode;
  readonly x: number;
  readonly y: number;
}

/** `path` is what SVG draws, from the right side of a box to the left side of another. */
export interface Arrow {
  readonly edge: FlowEdge;
  readonly path: string;
}

export interface Drawing {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  readonly width: number;
  readonly height: number;
}

/** Where one can go from a place, as it is read out. */
export interface Place {
  readonly node: FlowNode;
  readonly ways: readonly { readonly edge: FlowEdge; readonly target: FlowNode }[];
}

/** Draw from left to right: numbers first, each place as far to the right as the fewest steps that lead to it. */
export function drawn(graph: FlowGraph): Drawing {
  const columns = columnsOf(graph);
  const boxes = columns.flatMap((column, at) =>
    column.map((node, row) => ({
      node,
      x: at * (BOX.width + GAP.x),
      y: row * (BOX.height + GAP.y),
    })),
  );
  const at = new Map(boxes.map(each => [each.node.id, each]));
  const rows = Math.max(0, ...columns.map(each => each.length));
  return {
    boxes,
    arrows: graph.edges.flatMap(edge => {
      const [from, to] = [at.get(edge.source), at.get(edge.target)];
      return from && to ? [{ edge, path: pathOf(from, to) }] : [];
    }),
    width: Math.max(0, columns.length * (BOX.width + GAP.x)),
    height: Math.max(0, rows * (BOX.height + GAP.y)),
  };
}

/** Return all places in the order of the picture, with the ways out of each. */
export function placesOf(graph: FlowGraph): readonly Place[] {
  const nodes = new Map(graph.nodes.map(each => [each.id, each]));
  return columnsOf(graph)
    .flat()
    .map(node => ({
      node,
      ways: graph.edges.flatMap(edge => {
        const target = edge.source === node.id ? nodes.get(edge.target) : undefined;
        return target ? [{ edge, target }] : [];
      }),
    }));
}

/** Return the name of a node, and what else its label says. */
export function namesOf({ label }: FlowNode): readonly [string, string] {
  const [name = "", ...rest] = label.split("\n");
  return [name, rest.join(" ")];
}

/** Ways out stand in the last column, and so does what nothing leads to. */
function columnsOf({ nodes, edges }: FlowGraph): readonly (readonly FlowNode[])[] {
  const depth = new Map(nodes.filter(each => each.shape === "number").map(each => [each.id, 0]));
  const waiting = [...depth.keys()];
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    for (const { source, target } of edges) {
      if (source !== id || depth.has(target)) continue;
      depth.set(target, (depth.get(id) ?? 0) + 1);
      waiting.push(target);
    }
  }
  const inner = nodes.filter(each => each.shape !== "exit").flatMap(each => depth.get(each.id) ?? []);
  const last = Math.max(-1, ...inner) + 1;
  const columns: FlowNode[][] = Array.from({ length: last + 1 }, () => []);
  for (const node of nodes) {
    const found = node.shape === "exit" ? last : (depth.get(node.id) ?? last);
    columns[found]?.push(node);
  }
  return columns.filter(each => each.length > 0);
}

function pathOf(from: Box, to: Box): string {
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = [to.x, to.y + BOX.height / 2];
  const bend = GAP.x * (x2 > x1 ? 0.5 : 1.5);
  return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
