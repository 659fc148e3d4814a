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
  return [first_day, ...daysAfter(first_day, last_day)].filter((day) => new Date(day).getUTCDay() % 6);
}
