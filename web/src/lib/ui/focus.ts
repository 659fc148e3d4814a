// Where the keyboard goes on when something opens, closes or grows.
import { tick } from 'svelte';

// Of radios that belong together the chosen one is the one to begin with.
const field = "input:not([type='radio']:not(:checked)), select, textarea";

/** Whether the keyboard is nowhere: whatever had the focus is gone, or nothing had it. */
export const isFree = () => !document.activeElement || document.activeElement === document.body;

/** Into a field that may lie in what is folded. */
export function reach(field: HTMLElement) {
  const fold = field.closest('details');
  if (fold) fold.open = true;
  field.focus();
}

/** What opened each dialog. */
export const openers = new WeakMap<Element, HTMLElement>();

/** What is about to open a dialog. One that follows upon another goes back to where that one came from. */
export function openerOf(): HTMLElement | undefined {
  const before = document.querySelector('dialog:modal');
  if (before) return openers.get(before);
  return document.activeElement instanceof HTMLElement ? document.activeElement : undefined;
}

/** Into a dialog: what it is for, its first field, or what else one can press there. */
export function enter(content: HTMLElement, foot: HTMLElement | undefined) {
  const first =
    content.querySelector<HTMLElement>('[data-first]') ??
    content.querySelector<HTMLElement>(`:is(${field}, button):not(:disabled)`) ??
    foot?.querySelector<HTMLElement>('button');
  first?.focus();
}

/** A row of a table by its place: what stands there later is the one to go on with when the row is gone. */
export type Row = { table: HTMLTableElement; place: number };

export function rowOf(element: Element | undefined): Row | undefined {
  const row = element?.closest('tr');
  const table = row?.closest('table');
  return row && table ? { table, place: row.rowIndex } : undefined;
}

/** Out of a dialog whose opener is gone: the row after it, the heading of the part in which it stood, or of the page. */
export function fallBack(part: Element | null | undefined, row?: Row) {
  const rows = row?.table.isConnected ? row.table.rows : undefined;
  const next = rows?.[Math.min(row!.place, rows.length - 1)]?.querySelector<HTMLElement>('a, button');
  if (next) return next.focus();
  const heading = (part?.isConnected && part.querySelector('h2, h3')) || document.querySelector('#main h1');
  const target = heading instanceof HTMLElement ? heading : document.getElementById('main');
  if (!target) return;
  target.tabIndex = -1;
  target.focus();
}

/** After a press on `button`, which adds a row before itself: into that row. */
export async function enterNewRow(button: HTMLElement) {
  await tick();
  const before = button.previousElementSibling;
  const row = before?.matches('ol') ? before.lastElementChild : before;
  row?.querySelector<HTMLElement>(field)?.focus();
}
