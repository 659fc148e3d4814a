import type { ParamMatcher } from '@sveltejs/kit';

/** Project keys are upper case, so they never collide with the fixed places of the site. */
export const match: ParamMatcher = (param) => /^[A-Z][A-Z0-9]+$/.test(param);
