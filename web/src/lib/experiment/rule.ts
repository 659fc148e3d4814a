import type { Comparator, Constraint, Experiment, Numeral, RuleInput } from '$lib/api/types';
import { exact } from '$lib/text/format';
import { comparatorSigns } from '$lib/text/words';

/** What stands in the fields of the rule editor: text, because people type text. */
export type ConstraintDraft = { metric: string; comparator: Comparator; threshold: string };
export type RuleDraft = ConstraintDraft & { constraints: ConstraintDraft[]; dataset: string; days: string };

const emptyConstraint = (comparator: Comparator): ConstraintDraft => ({
  metric: '',
  comparator,
  threshold: '',
});

export const newConstraint = () => emptyConstraint('<=');
export const newRule = (): RuleDraft => ({
  ...emptyConstraint('>='),
  constraints: [],
  dataset: '',
  days: '14',
});

export function draftOf(rule: RuleInput): RuleDraft {
  return {
    ...constraintDraft(rule),
    constraints: rule.constraints.map(constraintDraft),
    dataset: rule.dataset ?? '',
    days: rule.time_box_days ? String(rule.time_box_days) : '',
  };
}

const constraintDraft = ({ metric, comparator, threshold }: Constraint): ConstraintDraft => ({
  metric,
  comparator,
  threshold: String(threshold),
});

export function ruleOf(draft: RuleDraft): RuleInput {
  return {
    ...constraintOf(draft),
    constraints: draft.constraints.map(constraintOf),
    dataset: draft.dataset.trim() || undefined,
    time_box_days: draft.days.trim() ? Number(draft.days) : undefined,
  };
}

const constraintOf = ({ metric, comparator, threshold }: ConstraintDraft): Constraint => ({
  metric: metric.trim(),
  comparator,
  threshold: Number(threshold),
});

export function constraintText({ metric, comparator, threshold }: Constraint): string {
  return `${metric} ${comparatorSigns[comparator]} ${exact(threshold)}`;
}

/** "auc ≥ 0.86 while p95_ms ≤ 100 and cost ≤ 3" */
export function ruleText(rule: RuleInput): string {
  const guards = rule.constraints.map(constraintText).join(' and ');
  return constraintText(rule) + (guards && ` while ${guards}`);
}

/** "p95_ms is 212, must be ≤ 100" */
export function brokenText(broken: Constraint & { value: Numeral | null }): string {
  const bound = `${comparatorSigns[broken.comparator]} ${exact(broken.threshold)}`;
  if (broken.value === null) return `${broken.metric} was not logged, must be ${bound}`;
  return `${broken.metric} is ${exact(broken.value)}, must be ${bound}`;
}

/** Whether the hypothesis came when there were runs already. */
export const isLate = ({ hypothesis, hypothesis_changed_after_first_run }: Experiment) =>
  !!hypothesis && hypothesis_changed_after_first_run;
