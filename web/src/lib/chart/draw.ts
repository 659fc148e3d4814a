import type uPlot from 'uplot';
import type { Point } from '$lib/api/types';
import { asMoment, numeral } from '$lib/text/format';
import { colourName, dashOf, drawable, isSingle, type Line } from './shapes';

export type Look = { ink: string; hairline: string; bad: string; series: (index: number) => string };
type Drawing = { lines: Line[]; log: boolean; threshold: number | null; look: Look; sync: string };

/** Canvas needs resolved colours: a probe element resolves what the tokens say in the present theme. */
export function lookOf(probe: HTMLElement): Look {
  const resolve = (token: string) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  return {
    ink: resolve('--ink-soft'),
    hairline: resolve('--hairline'),
    bad: resolve('--bad'),
    series: (index) => resolve(colourName(index)),
  };
}

/** Without steps of their own, points are told apart by their moments. */
const isTimed = (lines: Line[]) =>
  lines.some(({ points }) => points.length > 1) &&
  new Set(lines.flatMap(({ points }) => points.map(({ step }) => step))).size === 1;

/** Whether the x axis counts steps. */
export const hasSteps = (lines: Line[]) => !isSingle(lines) && !isTimed(lines);

/** One column of x values for all lines, and for each line its values with the lowest and highest beside them. */
export function columnsOf(lines: Line[], log: boolean): uPlot.AlignedData {
  const single = isSingle(lines);
  const timed = isTimed(lines);
  const began = Math.min(...lines.flatMap((line) => line.points.map((point) => Date.parse(point.at))));
  const at = (line: Line, point: Point) => {
    if (single) return line.place;
    return timed ? (Date.parse(point.at) - began) / 1000 : point.step;
  };
  const steps = [...new Set(lines.flatMap((line) => line.points.map((point) => at(line, point))))].sort(
    (a, b) => a - b,
  );
  const places = new Map(steps.map((step, index) => [step, index]));
  const column = (line: Line, pick: 'value' | 'min' | 'max') => {
    const values: (number | null | undefined)[] = new Array(steps.length).fill(undefined);
    for (const point of line.points) values[places.get(at(line, point)) ?? 0] = drawable(point[pick], log);
    return values;
  };
  return [
    steps,
    ...lines.flatMap((line) => [column(line, 'value'), column(line, 'min'), column(line, 'max')]),
  ];
}

export function optionsOf({
  lines,
  log,
  threshold,
  look,
  sync,
}: Drawing): Omit<uPlot.Options, 'width' | 'height'> {
  const single = isSingle(lines);
  const axis = {
    stroke: look.ink,
    grid: { stroke: look.hairline, width: 1 },
    ticks: { stroke: look.hairline, width: 1 },
    font: '11px system-ui',
    size: 30,
  };
  const numbers = (_: uPlot, splits: number[]) => splits.map((split) => String(split + 1));
  const fill = (colour: string) => colour.replace('rgb(', 'rgba(').replace(')', ', 0.14)');
  return {
    legend: { show: false },
    cursor: { sync: single ? undefined : { key: sync }, points: { size: 7 }, drag: { x: true, y: false } },
    scales: {
      x: single
        ? { time: false, range: [-0.6, Math.max(...lines.map(({ place }) => place)) + 0.6] }
        : { time: false },
      y: { distr: log ? 3 : 1, range: log ? undefined : (_, low, high) => padded(low, high, threshold) },
    },
    axes: [
      single
        ? { ...axis, values: numbers, splits: () => lines.map(({ place }) => place), grid: { show: false } }
        : { ...axis, space: 60 },
      {
        ...axis,
        size: 58,
        values: (_, splits) => splits.map((split) => (split === null ? '' : numeral(split))),
      },
    ],
    series: [{}, ...lines.flatMap((line) => seriesOf(line, single, look))],
    bands: single
      ? []
      : lines.map(({ place }, index) => ({
          series: [index * 3 + 3, index * 3 + 2],
          fill: fill(look.series(place)),
        })),
    hooks: { draw: [(plot) => drawThreshold(plot, threshold, look)] },
  };
}

function seriesOf({ place, hidden, points }: Line, single: boolean, look: Look): uPlot.Series[] {
  const stroke = look.series(place);
  const alone = points.length === 1;
  return [
    {
      show: !hidden,
      stroke,
      width: 1.5,
      dash: dashOf(place),
      spanGaps: true,
      points: { show: single || alone, size: single ? 9 : 6, fill: stroke },
    },
    { show: !hidden, width: 0, spanGaps: true, points: { show: false } },
    { show: !hidden, width: 0, spanGaps: true, points: { show: false } },
  ];
}

function padded(low: number | null, high: number | null, threshold: number | null): [number, number] {
  const values = [low, high, threshold].filter(
    (value) => value !== null && Number.isFinite(value),
  ) as number[];
  if (!values.length) return [0, 1];
  const least = Math.min(...values);
  const most = Math.max(...values);
  const room = (most - least || Math.abs(most) || 1) * 0.08;
  return [least - room, most + room];
}

function drawThreshold(plot: uPlot, threshold: number | null, look: Look): void {
  if (threshold === null) return;
  const { left, width, top, height } = plot.bbox;
  const y = plot.valToPos(threshold, 'y', true);
  if (!(y >= top && y <= top + height)) return;
  plot.ctx.save();
  plot.ctx.strokeStyle = look.bad;
  plot.ctx.lineWidth = devicePixelRatio;
  plot.ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  plot.ctx.beginPath();
  plot.ctx.moveTo(left, y);
  plot.ctx.lineTo(left + width, y);
  plot.ctx.stroke();
  plot.ctx.restore();
}

/** What stands under the pointer, in words. */
export function readout(lines: Line[], columns: uPlot.AlignedData, index: number | null | undefined): string {
  if (index === null || index === undefined) return '';
  const x = columns[0][index];
  if (x === undefined) return '';
  if (isSingle(lines)) {
    const line = lines.find(({ place }) => place === x);
    const point = line?.points[0];
    return line && point ? `${line.name}: ${numeral(point.value)} (${asMoment(point.at)})` : '';
  }
  const values = lines.flatMap((line, nth) => {
    const value = columns[nth * 3 + 1]?.[index];
    return line.hidden || value === null || value === undefined ? [] : [`${line.name} ${numeral(value)}`];
  });
  return `${isTimed(lines) ? `${numeral(x)} s` : `Step ${x}`}: ${values.slice(0, 6).join(', ')}`;
}
