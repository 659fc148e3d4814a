/** The beginning of the last day before `now` on which people usually work, by the clock of who looks. */
export function lastWorkday(now = new Date()): Date {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  while (day.getDay() % 6 === 0) day.setDate(day.getDate() - 1);
  return day;
}
