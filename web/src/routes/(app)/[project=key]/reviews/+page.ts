import { readUpTo } from '$lib/api/client';
import type { Page, Promotion, ReviewRequest } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, url, depends, parent }) => {
  await parent();
  depends('live:events');
  const base = `/projects/${params.project}`;
  const show = Number(url.searchParams.get('show')) || 100;
  const [reviews, promotions] = await Promise.all([
    readUpTo<ReviewRequest, Page<ReviewRequest>>(fetch, `${base}/reviews`, show),
    readUpTo<Promotion, Page<Promotion>>(fetch, `${base}/promotions`, show),
  ]);
  return { reviews, promotions };
};
