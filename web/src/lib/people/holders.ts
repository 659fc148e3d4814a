import type { Duty, Member } from '$lib/api/types';

/** Who answers for the duty and has joined: an invited person can decide nothing yet. */
export const holders = (members: Member[], duty: Duty) =>
  members
    .filter(({ user, duties }) => duties.includes(duty) && user.state === 'active')
    .map(({ user }) => user);
