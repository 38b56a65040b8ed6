/** Whom a call can go to: agents and queues of the directory, and whatever number is typed. */

import type { Presence, Target } from "../protocol.ts";
import type { Directory, DirectoryAgent } from "./floor.ts";
import { readNumber } from "./numbers.ts";

export interface AgentChoice {
  readonly kind: "agent";
  readonly id: string;
  readonly name: string;
  readonly presence: Presence;
  readonly reason: string;
  readonly isOnCall: boolean;
}

export interface QueueChoice {
  readonly kind: "queue";
  readonly id: string;
  readonly name: string;
  readonly waiting: number;
}

export interface NumberChoice {
  readonly kind: "number";
  readonly id: string;
  readonly name: string;
}

export type Choice = AgentChoice | QueueChoice | NumberChoice;

/** Return what fits a search, a number first, then agents (who can answer before others), then queues. */
export function choicesOf(directory: Directory | null, search: string, self: string): readonly Choice[] {
  const typed = readNumber(search);
  const numbers: readonly Choice[] =
    "number" in typed ? [{ kind: "number", id: typed.number, name: typed.number }] : [];
  const fits = fitting(search);
  const agents = (directory?.agents ?? [])
    .filter(each => each.id !== self && fits(each.id, each.name))
    .toSorted((a, b) => distance(a) - distance(b) || a.name.localeCompare(b.name, "ja"));
  const queues = (directory?.queues ?? []).filter(each => fits(each.name));
  return [...numbers, ...agents.map(agentChoice), ...queues.map(queueChoice)];
}

/** Return a choice's key: an agent and a queue may have the same name. */
export function keyOfChoice({ kind, id }: Choice): string {
  return `${kind} ${id}`;
}

export function targetOf({ kind, id }: Choice): Target {
  if (kind === "agent") return { agent: id };
  return kind === "queue" ? { queue: id } : { number: id };
}

/** Whether one can talk first: a queue is nobody yet. */
export function canBeConsulted(choice: Choice): boolean {
  return choice.kind !== "queue";
}

/** Return a test whether names hold all words of a search, in whatever width and case. */
function fitting(search: string): (...names: readonly string[]) => boolean {
  const wanted = plain(search).split(" ").filter(Boolean);
  return (...names) => {
    const all = plain(names.join(" "));
    return wanted.every(each => all.includes(each));
  };
}

function plain(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ");
}

const DISTANCES: Readonly<Record<Presence, number>> = { available: 0, not_ready: 2, offline: 4 };

function distance({ presence, is_on_call }: DirectoryAgent): number {
  return DISTANCES[presence] + Number(is_on_call);
}

function agentChoice({ id, name, presence, reason, is_on_call }: DirectoryAgent): AgentChoice {
  return { kind: "agent", id, name, presence, reason, isOnCall: is_on_call };
}

function queueChoice({ name, waiting }: { readonly name: string; readonly waiting: number }): QueueChoice {
  return { kind: "queue", id: name, name, waiting };
}
