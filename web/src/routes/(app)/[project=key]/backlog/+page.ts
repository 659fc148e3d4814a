import { read, readFiltered, readUpTo } from '$lib/api/client';
import type { ItemLine, Member, Page, SprintLine, Workflow } from '$lib/api/types';
import { filterOf, filters, isFiltered, itemsPath } from '$lib/item/list';
import { shownBefore } from '$lib/kept';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params: { project }, url, depends, parent }) => {
  depends(`live:backlog:${project}`, `live:members:${project}`);
  const { searchParams } = url;
  const asks = filterOf(searchParams, [...filters, 'category', 'sort', 'deleted']);
  const asked = searchParams.get('show');
  const show = asked === 'all' ? Infinity : Number(asked) || 500;

  async function readAll() {
    // Nothing waits for what it does not need: over a slow line every answer is waited for.
    const all = Promise.all([
      readFiltered(asks, (filter) =>
        readUpTo<ItemLine, Page<ItemLine>>(fetch, itemsPath(project, filter), show, 500),
      ),
      read<Workflow>(fetch, `/projects/${project}/workflow`),
      read<Page<string>>(fetch, `/projects/${project}/labels`),
      read<Page<Member>>(fetch, `/projects/${project}/members`),
      read<Page<SprintLine>>(fetch, `/projects/${project}/sprints`),
    ]);
    all.catch(() => {});
    await parent();
    const [{ found, filter, dropped }, workflow, labels, members, sprints] = await all;
    return {
      items: found,
      filter,
      dropped,
      filtered: isFiltered(filter) || !!filter.category,
      statuses: workflow.statuses,
      labels: labels.items,
      members: members.items,
      sprints: sprints.items,
    };
  }

  return shownBefore('backlog', [project, asks, asked], [`backlog:${project}`], parent, readAll);
};
