import { Problem } from './client';

/** Saving what was read whole. If somebody else set it meanwhile, `theirs` is what they made of it. */
export class Overtaken<T> {
  theirs = $state.raw<T | null>(null);

  /** What was read last is what the next attempt is made from: `read` is called with it. */
  async save(act: () => Promise<unknown>, read: (current: T) => void): Promise<void> {
    try {
      await act();
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 412 && problem.body.current) {
        this.theirs = problem.body.current as T;
        read(this.theirs);
      }
      throw problem;
    }
    this.theirs = null;
  }
}
