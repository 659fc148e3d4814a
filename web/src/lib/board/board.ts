import type { Column, ItemLine } from '$lib/api/types';
import type { ItemPlace } from '$lib/item/act';
import { itemIn, type Grouping, type Lane } from './lanes';

/**
 * A column with those of its items that the filter lets through, by rank, then those of other projects. `also` are the
 * columns of these, from whose items they are.
 */
export type Filled = Column & {
  items: ItemLine[];
  more: boolean;
  also: { project: string; column: Column }[];
};

/** Where a card lies: an item with several labels has one in each of their lanes. */
export type Spot = { item: ItemLine; lane: string };

/** A card on its way: shown where it shall go until the server has said what it thinks of it. */
export type Wish = { spot: Spot; status: number; lane: Pick<Lane, 'id' | 'name'>; place: number | null };

/**
 * The lanes as they will be if the wish is granted. Without a place, the card goes where its rank puts it; where there is
 * no such lane yet, it waits in its own.
 */
export function lanesWith(lanes: Lane[], columns: Filled[], by: Grouping | null, wish: Wish | null): Lane[] {
  if (!wish) return lanes;
  const { item, lane: from } = wish.spot;
  const to = lanes.some(({ id }) => id === wish.lane.id) ? wish.lane.id : from;
  const moved = by && from !== to ? itemIn(item, by, wish.spot.lane, wish.lane) : item;
  return lanes.map((lane) => {
    if (lane.id !== from && lane.id !== to) return lane;
    const cells = lane.cells.map((cell, column) => {
      const items = cell.filter(({ key }) => key !== item.key);
      const isInto = lane.id === to && columns[column]!.status.id === wish.status;
      // What the card neither leaves nor enters stays the same list: nothing is reckoned anew for it.
      if (!isInto) return items.length < cell.length ? items : cell;
      const byRank = items.findIndex(({ rank, project }) => project === item.project && rank > item.rank);
      const place = wish.place ?? (byRank < 0 ? items.length : byRank);
      return items.toSpliced(place, 0, moved);
    });
    return { ...lane, cells, count: cells.reduce((sum, { length }) => sum + length, 0) };
  });
}

/** Where in its backlog a card goes that is laid down at a place among others; nowhere else where there are none. */
export function placeIn(items: ItemLine[], moved: ItemLine, place: number): ItemPlace | undefined {
  const others = items.filter(({ key }) => key !== moved.key);
  const isKin = ({ project }: ItemLine) => project === moved.project;
  const after = others.slice(place).find(isKin);
  if (after) return { before: after.key };
  const before = others.slice(0, place).findLast(isKin);
  return before && { after: before.key };
}

/** "3 of 3", and what that means. The limit of a column of two halves is told by the first of them. */
export function fillOf({ count, held, limit }: Column): { text: string; state: 'free' | 'full' | 'over' } {
  if (limit === null) return { text: String(count), state: 'free' };
  return { text: `${held}/${limit}`, state: held > limit ? 'over' : held === limit ? 'full' : 'free' };
}

/** The column in whose second half a column is. */
export const firstHalfOf = (columns: Column[], column: Column) =>
  column.second_half
    ? columns[columns.findIndex(({ status }) => status.id === column.status.id) - 1]
    : undefined;

/** The column whose second half a column can be: work is done in both, and neither has another half. */
export function partnerOf(columns: Column[], column: Column): Column | undefined {
  const at = columns.findIndex(({ status }) => status.id === column.status.id);
  const [before, after] = [columns[at - 1], columns[at + 1]];
  const works = [before, column].every((each) => each?.status.category === 'doing');
  return works && !before!.second_half && !after?.second_half ? before : undefined;
}
