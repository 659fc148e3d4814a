import { attempt } from '$lib/item/act';
import { awaiting } from '$lib/reread';

/** Does something at the table. The stream tells everybody of it, whoever did it, too: so each reads it once. */
export const atTable = (sitting: number, action: () => Promise<unknown>, done?: string): Promise<boolean> =>
  attempt(action, done, awaiting(`sitting:${sitting}`));
