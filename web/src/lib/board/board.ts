import type { Column, ItemLine } from '$lib/api/types';
import type { ItemPlace } from '$lib/item/act';
import { itemIn, type Grouping, type Lane } from './lanes';

/** A column with those of its items that the filter lets through, by rank. */
export type Filled = Column & { items: ItemLine[]; more: boolean };

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
      if (lane.id !== to || columns[column]!.status.id !== wish.status) return items;
      const byRank = items.findIndex(({ rank }) => rank > item.rank);
      const place = wish.place ?? (byRank < 0 ? items.length : byRank);
      return items.toSpliced(place, 0, moved);
    });
    return { ...lane, cells, count: cells.reduce((sum, { length }) => sum + length, 0) };
  });
}

/** Where in the backlog a card goes that is laid down at a place among others; nowhere else where there are none. */
export function placeIn(items: ItemLine[], moved: ItemLine, place: number): ItemPlace | undefined {
  const others = items.filter(({ key }) => key !== moved.key);
  const [before, after] = [others[place - 1], others[place]];
  if (after) return { before: after.key };
  return before && { after: before.key };
}

/** "3 of 3", and what that means. */
export function fillOf({ count, limit }: Column): { text: string; state: 'free' | 'full' | 'over' } {
  if (limit === null) return { text: String(count), state: 'free' };
  return { text: `${count}/${limit}`, state: count > limit ? 'over' : count === limit ? 'full' : 'free' };
}
