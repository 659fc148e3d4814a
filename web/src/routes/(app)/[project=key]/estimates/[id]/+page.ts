import { page } from '$app/state';
import { query, read } from '$lib/api/client';
import type { Item, ItemLine, Page, Sitting } from '$lib/api/types';
import { openRound } from '$lib/estimate/words';
import { isUntouched } from '$lib/reread';
import { stayIn } from '$lib/ui/address';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, url, depends, parent }) => {
  depends(`live:sitting:${params.id}`);
  const found = read<Sitting>(fetch, `/estimates/${params.id}`);
  found.catch(() => {});
  await parent();
  const sitting = await found;
  stayIn(sitting, params.project, url);
  const open = openRound(sitting);
  const chooses = !open && sitting.can.open === true;
  if (chooses) depends(`live:backlog:${params.project}`);
  const listing = query({ category: 'open,doing', limit: 200 });
  const key = open?.item.item?.key;
  const [item, items] = await Promise.all([
    key ? itemOf(key) : null,
    chooses ? read<Page<ItemLine>>(fetch, `/projects/${params.project}/items${listing}`) : { items: [] },
  ]);
  if (item) depends(`live:item:${item.id}`);
  return {
    sitting,
    item,
    unsized: items.items.filter(({ estimate }) => estimate === null).slice(0, 30),
  };

  /** It stays the same while people vote on it: a reveal is read at once, and nothing else with it. */
  function itemOf(key: string): Promise<Item> | Item {
    const shown: Item | null | undefined = page.data.item;
    if (shown?.key === key && isUntouched(`item:${shown.id}`)) return shown;
    return read<Item>(fetch, `/items/${key}`);
  }
};
