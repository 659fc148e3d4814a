import { tick } from 'svelte';
import { attempt } from '$lib/item/act';
import { awaiting } from '$lib/reread';
import { fallBack, isFree } from '$lib/ui/focus';

/**
 * Does something at the table. The stream tells everybody of it, whoever did it, too: so each reads it once. The button may be
 * gone then, and the keyboard goes on from the heading above it.
 */
export async function atTable(
  sitting: number,
  action: () => Promise<unknown>,
  done?: string,
): Promise<boolean> {
  const from = isFree() ? null : document.activeElement;
  const part = from?.closest('section');
  const isDone = await attempt(action, done, awaiting(`sitting:${sitting}`));
  await tick();
  if (from && !from.isConnected && isFree()) fallBack(part);
  return isDone;
}
