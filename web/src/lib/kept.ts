// What a page showed last. Whoever comes back to it sees that at once, and meanwhile it is read again.
import { navigating } from '$app/state';
import { older } from './api/again.svelte';
import { readOnce, reread } from './reread';

type Kept = { of: string; found: unknown };
const kept = new Map<string, Kept>();
let whose = '';

/** Nothing is kept for somebody else, nor of what someone may not see any more. */
export function keepFor(who: unknown): void {
  const now = JSON.stringify(who);
  if (now !== whose) kept.clear();
  whose = now;
}

/** So long it may take unseen. */
const unseen = 300;

let until: Promise<void> | null = null;

/** Waits until what is shown has been read again, if it is from before. Answers whether it was. */
export async function caughtUp(): Promise<boolean> {
  if (!until) return false;
  await until;
  return true;
}

function catchUp(names: string[]): void {
  const mine = (until = readOnce(names[0]!));
  const timer = setTimeout(() => (older.isSlow = true), unseen);
  void mine.then(() => {
    clearTimeout(timer);
    if (until !== mine) return;
    until = null;
    older.isSlow = false;
  });
  void reread(names);
}

/**
 * Of each `kind` of page the latest is kept: what was asked for, and what was found. `known` is through when it is sure who
 * asks. What is shown from before is read again under `names`, by which the live stream calls it.
 */
export async function shownBefore<T>(
  kind: string,
  asked: unknown,
  names: string[],
  known: () => Promise<unknown>,
  read: () => Promise<T>,
): Promise<T> {
  const of = JSON.stringify(asked);
  const isThere = () => navigating.to !== null && kept.get(kind)?.of === of;
  if (isThere()) await known();
  if (isThere()) {
    catchUp(names);
    return kept.get(kind)!.found as T;
  }
  const found = await read();
  kept.set(kind, { of, found });
  return found;
}
