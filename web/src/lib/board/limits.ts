import type { BoardLimit } from '$lib/api/types';
import { count } from '$lib/text/format';

export const perNames = {
  pool: 'Pieces of a resource',
  person: "Each person's items",
  lane: 'Items of one lane',
} as const;

export const laneFieldNames = {
  label: 'Label',
  class: 'Class of service',
  kind: 'Kind',
  assignee: 'Assignee',
  trade: 'Trade',
  priority: 'Priority',
  parent: 'Under an item',
} as const;

export type Fill = { text: string; state: 'free' | 'full' | 'over' };

const stateOf = (used: number, most: number): Fill['state'] =>
  used > most ? 'over' : used === most ? 'full' : 'free';

/** "GPUs 3/3"; of a limit for each person, the fullest. */
export function limitFill({ per, most, count: all, people }: BoardLimit): Fill {
  const used = per === 'person' ? Math.max(0, ...people.map((held) => held.count)) : all;
  return { text: per === 'person' ? `${most} each` : `${used}/${most}`, state: stateOf(used, most) };
}

/** Who is under it, in words. */
export function limitNote({ per, occupants, people, most }: BoardLimit): string {
  if (per === 'person') {
    const held = people.map(({ person, count: n }) => `${person.name || person.email} ${n}/${most}`);
    return held.join(', ') || 'Nobody has begun anything.';
  }
  return occupants.map(({ key, title }) => `${key} ${title}`).join('\n') || `Free: ${count(most, 'place')}.`;
}
