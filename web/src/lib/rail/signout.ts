import { send } from '$lib/api/client';
import { forget } from '$lib/command/recent';
import { dropAllDrafts } from '$lib/ui/draft.svelte';

/** A full page load, so that nothing of this person stays in memory. */
export async function signOut(): Promise<void> {
  await send('DELETE', '/session').catch(() => undefined);
  dropAllDrafts();
  forget();
  location.assign('/signin');
}
