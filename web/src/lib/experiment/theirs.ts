import type { Experiment } from '$lib/api/types';
import { ruleText } from './rule';

/** What somebody else has saved meanwhile, to be read. */
export const theirs = ({ name, hypothesis, owner, rule }: Experiment): [string, string][] => [
  ['Name', name],
  ['Hypothesis', hypothesis ?? ''],
  ['Owner', owner.name],
  ['Rule', rule ? ruleText(rule) : 'none'],
];
