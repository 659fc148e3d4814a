// Which cards of a column are in sight. Heights are known before anything is drawn, so nothing is measured on the way and
// nothing jumps, however far one scrolls at once.
import type { ItemLine } from '$lib/api/types';

/** All in pixels. A card is as high as this says: its style follows these names. */
export const sizes = { line: 17, small: 19, edge: 13, gap: 8, most: 3 };

/** So many lines of its title a card shows. Reckoned a line short, it ends in dots. */
export function titleLines(title: string, width: number, widthOf: (text: string) => number): number {
  const space = widthOf(' ');
  let [lines, rest] = [1, width];
  for (const word of title.split(' ')) {
    const wide = widthOf(word);
    if (wide > rest) {
      // A word that is longer than a line is broken within.
      lines += rest < width || wide <= width ? 1 : 0;
      lines += Math.max(0, Math.ceil(wide / width) - 1);
      rest = width - (wide % width);
    } else rest -= wide;
    rest -= space;
    if (lines >= sizes.most) return sizes.most;
  }
  return lines;
}

export const cardHeight = (item: ItemLine, lines: number) =>
  sizes.edge + smallRows(item) * sizes.small + lines * sizes.line;

/** The other way round. */
export const linesIn = (item: ItemLine, height: number) =>
  (height - sizes.edge - smallRows(item) * sizes.small) / sizes.line;

/** Beside the title: its key, why it is blocked, who, how much and by when, its labels. */
const smallRows = (item: ItemLine) =>
  1 + Number(!!item.blocked) + Number(hasFacts(item)) + Number(item.labels.length > 0);

export const hasFacts = ({ assignee, estimate, priority, due, status }: ItemLine) =>
  !!assignee || estimate !== null || priority !== 'none' || !!due || status.category === 'doing';

/** How high the cards of a list are, and where each begins. */
export type Cell = { heights: number[]; tops: number[] };

/** For columns so wide. Whatever was measured once is known: after a move most lists and nearly all titles are the same. */
export function measuring(width: number): (items: ItemLine[]) => Cell {
  const cells = new WeakMap<ItemLine[], Cell>();
  const lines = new Map<string, number>();
  const linesOf = (title: string) => {
    const known = lines.get(title) ?? titleLines(title, width, widthOf);
    lines.set(title, known);
    return known;
  };
  return (items) => {
    const known = cells.get(items);
    if (known) return known;
    const heights = items.map((item) => cardHeight(item, linesOf(item.title)));
    const cell = { heights, tops: topsOf(heights) };
    cells.set(items, cell);
    return cell;
  };
}

/** Where each card begins, and after them where the next one would. */
export function topsOf(heights: number[]): number[] {
  const tops = [0];
  for (const height of heights) tops.push(tops.at(-1)! + height + sizes.gap);
  return tops;
}

/** The first card that reaches below `top`, and the one after the last that begins above `bottom`. */
export function between(tops: number[], top: number, bottom: number): [number, number] {
  const count = tops.length - 1;
  const first = Math.max(0, firstAbove(tops, top) - 1);
  return [Math.min(first, count), Math.max(first, Math.min(count, firstAbove(tops, bottom)))];
}

/** The place of the first top that is greater than `at`, or the number of tops. */
function firstAbove(tops: number[], at: number): number {
  let [low, high] = [0, tops.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tops[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Before which card something comes to lie that is held at `at`. */
export function placeAt(tops: number[], at: number): number {
  const count = tops.length - 1;
  for (let place = 0; place < count; place++) {
    const middle = (tops[place]! + tops[place + 1]! - sizes.gap) / 2;
    if (at < middle) return place;
  }
  return count;
}

const widths = new Map<string, number>();
let pen: CanvasRenderingContext2D | null = null;

/** Of a word, as the title of a card is written. */
export function widthOf(text: string): number {
  const known = widths.get(text);
  if (known !== undefined) return known;
  if (!pen) {
    pen = document.createElement('canvas').getContext('2d');
    const { fontFamily } = getComputedStyle(document.body);
    const size = 0.8125 * parseFloat(getComputedStyle(document.documentElement).fontSize);
    if (pen) pen.font = `520 ${size}px ${fontFamily}`;
  }
  const width = pen?.measureText(text).width ?? text.length * 7;
  widths.set(text, width);
  return width;
}
