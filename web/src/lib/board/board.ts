import type { Column, ItemLine } from '$lib/api/types';
import type { ItemPlace } from '$lib/item/act';

/** A column with those of its items that the filter lets through, by rank. */
export type Lane = Column & { items: ItemLine[]; more: boolean };

/** A card on its way: shown where it shall go until the server has said what it thinks of it. */
export type Wish = { item: ItemLine; status: number; place: number | null };

/** The lanes as they will be if the wish is granted. Without a place, the card goes where its rank puts it. */
export function lanesWith(lanes: Lane[], wish: Wish | null): Lane[] {
  if (!wish) return lanes;
  const { item, status } = wish;
  return lanes.map((lane) => {
    const items = lane.items.filter(({ key }) => key !== item.key);
    if (lane.status.id !== status) return { ...lane, items };
    const byRank = items.findIndex(({ rank }) => rank > item.rank);
    const place = wish.place ?? (byRank < 0 ? items.length : byRank);
    return { ...lane, items: items.toSpliced(place, 0, item) };
  });
}

/** Where in the backlog a card goes that is laid down at a place of a lane; nowhere else in an empty one. */
export function placeIn({ items }: Lane, moved: ItemLine, place: number): ItemPlace | undefined {
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
