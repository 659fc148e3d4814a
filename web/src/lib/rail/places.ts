import {
  Anchor,
  Boxes,
  ChartColumn,
  Flag,
  FlaskConical,
  Folders,
  House,
  KeyRound,
  ListTodo,
  MessagesSquare,
  Settings2,
  SlidersHorizontal,
  Spade,
  SquareKanban,
  Timer,
  UserRound,
  Users,
} from '@lucide/svelte';
import type { Me } from '$lib/api/types';

export type Place = {
  name: string;
  href: string;
  icon: typeof House;
  keys?: string;
  /** Other words by which the palette finds it. */
  also?: string;
  group: 'all' | 'project' | 'settings';
};

/** `narrowed` is what narrows the items in sight: the backlog and the board show the same of them. */
export function placesOf(me: Me, key: string | undefined, narrowed = ''): Place[] {
  const places: Place[] = [
    { name: 'Home', href: '/', icon: House, keys: 'g h', group: 'all' },
    { name: 'Projects', href: '/projects', icon: Folders, group: 'all' },
    { name: 'Profile', href: '/settings/profile', icon: UserRound, group: 'settings' },
    { name: 'Tokens', href: '/settings/tokens', icon: KeyRound, group: 'settings' },
  ];
  if (me.user.admin) {
    places.push({
      name: 'People and projects',
      href: '/settings/people',
      icon: Settings2,
      group: 'settings',
    });
  }
  const project = key ?? me.projects[0]?.key;
  if (!project) return places;
  return [
    ...places,
    {
      name: 'Backlog',
      href: `/${project}/backlog${narrowed}`,
      icon: ListTodo,
      keys: 'g l',
      group: 'project',
    },
    {
      name: 'Board',
      href: `/${project}/board${narrowed}`,
      icon: SquareKanban,
      keys: 'g b',
      group: 'project',
    },
    {
      name: 'Sprints',
      href: `/${project}/sprints`,
      icon: Timer,
      keys: 'g s',
      also: 'plan a sprint',
      group: 'project',
    },
    { name: 'Stand-up', href: `/${project}/standup`, icon: MessagesSquare, keys: 'g u', group: 'project' },
    { name: 'Planning poker', href: `/${project}/estimates`, icon: Spade, keys: 'g k', group: 'project' },
    { name: 'Measures', href: `/${project}/measures`, icon: ChartColumn, keys: 'g f', group: 'project' },
    { name: 'Checkpoints', href: `/${project}/checkpoints`, icon: Flag, keys: 'g c', group: 'project' },
    {
      name: 'Experiments',
      href: `/${project}/experiments`,
      icon: FlaskConical,
      keys: 'g e',
      group: 'project',
    },
    { name: 'Models', href: `/${project}/models`, icon: Boxes, keys: 'g d', group: 'project' },
    { name: 'Reviews and gates', href: `/${project}/reviews`, icon: Anchor, keys: 'g r', group: 'project' },
    { name: 'Team', href: `/${project}/team`, icon: Users, keys: 'g t', group: 'project' },
    {
      name: 'Project settings',
      href: `/${project}/settings`,
      icon: SlidersHorizontal,
      group: 'project',
    },
  ];
}
