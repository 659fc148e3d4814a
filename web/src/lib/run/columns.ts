import type { Columns, Rule, Run } from '$lib/api/types';
import { brokenText } from '$lib/experiment/rule';
import { numeral } from '$lib/text/format';

/** `metrics.auc` or `params.depth`: the same words the sort order uses. */
export type Column = { id: string; kind: 'metrics' | 'params' | 'tags'; name: string };

const column = (kind: Column['kind']) => (name: string) => ({ id: `${kind}.${name}`, kind, name });

/** All columns, those the decision rule asks about first. */
export function allColumns({ metrics, params, tags }: Columns, rule: Rule | null): Column[] {
  const asked = rule ? [rule.metric, ...rule.constraints.map(({ metric }) => metric)] : [];
  const rest = metrics.filter((metric) => !asked.includes(metric));
  const shownTags = tags.filter((tag) => !tag.startsWith('mlflow.'));
  return [
    ...asked.filter((metric) => metrics.includes(metric)).map(column('metrics')),
    ...rest.map(column('metrics')),
    ...params.map(column('params')),
    ...shownTags.map(column('tags')),
  ];
}

/** What the address chose, else the first few metrics and params. */
export function shownColumns(all: Column[], chosen: string | null): Column[] {
  if (chosen !== null) {
    const ids = new Set(chosen.split(','));
    return all.filter(({ id }) => ids.has(id));
  }
  const first = (kind: Column['kind'], count: number) =>
    all.filter((each) => each.kind === kind).slice(0, count);
  return [...first('metrics', 5), ...first('params', 4)];
}

/** What a run says about the rule, in a few words; null where there is no rule to speak of. */
export function evidenceText(
  { evidence }: Run,
  rule: Rule | null,
): { meets: boolean; near: boolean; text: string } | null {
  if (!evidence || !rule) return null;
  if (evidence.meets) return { meets: true, near: false, text: 'Meets the rule' };
  const broken = evidence.broken.map(brokenText).join('; ');
  const near = broken !== '' && !evidence.broken.some(({ metric }) => metric === rule.metric);
  const text = near
    ? `Reaches the threshold of the rule but breaks a constraint: ${broken}`
    : `Does not meet the rule: ${broken}`;
  return { meets: false, near, text: broken ? text : (evidence.why_not ?? 'Does not count for the rule') };
}

export function cellOf(run: Run, { kind, name }: Column): string {
  return kind === 'metrics'
    ? name in run.metrics
      ? numeral(run.metrics[name])
      : ''
    : (run[kind][name] ?? '');
}
