import { query, read, readUpTo } from '$lib/api/client';
import type { Experiment, Member, Run, Runs, Series } from '$lib/api/types';
import { zoomOf } from '$lib/chart/zoom';
import { activityOf } from '$lib/home/activity';
import { promotionOf } from '$lib/review/standing';
import { allColumns, shownColumns } from '$lib/run/columns';
import { stayIn } from '$lib/ui/address';
import type { PageLoad } from './$types';

const charts = 8;
const chartedRuns = 20;
const withoutChoice = 6;

export const load: PageLoad = async ({ fetch, params, url, depends, parent }) => {
  await parent();
  const base = `/experiments/${params.id}`;
  depends(`live:experiment:${params.id}`);
  const get = (name: string) => url.searchParams.get(name);
  const filter = { q: get('q'), status: get('status'), deleted: get('deleted'), sort: get('sort') };

  const experiment = await read<Experiment>(fetch, base);
  stayIn(experiment, params.project, url);
  const latest = promotionOf(fetch, experiment);
  const [runs, members, promotion, events] = await Promise.all([
    readUpTo<Run, Runs>(fetch, `${base}/runs${query(filter)}`, Number(get('show')) || 100, 1000),
    read<{ items: Member[] }>(fetch, `/projects/${params.project}/members`),
    latest,
    latest.then((promotion) => activityOf(fetch, experiment, promotion)),
  ]);
  if (promotion) depends(`live:promotion:${promotion.id}`);

  const zoom = zoomOf(get);
  const all = allColumns(runs.columns, experiment.rule);
  const shown = shownColumns(all, get('cols'));
  const selected = get('runs')?.split(',').filter(Boolean) ?? [];
  const charted = selected.length ? selected : runs.items.slice(0, withoutChoice).map(({ id }) => id);
  const metrics = shown.filter(({ kind }) => kind === 'metrics').slice(0, charts);
  const ids = charted.slice(0, chartedRuns).join(',');
  const series = await Promise.all(
    (ids ? metrics : []).map(({ name }) =>
      read<Series>(fetch, `${base}/series${query({ metric: name, runs: ids, points: 800, ...zoom })}`),
    ),
  );
  return {
    experiment,
    runs,
    members: members.items,
    events,
    promotion,
    all,
    shown,
    selected,
    filter,
    zoom,
    series: series.filter((each) => each.series.some(({ points }) => points.length)),
  };
};
