import { query, read, readUpTo } from '$lib/api/client';
import type { Experiment, Member, Page } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, url, depends, parent }) => {
  await parent();
  const project = params.project;
  depends('live:events');
  const { searchParams } = url;
  const filter = Object.fromEntries(
    ['q', 'owner', 'status', 'verdict', 'deleted'].map((name) => [name, searchParams.get(name)]),
  );
  const show = Number(searchParams.get('show')) || 100;
  const [experiments, members] = await Promise.all([
    readUpTo<Experiment, Page<Experiment>>(fetch, `/projects/${project}/experiments${query(filter)}`, show),
    read<{ items: Member[] }>(fetch, `/projects/${project}/members`),
  ]);
  return { experiments, members: members.items, filtered: Object.values(filter).some(Boolean) };
};
