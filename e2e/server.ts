// The real program on a fresh folder, started for one test and ended with it.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const program = process.env.SLIPWAY ?? resolve(import.meta.dirname, '../target/release/slipway');
const patience = 40_000;

/** Where webhooks may point in these tests, and where nobody answers. */
export const nobody = '127.0.0.1:9';

export interface Server {
  url: string;
  /** The one-time link that a fresh folder's first start prints. */
  setupLink: string;
  stop(): Promise<void>;
}

export interface Demo {
  url: string;
  password: string;
  stop(): Promise<void>;
}

export async function startServer(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-e2e-'));
  const child = start('serve', '--data', folder, '--webhook-allow', nobody);
  const [url, setupLink] = await printed(child, /ready at (http:\S+)/, /(http:\S+\/setup#\S+)/);
  const gone = async () => {
    await stop(child);
    await rm(folder, { recursive: true, force: true });
  };
  return { url, setupLink, stop: gone };
}

export async function startDemo(): Promise<Demo> {
  const child = start('demo');
  const [url, password] = await printed(child, /ready at (http:\S+)/, /password (\S+) as/);
  return { url, password, stop: () => stop(child) };
}

function start(...words: string[]): ChildProcess {
  return spawn(program, [...words, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What the program prints at the places of the patterns, once all of them are there. */
function printed(child: ChildProcess, ...patterns: RegExp[]): Promise<string[]> {
  return new Promise((found, fail) => {
    let text = '';
    const explain = (what: string) => fail(new Error(`${program} ${what}\n${text}`));
    const timer = setTimeout(() => explain('did not get ready in time'), patience);
    const read = (chunk: Buffer) => {
      text += chunk;
      const places = patterns.map((pattern) => text.match(pattern)?.[1]);
      if (!places.every((place) => place !== undefined)) return;
      clearTimeout(timer);
      found(places);
    };
    child.stdout!.on('data', read);
    child.stderr!.on('data', read);
    child.once('error', (error) => explain(`cannot be started: ${error.message}`));
    child.once('exit', (code) => explain(`ended with ${code}`));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolved) => child.once('exit', resolved));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}
