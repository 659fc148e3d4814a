// What can be chosen for the fields of an item, value by value as the server takes them.
import type { ItemStatus, Member, SprintLine } from '$lib/api/types';
import { trades } from '$lib/people/trades';
import { spoken } from '$lib/text/words';

export type Choices = [string, string][];

/** Whoever works on an item is a member, and viewers only look. `now` stays choosable, whoever it is. */
export function assignees(members: Member[], now?: { email: string; name: string } | null): Choices {
  const people: { email: string; name: string }[] = members
    .filter(({ role }) => role !== 'viewer')
    .map(({ user }) => user);
  if (now && !people.some(({ email }) => email === now.email)) people.push(now);
  return [['', 'Nobody'], ...people.map(({ email, name }): [string, string] => [email, name || email])];
}

export const statusChoices = (statuses: ItemStatus[]): Choices =>
  statuses.map(({ id, name }) => [String(id), name]);

/** Sprints that an item can come into. The one where it is stays choosable, also when that is closed. */
export function sprintChoices(sprints: SprintLine[], now: number | null): Choices {
  const open = sprints.filter(({ id, state }) => state !== 'closed' || id === now);
  return [['', 'None'], ...open.map(({ id, name }): [string, string] => [String(id), name])];
}

export function tradeChoices(now?: string | null): Choices {
  const all = new Set<string>([...trades, now ?? '']);
  return [['', 'None'], ...[...all].filter(Boolean).map((trade): [string, string] => [trade, spoken(trade)])];
}

/** Text in a field that holds a number, or nothing. */
export const numberOf = (text: string) => (text.trim() ? Number(text.replace(',', '.')) : null);

/** Of a field that holds a number: a comma is a point where people write it so. */
export const decimalField = {
  inputmode: 'decimal',
  pattern: '[0-9]+([.,][0-9]+)?',
  title: 'A number, such as 3 or 0.5',
} as const;

/** Lines that say something. */
export const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** Labels as people type them: with commas between. */
export const labelsOf = (text: string) =>
  text
    .split(',')
    .map((label) => label.trim())
    .filter(Boolean);
