import { read, readFiltered } from '$lib/api/client';
import type { BoardLimit, Page } from '$lib/api/types';
import { alsoIn, together } from '$lib/board/also';
import { readOwn, readSource } from '$lib/board/load';
import { filterOf } from '$lib/item/list';
import { shownBefore } from '$lib/kept';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params: { project }, url, depends, parent }) => {
  depends(`live:backlog:${project}`, `live:members:${project}`);
  const asks = filterOf(url.searchParams);

  async function readAll() {
    const all = Promise.all([
      readFiltered(asks, (filter) => readOwn(fetch, project, filter)),
      read<Page<BoardLimit>>(fetch, `/projects/${project}/limits`),
    ]);
    all.catch(() => {});
    const { me } = await parent();
    const also = alsoIn(
      url.searchParams,
      project,
      me.projects.map(({ key }) => key),
    );
    // A sprint is one project's own: items of others are in none of them.
    const [{ found: own, filter, dropped }, limits] = await all;
    const others = await Promise.all(filter.sprint ? [] : also.map((key) => readSource(fetch, key, filter)));
    return { own, others, filter, dropped, also, columns: together(own, others), limits: limits.items };
  }

  const asked = [project, asks, url.searchParams.getAll('also')];
  const shown = await shownBefore('board', asked, [`backlog:${project}`], parent, readAll);
  depends(...shown.also.map((key): `live:${string}` => `live:backlog:${key}`));
  return shown;
};
