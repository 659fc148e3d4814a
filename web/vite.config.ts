import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, loadEnv } from 'vite';

// What most pages share travels in few files: on a cold start every request costs more than its bytes.
const groups = [
  { name: 'svelte', test: /node_modules\/(svelte|esm-env|devalue|clsx)\// },
  { name: 'icons', test: /node_modules\/@lucide\// },
  { name: 'shared', test: /src\/lib\/(ui|text|command|rail|api)\// },
];

export default defineConfig(({ mode }) => {
  const server = loadEnv(mode, '.', 'SLIPWAY_').SLIPWAY_URL ?? 'http://127.0.0.1:7117';
  return {
    plugins: [sveltekit()],
    environments: { client: { build: { rolldownOptions: { output: { codeSplitting: { groups } } } } } },
    server: { proxy: { '/api': server, '/health': server } },
  };
});
