import { read } from '$lib/api/client';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ fetch }) => read<{ needed: boolean }>(fetch, '/setup');
