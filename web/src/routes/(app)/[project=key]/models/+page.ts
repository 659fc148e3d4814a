import { query, readUpTo } from '$lib/api/client';
import type { Page, RegisteredModel } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, url, depends, parent }) => {
  await parent();
  // A deployment moves aliases, too.
  depends('live:events');
  const q = url.searchParams.get('q');
  const show = Number(url.searchParams.get('show')) || 100;
  const list = (prompts: boolean) =>
    readUpTo<RegisteredModel, Page<RegisteredModel>>(
      fetch,
      `/projects/${params.project}/models${query({ q, prompts })}`,
      show,
    );
  const [models, prompts] = await Promise.all([list(false), list(true)]);
  return { models, prompts, filtered: !!q };
};
