import type { Sprint, SprintDay } from '$lib/api/types';
import { daysAfter, workdaysOf } from './days';

/** A chart of `width` × `height` units, in which the days stand side by side, the start first. */
export type Frame = {
  width: number;
  height: number;
  pad: { left: number; right: number; top: number; bottom: number };
};

/** The least of 1, 2, 5, 10, 20, … that divides `most` into at most five parts. */
export function stepOf(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1) / 5));
  return [1, 2, 5, 10].map((factor) => Math.max(1, factor * power)).find((step) => most / step <= 5) ?? most;
}

/** Where days and points lie in the frame; `slots` is how many days there will be in all. */
export function scales({ width, height, pad }: Frame, slots: number, most: number) {
  const inner = width - pad.left - pad.right;
  return {
    x: (place: number) => pad.left + (inner * place) / Math.max(1, slots - 1),
    y: (value: number) => height - pad.bottom - ((height - pad.top - pad.bottom) * value) / Math.max(1, most),
  };
}

/** "M1 2L3 4": a line through what is there. */
export const path = (points: [number, number][]) =>
  points.map(([x, y], place) => `${place ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');

/** Which places get their name below: the last, `today`, the first, then whatever else there is room for. */
export function labelled(names: string[], x: (place: number) => number, today: number): number[] {
  const half = (place: number) => names[place]!.length * 2.9 + 4;
  const kept: number[] = [];
  for (const place of [names.length - 1, today, ...names.keys()]) {
    const fits = (other: number) => Math.abs(x(other) - x(place)) >= half(other) + half(place);
    if (place >= 0 && kept.every(fits)) kept.push(place);
  }
  return kept;
}

/** How high the chart must be for all that is drawn. */
export const highest = (days: SprintDay[]) =>
  Math.max(1, ...days.flatMap(({ scope, remaining, ideal }) => [scope, remaining, ideal]));

/** What would be left at an even pace at the end of each day that is still to come. */
export function paceAfter({ day, ideal }: SprintDay, sprint: Sprint): number[] {
  const working = workdaysOf(sprint).filter((each) => each > day && !sprint.days_off.includes(each));
  const leftAfter = (each: string) => working.filter((other) => other > each).length;
  return daysAfter(day, sprint.last_day).map(
    (each) => (ideal * leftAfter(each)) / Math.max(1, working.length),
  );
}
