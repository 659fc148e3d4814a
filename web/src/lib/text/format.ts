import type { Numeral } from '$lib/api/types';

/** A number as people read it: up to six significant digits, no noise. */
export function numeral(value: Numeral | null | undefined): string {
  if (typeof value !== 'number') return exact(value);
  if (value !== 0 && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-4)) return value.toExponential(3);
  return String(Number(value.toPrecision(6)));
}

/** The number itself, in as few digits as tell it from every other: for what is compared with it. */
export function exact(value: Numeral | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (value === 'NaN') return 'not a number';
  if (value === 'Infinity') return '∞';
  if (value === '-Infinity') return '−∞';
  return String(value);
}

export function asNumber(value: Numeral | null | undefined): number {
  return value === null || value === undefined ? NaN : Number(value);
}

export function bytes(size: number | null): string {
  if (size === null) return '';
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let power = 0;
  while (size >= 1000 && power < units.length - 1) {
    size /= 1000;
    power += 1;
  }
  return `${power && size < 10 ? size.toFixed(1) : Math.round(size)} ${units[power]}`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${digits(number)} ${number === 1 ? one : many}`;
}

/** A small number is the same in every writing: asked for it, the browser takes 10 ms for the ages on a board. */
const digits = (number: number) =>
  Number.isInteger(number) && Math.abs(number) < 1000 ? String(number) : number.toLocaleString('en');

/** Made when it is first needed: the first one costs a browser that has just started 14 to 30 ms. */
function onceNeeded<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

const day = onceNeeded(
  () => new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' }),
);
const moment = onceNeeded(() => new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' }));
const relative = onceNeeded(() => new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' }));

/** A day alone (`2030-03-01`) is that day everywhere; a moment falls on the reader's day. */
export const asDay = (time: string) => day().format(new Date(time.length === 10 ? `${time}T00:00` : time));
export const asMoment = (time: string) => moment().format(new Date(time));

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** "3 hours ago", "in 2 days"; further than a month away, the day itself. */
export function ago(time: string, now = Date.now()): string {
  const seconds = (new Date(time).getTime() - now) / 1000;
  if (Math.abs(seconds) > 30 * 86_400) return asDay(time);
  const step = steps.find(([, size]) => Math.abs(seconds) >= size);
  return step ? relative().format(Math.trunc(seconds / step[1]), step[0]) : 'just now';
}

export function duration(from: string, to: string | null): string {
  const seconds = Math.max(0, (to ? new Date(to).getTime() : Date.now()) - new Date(from).getTime()) / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

export const shortDigest = (digest: string) => digest.replace(/^sha256:/, '').slice(0, 12);
