// What the browsers look at: boards and a table of known sizes, made through the server's own interface.
import type { Api } from '../api.ts';
import { email, type Slipway } from '../slipway.ts';

export const names = ['Ada', 'Ben', 'Cleo', 'Dana', 'Eli', 'Fay', 'Gus', 'Hal', 'Ines', 'Jo'];
const labels = [
  'data',
  'drift',
  'export',
  'fairness',
  'latency',
  'model',
  'pipeline',
  'prompt',
  'serving',
  'ui',
];
const kinds = ['task', 'bug', 'data', 'training', 'evaluation', 'serving', 'prompt', 'story'];
const priorities = ['urgent', 'high', 'medium', 'low', 'none'];
const subjects = [
  'Join the support tickets with the billing export',
  'Retrain on the quarter that ended',
  'Recall drops for customers of the smallest plan, and nobody has looked at the segment since the last release',
  'Write down what the scorer expects of its input',
  'Cache the features',
  'The weekly report counts customers who left twice when they came back within thirty days',
  'Measure latency at the gateway',
];

export interface Size {
  key: string;
  name: string;
  columns: number;
  items: number;
}

/** A project with as many items in as many columns, spread over ten people, ten labels and several kinds. */
export async function seed(slipway: Slipway, { key, name, columns, items }: Size): Promise<void> {
  await slipway.project(key, name, Object.fromEntries(names.map((who) => [who, {}])));
  const api = slipway.admin;
  const path = `/api/v1/projects/${key}`;
  await workflow(api, path, columns);
  const each = Math.ceil(items / columns);
  const made: { key: string; version: number }[] = [];
  for (let column = 0; column < columns; column++) {
    const count = Math.min(each, items - column * each);
    for (let from = 0; from < count; from += 25) {
      const titles = Array.from({ length: Math.min(25, count - from) }, (_, nth) => {
        const number = column * each + from + nth;
        return `${subjects[number % subjects.length]} (${number + 1})`;
      });
      const part = (column * each + from) / 25;
      const batch = await api.post(`${path}/items/batch`, {
        lines: titles.join('\n'),
        status: `Step ${column + 1}`,
        kind: kinds[Math.floor(part) % kinds.length],
        labels: [labels[Math.floor(part) % labels.length]],
      });
      made.push(...batch.items);
    }
  }
  await eight(made, ({ key, version }, nth) =>
    api.patch(
      `/api/v1/items/${key}`,
      {
        assignee: nth % 11 === 10 ? null : email(names[nth % 11]),
        priority: priorities[nth % 5],
        estimate: nth % 8 || null,
      },
      version,
    ),
  );
}

/** The first half of the columns is open, in the rest something is being done. */
async function workflow(api: Api, path: string, columns: number): Promise<void> {
  const first = await api.post(`${path}/items`, { title: 'The first one makes the backlog' });
  await api.delete(`/api/v1/items/${first.key}`);
  const steps = Array.from({ length: columns }, (_, nth) => ({
    id: nth ? undefined : first.status.id,
    name: `Step ${nth + 1}`,
    category: nth < columns / 2 ? 'open' : 'doing',
  }));
  await api.put(`${path}/workflow`, { statuses: [...steps, { name: 'Done', category: 'done' }] });
}

/** So many requests at once that the server is busy and not flooded. */
async function eight<T>(all: T[], act: (one: T, nth: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < all.length) {
      const nth = next++;
      await act(all[nth], nth);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
}
