import type { Confirmation } from '$lib/people/ConfirmDialog.svelte';
import type { Act } from '$lib/ui/say.svelte';
import { laidAway } from './act';

/** The question before an item goes into the trash; `to` is where to go then. */
export const trashing = (item: { key: string; title: string }, to?: string): Confirmation => ({
  title: `Put ${item.key} into the trash?`,
  verb: 'Put into the trash',
  text: `${item.title} disappears from lists and boards. For 30 days it can be restored.`,
  path: `/items/${item.key}`,
  done: `${item.key} lies in the trash.`,
  undo: (): Act => ({ verb: 'Undo', run: laidAway(item.key) }),
  to,
});
