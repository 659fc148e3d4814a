import { read } from '$lib/api/client';
import type { CustomField, ItemTemplate, Page, Workflow } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, depends, parent }) => {
  await parent();
  depends(`live:backlog:${params.project}`);
  const project = `/projects/${params.project}`;
  const [workflow, custom, templates] = await Promise.all([
    read<Workflow>(fetch, `${project}/workflow`),
    read<Page<CustomField>>(fetch, `${project}/fields`),
    read<Page<ItemTemplate>>(fetch, `${project}/templates`),
  ]);
  return { workflow, custom: custom.items, templates: templates.items };
};
