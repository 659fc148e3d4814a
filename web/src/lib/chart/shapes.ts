import type { Numeral, Point, Series } from '$lib/api/types';

/** `place` is the run's place in the legend: it decides colour and dashes, the same in every chart. */
export type Line = { name: string; points: Point[]; place: number; hidden: boolean };

/** Colour is never alone: lines differ in their dashes too, after the first round of colours. */
export const colours = 8;
const dashes: (number[] | undefined)[] = [undefined, [6, 4], [2, 3], [10, 4, 2, 4]];

export const dashOf = (index: number) => dashes[Math.floor(index / colours) % dashes.length];
export const colourName = (index: number) => `--series-${(index % colours) + 1}`;

export function linesOf(series: Series, order: string[], hidden: Set<string>): Line[] {
  return series.series.map(({ run, points }) => ({
    name: run.name || run.id.slice(0, 8),
    points,
    place: order.indexOf(run.id),
    hidden: hidden.has(run.id),
  }));
}

/** Every run logged this metric once: then a dot for each run says more than a line of one point. */
export const isSingle = (lines: Line[]) => lines.every(({ points }) => points.length <= 1);

/** What can be drawn; infinities, gaps and, on a logarithmic scale, numbers below zero cannot. */
export function drawable(value: Numeral, log: boolean): number | null {
  const number = Number(value);
  return Number.isFinite(number) && !(log && number <= 0) ? number : null;
}

const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

export function csvOf({ metric, series }: Series): string {
  const rows = series.flatMap(({ run, points }) =>
    points.map(({ step, at, value }) => [cell(run.id), cell(run.name), step, at, value].join(',')),
  );
  return [`run_id,run,step,time,${cell(metric)}`, ...rows].join('\r\n');
}

export function save(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name.replaceAll(/[^\w.-]+/g, '_');
  link.click();
  URL.revokeObjectURL(link.href);
}
