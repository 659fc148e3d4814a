import { invalidate, invalidateAll } from '$app/navigation';
import { navigating } from '$app/state';
import { beginReading, endReading, failing } from './api/again.svelte';

/** What the server says to a page that fell behind. */
const everything = 'everything';

let heard: string[] = [];
let isReading = false;
let held: Promise<void> = Promise.resolve();

/** Nothing is read again meanwhile: it takes away what the page shows, and leaves the page. */
export function leave(act: () => Promise<void>): Promise<void> {
  const left = act();
  held = left.catch(() => undefined);
  return left;
}

let latest: Promise<void> = Promise.resolve();
/** What is to be read by the reading under way, and by those that it broke off. */
let meant: ((url: URL) => boolean)[] = [];

/** Whether something is read again, and what depends on `name` need not be. */
export const isUntouched = (name: string) =>
  !navigating.to && meant.length > 0 && !meant.some((isMeant) => isMeant(new URL(`live:${name}`)));

/**
 * Reads what the page shows again, or what depends on one of those that are meant. The framework breaks a navigation off
 * that is under way then, so whoever went on meanwhile is waited for. What cannot be read now nobody waits for: it is tried
 * again until it can.
 */
export async function readAgain(isMeant?: (url: URL) => boolean): Promise<void> {
  await navigating.complete?.catch(() => undefined);
  const reading = beginReading();
  const stuck = failing();
  meant.push(isMeant ?? (() => true));
  const mine = (latest = isMeant ? invalidate(isMeant) : invalidateAll());
  await Promise.race([whole(mine).then(() => end(reading)), stuck]);
}

function end(reading: number) {
  if (endReading(reading)) meant = [];
}

/** A later reading breaks this one off, and reads what this one should have, too. */
async function whole(mine: Promise<void>): Promise<void> {
  await mine;
  while (mine !== latest) await (mine = latest);
}

/** So long the stream may take to tell of what one did oneself. */
const patience = 400;
const waiting: (() => void)[] = [];

/** Until what the stream tells of next has been read, or it tells of nothing. */
export const told = () =>
  new Promise<void>((go) => {
    waiting.push(go);
    setTimeout(() => isReading || go(), patience);
  });

const times = new Map<string, number>();

/** Until what goes by this name has been read, as of now. */
export async function readOnce(name: string): Promise<void> {
  const before = times.get(name);
  while (times.get(name) === before) await new Promise<void>((go) => waiting.push(go));
}

/**
 * Called before something is done of which the stream tells by `name`. What it gives waits until that has been read, and
 * reads it where the stream is silent.
 */
export function awaiting(name: string): () => Promise<void> {
  const before = times.get(name);
  const isRead = () => times.get(name) !== before;
  return async () => {
    if (!isRead()) await told();
    if (!isRead()) await readAgain(({ href }) => href === `live:${name}`);
  };
}

/** Pages that `depends('live:NAME')` on one of the names read again. A navigation under way is not broken off. */
export async function reread(these: string[]): Promise<void> {
  heard.push(...these);
  if (isReading || !heard.length) return;
  isReading = true;
  while (heard.length) {
    await held;
    await navigating.complete?.catch(() => undefined);
    const names = heard;
    const now = names.map((name) => `live:${name}`);
    const all = names.includes(everything);
    heard = [];
    await (all ? readAgain() : readAgain((url) => now.includes(url.href)));
    for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
    for (const go of waiting.splice(0)) go();
  }
  isReading = false;
}
