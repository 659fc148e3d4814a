import type { Sprint } from '$lib/api/types';

// Days are text (`2030-03-01`) and have no time zone.

const next = (day: string) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

/** The days after one, until another. */
export function daysAfter(day: string, last: string): string[] {
  const days: string[] = [];
  for (let each = next(day); each <= last; each = next(each)) days.push(each);
  return days;
}

/** Monday to Friday of the sprint, days off included. */
export function workdaysOf({ first_day, last_day }: Pick<Sprint, 'first_day' | 'last_day'>): string[] {
  return [first_day, ...daysAfter(first_day, last_day)].filter(isWorkday);
}

const isWorkday = (day: string) => new Date(day).getUTCDay() % 6 !== 0;

/** Two weeks of work after the last of the sprints, from its next working day on; nothing where there is none. */
export function daysBehind(sprints: Pick<Sprint, 'last_day'>[]): { first: string; last: string } | undefined {
  const ends = sprints.map(({ last_day }) => last_day).sort();
  const end = ends.at(-1);
  if (!end) return undefined;
  const days: string[] = [];
  for (let day = next(end); days.length < 10; day = next(day)) if (isWorkday(day)) days.push(day);
  return { first: days[0]!, last: days.at(-1)! };
}

const weekday = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  month: 'short',
  day: 'numeric',
  timeZone: 'UTC',
});

/** "Thu, Nov 26" */
export const onWeekday = (day: string) => weekday.format(new Date(day));
