import { read } from '$lib/api/client';
import type { Project, User } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, parent }) => {
  await parent();
  depends('live:users', 'live:projects');
  const [users, projects] = await Promise.all([
    read<{ items: User[] }>(fetch, '/users'),
    read<{ items: Project[] }>(fetch, '/projects'),
  ]);
  return { users: users.items, projects: projects.items };
};
