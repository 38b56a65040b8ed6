/** What goes on around this agent, as the hub's API tells: who there is, and which calls. */

import type { ContactState, Party, Presence, RecordingState } from "../protocol.ts";

export interface DirectoryAgent {
  readonly id: string;
  readonly name: string;
  readonly presence: Presence;
  readonly reason: string;
  readonly is_on_call: boolean;
  readonly queues: readonly string[];
}

export interface DirectoryQueue {
  readonly name: string;
  readonly waiting: number;
}

/** `GET /api/v1/directory` */
export interface Directory {
  readonly agents: readonly DirectoryAgent[];
  readonly queues: readonly DirectoryQueue[];
}

/** A contact on the floor. Agents see those that are parked and their own, supervisors all. */
export interface FloorCall {
  readonly contact: string;
  readonly queue: string;
  readonly state: ContactState | "offered";
  readonly agent: string | null;
  readonly address: string | null;
  readonly name: string;
  readonly since_ms: number;
  readonly held: boolean;
  readonly parked: boolean;
  readonly recording: RecordingState;
  readonly parties: readonly Party[];
}

/** `GET /api/v1/calls` */
export interface FloorCalls {
  readonly calls: readonly FloorCall[];
}

/** Return the calls that are parked, who waits longest first. */
export function parked({ calls }: FloorCalls): readonly FloorCall[] {
  return calls.filter(each => each.parked).toSorted((a, b) => a.since_ms - b.since_ms);
}

/** One queue as a supervisor sees it. */
export interface QueueView {
  readonly name: string;
  readonly waiting: number;
  /** Who waits, longest first: those of whom the calls tell. */
  readonly waiters: readonly FloorCall[];
  readonly live: readonly FloorCall[];
  readonly parked: readonly FloorCall[];
}

/** Who is offered to an agent waits until that agent answers. */
const WAITING: ReadonlySet<FloorCall["state"]> = new Set(["waiting", "offered"] as const);

/** Return the queues with what goes on in them, in order of name. */
export function queuesOf(directory: Directory | null, floor: FloorCalls | null): readonly QueueView[] {
  const calls = (floor?.calls ?? []).toSorted((a, b) => a.since_ms - b.since_ms);
  const counts = new Map((directory?.queues ?? []).map(each => [each.name, each.waiting]));
  const names = new Set([...counts.keys(), ...calls.map(each => each.queue)]);
  return [...names].toSorted().map(name => {
    const own = calls.filter(each => each.queue === name);
    const waiters = own.filter(each => WAITING.has(each.state) && !each.parked);
    return {
      name,
      waiting: counts.get(name) ?? waiters.length,
      waiters,
      live: own.filter(each => each.state === "connected"),
      parked: own.filter(each => each.parked),
    };
  });
}

/** One agent as a supervisor sees him: `call` is what he talks about now, or writes up. */
export interface AgentView {
  readonly agent: DirectoryAgent;
  readonly call: FloorCall | null;
}

/** Return the agents, those on a call first, then who is there, in order of name. */
export function agentsOf(directory: Directory | null, floor: FloorCalls | null): readonly AgentView[] {
  const views = (directory?.agents ?? []).map(agent => ({ agent, call: callOf(floor, agent.id) }));
  const rank = ({ agent, call }: AgentView): number => {
    if (call?.state === "connected") return 0;
    return { available: 1, not_ready: 2, offline: 3 }[agent.presence];
  };
  return views.toSorted((a, b) => rank(a) - rank(b) || a.agent.name.localeCompare(b.agent.name, "ja"));
}

function callOf(floor: FloorCalls | null, agent: string): FloorCall | null {
  const own = (floor?.calls ?? []).filter(each => each.agent === agent && !each.parked);
  return own.find(each => each.state === "connected") ?? own.find(each => each.state === "wrap_up") ?? null;
}

/** A recording as the list shows it. */
export interface RecordingListed {
  readonly id: string;
  readonly contact: string;
  readonly queue: string;
  readonly agents: readonly string[];
  readonly started_ms: number;
  readonly length_ms: number;
}

/** `GET /api/v1/recordings`, newest first; `next` for those after them. */
export interface Recordings {
  readonly recordings: readonly RecordingListed[];
  readonly next: string | null;
}

/** One line of the audit log. */
export interface AuditEntry {
  readonly id: string;
  readonly at_ms: number;
  readonly actor: string;
  readonly deed: string;
  readonly subject: string;
}

/** `GET /api/v1/audit`, newest first; `before_ms` asks for those after them, `null` if there are none. */
export interface AuditLog {
  readonly entries: readonly AuditEntry[];
  readonly before_ms: number | null;
}
