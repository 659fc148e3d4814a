// Swimlanes: a board's items beside each other that have a field in common.
import type { ItemLine, Member } from '$lib/api/types';
import { assignees, tradeChoices, type Choices } from '$lib/item/choices';
import { classNames, kindNames, priorityNames } from '$lib/item/words';
import { spoken } from '$lib/text/words';
import type { Filled } from './board';

/** What a lane can have in common. */
export const groupings = {
  assignee: 'Assignee',
  parent: 'Parent',
  kind: 'Kind',
  trade: 'Trade',
  label: 'Label',
  class: 'Class of service',
  priority: 'Priority',
  project: 'Project',
};
export type Grouping = keyof typeof groupings;

/** `id` is what the field holds, empty for nothing. `cells` are its items, column by column. */
export type Lane = { id: string; name: string; count: number; cells: ItemLine[][] };

/** What the address asks for. */
export const groupingOf = (word: string | null): Grouping | null =>
  word !== null && Object.hasOwn(groupings, word) ? (word as Grouping) : null;

/** Ids and names of the lanes in which an item stands: one, but for labels, of which it can have several. */
function placesOf(item: ItemLine, by: Grouping): [string, string][] {
  const { assignee, parent, trade, labels } = item;
  if (by === 'assignee')
    return [assignee ? [assignee.email, assignee.name || assignee.email] : ['', 'Nobody']];
  if (by === 'parent')
    return [parent ? [parent.key, `${parent.key} ${parent.title}`] : ['', 'Under nothing']];
  if (by === 'kind') return [[item.kind, kindNames[item.kind]]];
  if (by === 'trade') return [trade ? [trade, spoken(trade)] : ['', 'No trade']];
  if (by === 'class') return [[item.class, classNames[item.class]]];
  if (by === 'project') return [[item.project, item.project]];
  if (by === 'priority') return [[item.priority, priorityNames[item.priority]]];
  return labels.length ? labels.map((label) => [label, label]) : [['', 'No label']];
}

/** Where the lanes of a field have an order of their own, all of them are there, also those that are empty. */
const ordered: Partial<Record<Grouping, Record<string, string>>> = {
  class: classNames,
  priority: priorityNames,
};

/** Without a grouping there is one lane, which has no name. What has nothing of the field comes last. */
export function lanesBy(columns: Filled[], by: Grouping | null): Lane[] {
  if (!by) {
    const cells = columns.map(({ items }) => items);
    return [{ id: '', name: '', count: cells.reduce((sum, { length }) => sum + length, 0), cells }];
  }
  const lanes = new Map<string, Lane>();
  const lane = (id: string, name: string) => {
    const found = lanes.get(id) ?? { id, name, count: 0, cells: columns.map((): ItemLine[] => []) };
    lanes.set(id, found);
    return found;
  };
  for (const [id, name] of Object.entries(ordered[by] ?? {})) lane(id, name);
  for (const [column, { items }] of columns.entries()) {
    for (const item of items) {
      for (const [id, name] of placesOf(item, by)) {
        const found = lane(id, name);
        found.cells[column]!.push(item);
        found.count += 1;
      }
    }
  }
  const all = [...lanes.values()];
  return ordered[by] ? all : all.sort(before(by));
}

function before(by: Grouping): (a: Lane, b: Lane) => number {
  const kinds = Object.keys(kindNames);
  if (by === 'kind') return (a, b) => kinds.indexOf(a.id) - kinds.indexOf(b.id);
  const words = new Intl.Collator('en', { numeric: true });
  return (a, b) => Number(!a.id) - Number(!b.id) || words.compare(a.name, b.name);
}

/** What brings an item from one lane into another; of its labels the others stay. */
export function changeInto(item: ItemLine, by: Grouping, from: string, to: string): Record<string, unknown> {
  if (by !== 'label') return { [by]: to || null };
  const others = item.labels.filter((label) => label !== from && label !== to);
  return { labels: to ? [...others, to] : [] };
}

/** The item as it will be then, for the eye. */
export function itemIn(
  item: ItemLine,
  by: Grouping,
  from: string,
  { id, name }: Pick<Lane, 'id' | 'name'>,
): ItemLine {
  if (by === 'assignee')
    return { ...item, assignee: id ? ({ email: id, name } as ItemLine['assignee']) : null };
  if (by === 'parent')
    return { ...item, parent: id ? ({ key: id, title: name } as ItemLine['parent']) : null };
  return { ...item, ...changeInto(item, by, from, id) };
}

/** The lanes a dialog offers: all that the field can hold, or for parents those on the board. */
export function laneChoices(
  item: ItemLine,
  by: Grouping,
  lanes: Lane[],
  members: Member[],
  labels: string[],
): Choices {
  if (by === 'assignee') return assignees(members, item.assignee);
  if (by === 'trade') return tradeChoices(item.trade);
  if (by === 'kind') return Object.entries(kindNames);
  if (by === 'class') return Object.entries(classNames);
  if (by === 'priority') return Object.entries(priorityNames);
  if (by === 'project') return [[item.project, item.project]];
  if (by === 'label') return [['', 'No label'], ...labels.map((label): [string, string] => [label, label])];
  const parents = lanes.filter(({ id }) => id).map(({ id, name }): [string, string] => [id, name]);
  return [['', 'Under nothing'], ...parents];
}
