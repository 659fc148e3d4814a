// The plane that a board scrolls over: lanes below each other, columns beside each other, and which of it is in sight.
import { untrack } from 'svelte';
import type { Lane } from './lanes';
import { measuring, type Cell } from './window';

/** In pixels, as the style of the board has them. */
const [gutter, narrowest, bar, around] = [12, 195, 34, 6];
/** What lies between the edges of a column and the words of a title. */
const beside = 33;
/**
 * As far as this, cards are made before they come into sight, and so often they are looked for: rarely enough to cost little,
 * often enough that no frame has many to make.
 */
const [ahead, often] = [600, 100];
/** As wide as the board was the last time: titles are measured for one width then. */
let lastWidth = 1000;

export class Plane {
  root: HTMLElement | undefined;
  /** The height of the heads of the columns, which stay in sight. */
  heads = $state(0);
  /** How far the board is from the top of the page. */
  above = $state(0);
  #width = $state(lastWidth);
  /**
   * Nothing is in sight until it is known how large everything is: cards that were there before would be styled and laid out
   * twice. To style a board of 500 takes 23 ms so, and 33 with that.
   */
  #view = $state.raw({ top: 0, bottom: 0, left: 0, right: 0 });
  /** At first only what is in sight is made, so that it is there soon. */
  #ahead = 0;
  #lanes: () => Lane[];
  #columns: () => number;
  #isFolded: (lane: Lane) => boolean;
  #isGrouped: () => boolean;

  constructor(
    lanes: () => Lane[],
    columns: () => number,
    isFolded: (lane: Lane) => boolean,
    isGrouped: () => boolean,
  ) {
    this.#lanes = lanes;
    this.#columns = columns;
    this.#isFolded = isFolded;
    this.#isGrouped = isGrouped;
  }

  /** How wide a column is. On a phone one is in sight at a time. */
  column = $derived.by(() => {
    if (this.#width < 560) return Math.floor(this.#width * 0.86);
    const each = (this.#width - gutter * (this.#columns() - 1)) / this.#columns();
    return Math.max(narrowest, Math.floor(each));
  });

  #measured = $derived(measuring(this.column - beside));

  #cells = $derived.by(() => this.#lanes().map(({ cells }) => cells.map(this.#measured)));

  #strips = $derived.by(() => {
    let next = this.heads;
    return this.#lanes().map((lane, nth) => {
      if (!this.#isGrouped()) return { top: next, height: 0 };
      const top = next + bar + around;
      const highest = Math.max(0, ...this.#cells[nth]!.map(({ tops }) => tops.at(-1)!));
      const height = this.#isFolded(lane) ? 0 : Math.max(48, highest + 2 * around);
      next += bar + height;
      return { top, height };
    });
  });

  heightOf = (lane: number) => this.#strips[lane]?.height ?? 0;

  isNear(lane: number): boolean {
    const { top, height } = this.#strips[lane]!;
    return top < this.#view.bottom && top + height > this.#view.top;
  }

  /** What a cell has to know: how high its cards are, and which stretch of it is in sight. */
  boxOf(lane: number, column: number): Cell & { top: number; bottom: number } {
    const { left, right, top, bottom } = this.#view;
    const begins = column * (this.column + gutter);
    const away = begins > right || begins + this.column < left;
    const from = this.#strips[lane]!.top;
    const sight = away ? { top: 0, bottom: 0 } : { top: top - from, bottom: bottom - from };
    return { ...this.#cells[lane]![column]!, ...sight };
  }

  /** Scrolls no further than it must. */
  reveal(lane: number, column: number, nth: number): void {
    const root = this.root;
    if (!root) return;
    const { heights, tops } = this.#cells[lane]![column]!;
    const top = this.#strips[lane]!.top + tops[nth]!;
    const left = column * (this.column + gutter);
    const covered = this.heads + (this.#isGrouped() ? bar : 0) + around;
    const low = top + heights[nth]! + around - root.clientHeight;
    const far = left + this.column - root.clientWidth;
    root.scrollTop = Math.max(low, Math.min(root.scrollTop, top - covered));
    root.scrollLeft = Math.max(far, Math.min(root.scrollLeft, left));
    this.#look();
  }

  scrolled = () => ({ top: this.root?.scrollTop ?? 0, left: this.root?.scrollLeft ?? 0 });

  scrollTo(top: number, left: number): void {
    this.root?.scrollTo(left, top);
    this.#look();
  }

  attach = (root: HTMLElement) => {
    this.root = root;
    const measure = () =>
      untrack(() => {
        this.above = Math.round(root.getBoundingClientRect().top + scrollY);
        this.#width = lastWidth = root.clientWidth;
        this.#look();
      });
    const look = () => this.#look();
    const observer = new ResizeObserver(measure);
    observer.observe(root);
    // What stands above the board can grow.
    observer.observe(document.body);
    root.addEventListener('scroll', look, { passive: true });
    measure();
    const painted = afterPaint(() => {
      this.#ahead = ahead;
      this.#look();
    });
    return () => {
      painted();
      observer.disconnect();
      root.removeEventListener('scroll', look);
    };
  };

  #look(): void {
    const { scrollTop, scrollLeft, clientHeight, clientWidth, scrollWidth } = this.root!;
    // The page shades the edge behind which there are more columns.
    this.root!.toggleAttribute('data-more', scrollLeft + clientWidth < scrollWidth - gutter);
    const floor = (at: number) => Math.floor(at / often) * often;
    const [top, left] = [floor(scrollTop) - this.#ahead, floor(scrollLeft) - often];
    const view = {
      top,
      left,
      bottom: top + 2 * this.#ahead + clientHeight + often,
      right: left + clientWidth + 2 * often,
    };
    const now = untrack(() => this.#view);
    const names = ['top', 'left', 'bottom', 'right'] as const;
    if (names.some((name) => now[name] !== view[name])) this.#view = view;
  }
}

/** A frame begins before what stands in it is painted, so it is done right after one. Gives back what calls it off. */
function afterPaint(act: () => void): () => void {
  let later: ReturnType<typeof setTimeout>;
  const frame = requestAnimationFrame(() => (later = setTimeout(act)));
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(later);
  };
}
