import { read } from '$lib/api/client';
import type { Me } from '$lib/api/types';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ fetch, depends }) => {
  const me = await read<Me>(fetch, '/me');
  depends('live:projects');
  for (const { key } of me.projects) depends(`live:project:${key}`, `live:members:${key}`);
  return { me };
};
