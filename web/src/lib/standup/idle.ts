import type { ItemLine, Member } from '$lib/api/types';

/** Those of the members who do work here and have nothing of what is begun. */
export function idleOf(members: Member[], begun: ItemLine[]): Member[] {
  const busy = new Set(begun.map(({ assignee }) => assignee?.email));
  const works = ({ role, trades, user }: Member) =>
    user.state === 'active' && role !== 'viewer' && trades.length > 0;
  return members.filter((member) => works(member) && !busy.has(member.user.email));
}
