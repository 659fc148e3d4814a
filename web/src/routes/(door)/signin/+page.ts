import { read } from '$lib/api/client';
import type { PageLoad } from './$types';

/** Whether there is nobody yet who could sign in. */
export const load: PageLoad = async ({ fetch }) => ({
  empty: (await read<{ needed: boolean }>(fetch, '/setup')).needed,
});
