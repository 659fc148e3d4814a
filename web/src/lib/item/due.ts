import type { ItemLine } from '$lib/api/types';
import { asDay } from '$lib/text/format';

export type Due = { text: string; late: boolean };

/** The day by which an item is wanted: the year goes without saying if it is this one. Done work is late no more. */
export function dueOf({ due, status }: ItemLine, now = new Date()): Due | null {
  if (!due) return null;
  const today = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  const open = status.category === 'open' || status.category === 'doing';
  const year = due.slice(0, 4) === today.slice(0, 4);
  return { text: year ? asDay(due).replace(/, \d+$/, '') : asDay(due), late: open && due < today };
}
