import { Problem, send } from '$lib/api/client';
import type { Person } from '$lib/api/types';
import { linkSecret } from '$lib/door';

/** Whom the link invites, or why it does not. */
export const load = async (): Promise<{ invited: Person | null; why: string | null }> => {
  const link = linkSecret();
  if (!link)
    return { invited: null, why: 'The part of the link behind the # is missing. Open the whole link.' };
  try {
    return { invited: await send<Person>('POST', '/invitation/check', { link }), why: null };
  } catch (problem) {
    if (problem instanceof Problem) return { invited: null, why: problem.message };
    throw problem;
  }
};
