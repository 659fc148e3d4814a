import { redirect } from '@sveltejs/kit';
import { pathOfFragment } from '$lib/fragment';
import type { PageLoad } from './$types';

export const trailingSlash = 'ignore';

export const load: PageLoad = async ({ fetch, params }) => {
  redirect(307, (await pathOfFragment(fetch, location.hash)) ?? `/${params.key}/experiments`);
};
