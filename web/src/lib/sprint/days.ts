import type { Sprint } from '$lib/api/types';

/** Monday to Friday of the sprint, days off included. Days are text (`2030-03-01`) and have no time zone. */
export function workdaysOf({ first_day, last_day }: Pick<Sprint, 'first_day' | 'last_day'>): string[] {
  const days: string[] = [];
  const day = new Date(`${first_day}T00:00:00Z`);
  const text = () => day.toISOString().slice(0, 10);
  for (; text() <= last_day; day.setUTCDate(day.getUTCDate() + 1)) {
    if (day.getUTCDay() % 6) days.push(text());
  }
  return days;
}
