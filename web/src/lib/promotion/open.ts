import type { Promotion } from '$lib/api/types';

/** Whether it may still be approved, deployed or closed. */
export const isOpen = ({ state }: Pick<Promotion, 'state'>) => state === 'waiting' || state === 'approved';
