import { readAgain } from '$lib/reread';
import { Problem, send } from './client';

/** Saving an edit that began at a version. If someone was faster, `current` holds what they made of it. */
export class Saving<T extends { version: number }> {
  current = $state<T | null>(null);

  async save(path: string, version: number, change: object): Promise<void> {
    try {
      await send('PATCH', path, change, { version: this.current?.version ?? version });
    } catch (problem) {
      const isStale = problem instanceof Problem && problem.status === 412;
      if (isStale && problem.body.current) this.current = problem.body.current as T;
      throw problem;
    }
    this.current = null;
    await readAgain();
  }
}
