import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, loadEnv, type Plugin } from 'vite';

// What most pages share, and the pages one opens first, travel in one file: on a cold start every request costs more than
// its bytes.
const often = String.raw`src/lib/(ui|command|rail|api|board)/|src/lib/text/(format|words)\.ts|src/lib/[a-z.]+\.ts|src/lib/sprint/SprintHead`;
const pages = String.raw`src/routes/(\+|\(app\)/(\+|\[project=key\]/(\+|(board|backlog)/)))`;
const parts = String.raw`node_modules/(svelte|esm-env|devalue|clsx|@lucide|@sveltejs)/`;
const groups = [{ name: 'shared', test: new RegExp(`${often}|${pages}|${parts}`) }];

/**
 * The framework fetches each part of a page by a file of its own. Those that have come along are taken from there: a board
 * opens with seven requests and a round trip fewer.
 */
function partsAtHand(): Plugin {
  const isAtHand = new RegExp(`${pages}|${parts}`);
  return {
    name: 'parts-at-hand',
    apply: 'build',
    applyToEnvironment: ({ name }) => name === 'client',
    transform: {
      filter: { id: /generated\/client-optimized\/app\.js$/ },
      async handler(code, id) {
        const fetched = [...code.matchAll(/\(\) => import\('\.\/nodes\/(\d+)'\)/g)];
        if (!fetched.length)
          throw new Error(`${id} fetches no parts: vite.config.ts must learn how it does.`);
        const imports: string[] = [];
        for (const [fetching, number] of fetched) {
          const part = await this.fs.readFile(id.replace(/app\.js$/, `nodes/${number}.js`), {
            encoding: 'utf8',
          });
          const load = /import \* as universal from "(.*)"/.exec(part)?.[1];
          const component = /export \{ default as component \} from "(.*)"/.exec(part)?.[1];
          if (![load, component].every((source) => !source || isAtHand.test(source))) continue;
          if (load) imports.push(`import * as load${number} from './nodes/${load}';`);
          if (component) imports.push(`import component${number} from './nodes/${component}';`);
          const held = [load && `universal: load${number}`, component && `component: component${number}`];
          code = code.replace(fetching, `() => Promise.resolve({ ${held.filter(Boolean).join(', ')} })`);
        }
        return `${imports.join('\n')}\n${code}`;
      },
    },
  };
}

export default defineConfig(({ mode }) => {
  const server = loadEnv(mode, '.', 'SLIPWAY_').SLIPWAY_URL ?? 'http://127.0.0.1:7117';
  return {
    plugins: [sveltekit(), partsAtHand()],
    environments: { client: { build: { rolldownOptions: { output: { codeSplitting: { groups } } } } } },
    server: { proxy: { '/api': server, '/health': server } },
  };
});
