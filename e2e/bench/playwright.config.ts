import { defineConfig } from '@playwright/test';
import base from '../playwright.config.ts';

/** Measures, one thing at a time; nothing fails for being slow. */
export default defineConfig({
  ...base,
  outputDir: '../results',
  testMatch: 'browser.ts',
  workers: 1,
  timeout: 900_000,
  use: { ...base.use, trace: 'off', screenshot: 'off' },
});
