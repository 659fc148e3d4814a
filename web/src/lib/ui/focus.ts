// Where the keyboard goes on when something opens, closes or grows.
import { tick } from 'svelte';

// Of radios that belong together the chosen one is the one to begin with.
const field = "input:not([type='radio']:not(:checked)), select, textarea";

/** Whether the keyboard is nowhere: whatever had the focus is gone, or nothing had it. */
export const isFree = () => !document.activeElement || document.activeElement === document.body;

/** What opened each dialog. */
export const openers = new WeakMap<Element, HTMLElement>();

/** What is about to open a dialog. One that follows upon another goes back to where that one came from. */
export function openerOf(): HTMLElement | undefined {
  const before = document.querySelector('dialog:modal');
  if (before) return openers.get(before);
  return document.activeElement instanceof HTMLElement ? document.activeElement : undefined;
}

/** Into a dialog: its first field, or what else one can press there. */
export function enter(content: HTMLElement, foot: HTMLElement | undefined) {
  const first =
    content.querySelector<HTMLElement>(`:is(${field}, button):not(:disabled)`) ??
    foot?.querySelector<HTMLElement>('button');
  first?.focus();
}

/** Out of a dialog whose opener is gone: the heading of the part in which it stood, or of the page. */
export function fallBack(part: Element | null | undefined) {
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
