import type {
  Comparator,
  Duty,
  ExperimentStatus,
  PromotionState,
  ReviewKind,
  Workstream,
} from '$lib/api/types';

// What the words of the server are called on the screen.

export const dutyNames: Record<Duty, string> = {
  technical_lead: 'Technical lead',
  product_owner: 'Product owner',
  security: 'Security',
  ethics_reviewer: 'Ethics reviewer',
  scrum_master: 'Scrum master',
};

export const statusNames: Record<ExperimentStatus, string> = {
  proposed: 'Proposed',
  running: 'Running',
  in_review: 'In review',
  approved: 'Approved',
  in_production: 'In production',
};

export const promotionNames: Record<PromotionState, string> = {
  waiting: 'Waiting',
  approved: 'Approved',
  in_production: 'In production',
  expired: 'Expired',
  withdrawn: 'Closed',
  replaced: 'Replaced',
};

export const reviewNames: Record<ReviewKind, string> = {
  technical: 'Technical review',
  ethics: 'Ethics review',
  business: 'Business review',
};

/** Who decides which review. */
export const reviewDuties: Record<ReviewKind, Duty> = {
  technical: 'technical_lead',
  ethics: 'ethics_reviewer',
  business: 'product_owner',
};

export const workstreamNames: Record<Workstream, string> = {
  experimentation: 'Experimentation',
  production: 'Production',
  optimization: 'Optimization',
  governance: 'Governance',
};

export const comparatorSigns: Record<Comparator, string> = { '>=': '≥', '<=': '≤', '>': '>', '<': '<' };

/** "ml_engineer" → "ML engineer". */
export function spoken(slug: string): string {
  const words = slug
    .replaceAll(/[_-]+/g, ' ')
    .replaceAll(/\b(ai|ml|ux|mlops|api|qa)\b/gi, (word) =>
      word.toLowerCase() === 'mlops' ? 'MLOps' : word.toUpperCase(),
    );
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "Ethics reviewer" → "an ethics reviewer". */
export function withArticle(name: string): string {
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name.toLowerCase()}`;
}
