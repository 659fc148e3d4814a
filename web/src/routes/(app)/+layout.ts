import { read } from '$lib/api/client';
import type { Me } from '$lib/api/types';
import { keepFor } from '$lib/kept';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ fetch, depends }) => {
  const me = await read<Me>(fetch, '/me');
  keepFor([me.user, me.projects]);
  depends('live:projects');
  for (const { key } of me.projects) depends(`live:project:${key}`, `live:members:${key}`);
  return { me };
};
