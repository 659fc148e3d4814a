import { Problem } from '$lib/api/client';
import type { AskedPlan } from '$lib/api/types';
import { newConstraint, type ConstraintDraft } from '$lib/experiment/rule';

/** What stands in the fields of a rollout plan. What is left empty, the server fills in. */
export type PhaseDraft = { name: string; shares: string; at_least: string; exit: string; stop: string };
export type LimitDraft = ConstraintDraft & { minutes: string };

export const newPhase = (name = ''): PhaseDraft => ({ name, shares: '', at_least: '', exit: '', stop: '' });
export const usualPhases = () => ['shadow', 'canary', 'full'].map(newPhase);
export const newLimit = (): LimitDraft => ({ ...newConstraint(), minutes: '' });

export const phasesOf = (drafts: PhaseDraft[]): AskedPlan['phases'] =>
  drafts.map(({ name, shares, at_least, exit, stop }) => {
    const steps = shares
      .split(',')
      .filter((share) => share.trim())
      .map(Number);
    return {
      name: name.trim(),
      traffic_percent: steps[0],
      steps: steps.length ? steps : undefined,
      at_least: at_least.trim() || undefined,
      exit: exit.trim() || undefined,
      stop: stop.trim() || undefined,
    };
  });

export const limitsOf = (drafts: LimitDraft[]): AskedPlan['limits'] =>
  drafts.map(({ metric, comparator, threshold, minutes }) => ({
    metric: metric.trim(),
    comparator,
    threshold: Number(threshold),
    for_minutes: minutes.trim() ? Number(minutes) : undefined,
  }));

const parts: Record<string, string> = {
  name: 'name',
  traffic_percent: 'traffic',
  steps: 'traffic',
  at_least: 'least time',
  exit: 'condition to go on',
  stop: 'condition to stop',
};

/** The server names the place in what was sent; people look for it in the dialog. */
export function inWords(refusal: unknown): unknown {
  if (!(refusal instanceof Problem)) return refusal;
  const [field, why] = Object.entries(refusal.fields)[0] ?? [];
  const place = field && placeOf(field);
  return place ? new Problem(refusal.status, { ...refusal.body, detail: `${place} ${why}.` }) : refusal;
}

function placeOf(field: string): string | null {
  const phase = /^plan\.phases\[(\d+)\](?:\.(\w+))?/.exec(field);
  if (phase) {
    const number = `phase ${Number(phase[1]) + 1}`;
    return phase[2] ? `The ${parts[phase[2]] ?? phase[2]} of ${number}` : `P${number.slice(1)}`;
  }
  if (field === 'plan.phases') return 'The phases';
  const limit = /^plan\.limits(?:\.(.*))?$/.exec(field);
  if (limit) return limit[1] ? `The limit on ${limit[1]}` : 'The limits';
  return null;
}
