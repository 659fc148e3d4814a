import type { MeasuredDays, Measures } from '$lib/api/types';
import { asDay, count } from '$lib/text/format';

export type Bar = { label: string; value: number; title: string };

/** "1 Mar", where the year goes without saying. */
export const shortDay = (day: string) => asDay(day).replace(/, \d+$/, '');

const dayMs = 86_400_000;
export const daysBefore = (day: string, days: number) =>
  new Date(Date.parse(`${day}T00:00:00Z`) - days * dayMs).toISOString().slice(0, 10);

/** Today where days are counted: in UTC. */
export const today = () => new Date().toISOString().slice(0, 10);

/** To one decimal, and none where there is none to tell. */
export const decimal = (value: number) => String(Math.round(value * 10) / 10);

export const percent = (share: number) => `${Math.round(share * 100)} %`;

export function weekBars({ throughput, from }: Measures): Bar[] {
  return throughput.by_week.map(({ week, days, items }) => ({
    label: shortDay(week < from ? from : week),
    value: items,
    title: `Week from ${asDay(week)}${days < 7 ? `, ${count(days, 'day')} of it` : ''}: ${count(items, 'item')} done`,
  }));
}

/** As many bars as can be told apart: where items took longer, each stands for some days. */
const mostBars = 24;

export function daysBars({ cycle_time }: Measures): Bar[] {
  const longest = cycle_time.counts.at(-1)?.days ?? 0;
  const width = Math.ceil(longest / mostBars);
  return Array.from({ length: Math.ceil(longest / Math.max(1, width)) }, (_, place) => {
    const [first, last] = [place * width + 1, (place + 1) * width];
    const within = cycle_time.counts.filter(({ days }) => days >= first && days <= last);
    const value = within.reduce((sum, { items }) => sum + items, 0);
    const label = first === last ? String(first) : `${first}–${last}`;
    return { label, value, title: `${label} ${last === 1 ? 'day' : 'days'}: ${count(value, 'item')}` };
  });
}

/** With fewer than these, a share of a hundred would be made up of one or two of them. */
const enough = 5;

/** "it took 8 days" or "they took 1, 2 and 8 days", where there are too few to tell more. */
export function fewText(days: number[]): string | null {
  if (!days.length || days.length >= enough) return null;
  const sorted = days.toSorted((a, b) => a - b);
  const last = count(sorted.pop()!, 'day');
  return sorted.length ? `they took ${sorted.join(', ')} and ${last}` : `it took ${last}`;
}

/** "Half of them took 3 days or fewer, 85 of a hundred 13, 95 of a hundred 21." */
export function spreadText({ half_days, most_days, nearly_all_days }: MeasuredDays): string {
  return `Half of them took ${count(half_days, 'day')} or fewer, 85 of a hundred ${most_days}, 95 of a hundred ${nearly_all_days}.`;
}

/** Nothing was done, is in work or was ever proposed with a rule. */
export const isEmpty = ({ throughput, ageing, hypotheses }: Measures) =>
  !throughput.items && !ageing.items && !hypotheses.resolved && !hypotheses.open;
