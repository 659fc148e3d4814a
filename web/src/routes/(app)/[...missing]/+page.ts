import { error } from '@sveltejs/kit';

/** An address that is none still has the places and the palette around it. */
export const load = () => error(404, 'No page has this address.');
