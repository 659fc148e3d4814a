import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, loadEnv } from 'vite';

// What most pages share, and the pages one opens most often, travel in few files: on a cold start every request costs more
// than its bytes.
const often = String.raw`src/lib/(ui|text|command|rail|api|item|board)/|src/lib/[a-z.]+\.ts|src/lib/sprint/SprintHead`;
const pages = String.raw`src/routes/(\+|\(app\)/(\+|\[project=key\]/(\+|(board|backlog)/|items/)))`;
const groups = [
  { name: 'svelte', test: /node_modules\/(svelte|esm-env|devalue|clsx)\// },
  { name: 'icons', test: /node_modules\/@lucide\// },
  { name: 'markdown', test: /node_modules\/marked\/|src\/lib\/text\/(Markdown|mention)/, priority: 1 },
  { name: 'shared', test: new RegExp(`${often}|${pages}`) },
];

export default defineConfig(({ mode }) => {
  const server = loadEnv(mode, '.', 'SLIPWAY_').SLIPWAY_URL ?? 'http://127.0.0.1:7117';
  return {
    plugins: [sveltekit()],
    environments: { client: { build: { rolldownOptions: { output: { codeSplitting: { groups } } } } } },
    server: { proxy: { '/api': server, '/health': server } },
  };
});
