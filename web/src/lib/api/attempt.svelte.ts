import { Problem } from './client';

/** One action of a person: whether it is under way, and what was said when it was refused. */
export class Attempt {
  pending = $state(false);
  problem = $state<Problem | null>(null);

  /** Answers whether it went well. A second press while the first is under way does nothing. */
  async make(action: () => Promise<unknown>): Promise<boolean> {
    if (this.pending) return false;
    this.pending = true;
    this.problem = null;
    try {
      await action();
      return true;
    } catch (refusal) {
      if (!(refusal instanceof Problem)) throw refusal;
      this.problem = refusal;
      return false;
    } finally {
      this.pending = false;
    }
  }
}
