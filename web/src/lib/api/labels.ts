import { spoken } from '$lib/text/words';

// Fields that the screen does not call by their name in the API.
const labels: Record<string, string> = {
  body: 'Comment',
  carry_to: 'Next sprint',
  days_off: 'Days off',
  due: 'Due day',
  parent: 'Under',
  q: 'Text',
  sort: 'Order',
  'spike.days': 'Time box in days',
  'spike.question': 'Question',
  'rule.time_box_days': 'Time box in days',
  'rule.dataset': 'Dataset',
};

/** What a field is called on the screen. */
export const labelOf = (name: string): string => labels[name] ?? spoken(name.split('.').at(-1) ?? name);

/** "parent: must be given" → "Under must be given.": names of the API are for programs. */
export function told(detail: string, fields: Record<string, string>): string {
  const name = Object.keys(fields).find((name) => detail === `${name}: ${fields[name]}`);
  if (name === undefined) return detail;
  const why = fields[name]!;
  return `${labelOf(name)} ${why}${/[.!?]$/.test(why) ? '' : '.'}`;
}
