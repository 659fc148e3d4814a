import adapter from '@sveltejs/adapter-static';
import { drawnIcons } from './icons.js';

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: drawnIcons,
  kit: {
    adapter: adapter({ fallback: 'index.html', precompress: true }),
    // The same page is served at any depth, also below /p/KEY/, so every asset path is absolute.
    paths: { relative: false },
  },
};
