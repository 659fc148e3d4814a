import type { BoardPace, ItemLine } from '$lib/api/types';
import { count } from '$lib/text/format';

const dayOf = (time: string | number) => Math.floor(new Date(time).getTime() / 86_400_000);

/** Days since work began, both counted, as the server counts what is done; null before. */
export const ageOf = ({ started_at, status }: ItemLine, now = Date.now()): number | null =>
  started_at && status.category === 'doing' ? Math.max(0, dayOf(now) - dayOf(started_at)) + 1 : null;

/** How old a begun item is, and whether it takes longer than 85 of a hundred did. */
export function aged(
  item: ItemLine,
  pace: BoardPace | null,
): { text: string; slow: boolean; title: string } | null {
  const days = ageOf(item);
  if (days === null) return null;
  const slow = !!pace && days > pace.most_days;
  const usual = pace ? `; 85 % are done in ${count(pace.most_days, 'day')} or fewer` : '';
  return { text: count(days, 'day'), slow, title: `Begun ${count(days, 'day')} ago, today counted${usual}` };
}
