import { query, read } from '$lib/api/client';
import { zoomOf } from '$lib/chart/zoom';
import type { ArtifactFile, Experiment, Run, Series } from '$lib/api/types';
import { promotionOf } from '$lib/review/standing';
import { stayIn } from '$lib/ui/address';
import type { PageLoad } from './$types';

const charts = 24;

export const load: PageLoad = async ({ fetch, params, url, depends, parent }) => {
  await parent();
  depends(`live:run:${params.run}`);
  const run = await read<Run>(fetch, `/runs/${params.run}`);
  stayIn(run, params.project, url);
  const zoom = zoomOf((name) => url.searchParams.get(name));
  const names = Object.keys(run.metrics).slice(0, charts);
  const experiment = await read<Experiment>(fetch, `/experiments/${run.experiment}`);
  const [promotion, artifacts, series] = await Promise.all([
    promotionOf(fetch, experiment),
    read<{ files: ArtifactFile[] }>(fetch, `/runs/${run.id}/artifacts`),
    Promise.all(
      names.map((metric) =>
        read<Series>(
          fetch,
          `/experiments/${run.experiment}/series${query({ metric, runs: run.id, points: 800, ...zoom })}`,
        ),
      ),
    ),
  ]);
  // One number is read faster in the table; only what has a course is drawn.
  const drawn = series.filter(({ series }) => series.some(({ points }) => points.length > 1));
  return { run, experiment, promotion, artifacts: artifacts.files, series: drawn, zoom };
};
