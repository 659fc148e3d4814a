// What a screen reader and a low-contrast screen would trip over.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const grave = new Set<string | null | undefined>(['serious', 'critical']);

export const themes = ['light', 'dark'] as const;
type Theme = (typeof themes)[number];

/** The page has no serious or critical problem, in each theme. */
export async function expectAccessible(page: Page, inThemes: readonly Theme[] = themes): Promise<void> {
  for (const colorScheme of inThemes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations
      .filter((violation) => grave.has(violation.impact))
      .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
    expect(found, `${colorScheme} theme of ${page.url()}`).toEqual([]);
  }
}
