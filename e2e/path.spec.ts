// The whole path: a bet becomes evidence, evidence becomes decisions, decisions put it into production. Five people
// with different duties, each in a window of their own that nobody reloads.
import { execFileSync } from 'node:child_process';
import type { Page } from '@playwright/test';
import { ClientRun } from './api.ts';
import {
  approve,
  askForPromotion,
  askForReviews,
  decide,
  expectNothingSticksOut,
  expectRefused,
  look,
  propose,
  region,
  seatOf,
  signIn,
  withdraw,
} from './moves.ts';
import { expect, test, type Seat } from './slipway.ts';

const team: Record<string, Seat> = {
  // She may decide technical questions of others, never her own.
  Dana: { trades: ['data_scientist'], duties: ['technical_lead'] },
  Tom: { trades: ['ml_engineer'], duties: ['technical_lead'] },
  Rita: { role: 'viewer', duties: ['ethics_reviewer'] },
  Pia: { trades: ['product_manager'], duties: ['product_owner'] },
  Sol: { role: 'viewer', duties: ['security'] },
};

const bet = {
  name: 'Support tickets tell who leaves',
  hypothesis: 'Adding support-ticket features finds customers who leave a month earlier.',
  rule: { metric: 'auc', comparator: '>=', threshold: '0.86' },
  constraint: { metric: 'p95_ms', comparator: '<=', threshold: '100' },
  days: '14',
};

const missingIn = (page: Page) => region(page, 'What is missing').getByRole('listitem');

test('five people take a bet to production', async ({ slipway, window, watch }) => {
  test.setTimeout(400_000);
  await slipway.setUp();
  await slipway.project('CHURN', 'Churn early warning', team);
  const [dana, tom, rita, pia, sol] = await Promise.all(Object.keys(team).map((who) => window(who)));
  for (const [index, page] of [dana, tom, rita, pia, sol].entries())
    await signIn(page, Object.keys(team)[index]);

  const experiment = await test.step('Dana proposes an experiment', async () => {
    await dana.getByRole('link', { name: 'Experiments' }).click();
    return propose(dana, bet);
  });
  const page = `/CHURN/experiments/${experiment}`;
  await expect(dana.getByText('Proposed').first()).toBeVisible();

  await test.step('runs arrive on open pages', async () => {
    await look(tom, page);
    const client = await slipway.api('Dana');
    const quick = await ClientRun.start(client, experiment, 'deep-forest');
    for (const who of [dana, tom]) {
      const row = region(who, 'Runs').getByRole('row', { name: /deep-forest/ });
      await expect(row).toContainText('Running');
    }
    await quick.param('depth', '12');
    for (const [step, auc] of [0.71, 0.82, 0.88].entries()) await quick.metric('auc', auc, step);
    await quick.metric('p95_ms', 212);
    await quick.finish();
    await expect(region(tom, 'Verdict')).toContainText('broke a constraint');
    await expect(region(tom, 'Verdict')).toContainText('p95_ms is 212, must be ≤ 100');

    const good = await ClientRun.start(client, experiment, 'gradient-boosting');
    for (const [step, auc] of [0.74, 0.83, 0.871].entries()) await good.metric('auc', auc, step);
    await good.metric('p95_ms', 84);
    await good.tag('mlflow.source.git.commit', '3f1c2a9be0d14c6f8a7e5b3d2c1f0a9e8d7c6b5a');
    await good.finish();
    for (const who of [dana, tom])
      await expect(region(who, 'Verdict').getByText('Supported', { exact: true })).toBeVisible();
  });

  await test.step('Dana asks for the reviews, and cannot decide them herself', async () => {
    await dana.getByRole('button', { name: 'Ask for review' }).click();
    await askForReviews(dana, [
      'What it is for, on what it was trained, where it must not be used.',
      'AUC 0.871 on the held-out quarter; 84 ms at the 95th percentile.',
      '310 a month at the present number of customers.',
      'Back to churn-scorer 1.4.2 within five minutes.',
    ]);
    const own = dana.getByRole('button', { name: 'Decide the technical review' });
    await expectRefused(own, /owner|own/);
  });

  await test.step('three reviewers hear of it at home and decide', async () => {
    for (const who of [tom, rita, pia]) await who.goto('/');
    for (const who of [tom, rita, pia]) {
      const item = region(who, 'Waits for you').getByRole('link', { name: new RegExp(bet.name) });
      await item.first().click();
      await expect(who.getByRole('heading', { name: `Reviews: ${bet.name}` })).toBeVisible();
    }
    await expectRefused(rita.getByRole('button', { name: 'Decide the technical review' }), /technical lead/i);
    await decide(tom, 'Technical', { note: 'Repeatable, documented, and the way back was tried.' });
    await expect(dana.getByRole('article', { name: 'Technical review' })).toContainText('Accepted');
    await decide(rita, 'Ethics', { note: 'No group is treated worse than today.' });
  });

  const promotion = await test.step('Dana asks for promotion while the business review is open', async () => {
    await look(dana, page);
    return askForPromotion(dana, 'production', 'churn-scorer 1.4.2');
  });

  await test.step('the list of what is missing shrinks in front of everybody', async () => {
    for (const who of [tom, rita, sol]) await look(who, promotion);
    const missing = missingIn(dana);
    await expect(missing).toHaveCount(5);
    await expect(missing).toContainText([
      /approval by technical lead/i,
      /approval by product owner/i,
      /approval by security/i,
      /cost/i,
      /business review is undecided/i,
    ]);
    await expectRefused(dana.getByRole('button', { name: 'Approve as Technical lead' }), /asked/i);
    await expectRefused(rita.getByRole('button', { name: 'Approve as Security' }), /duty/i);
    await expectRefused(tom.getByRole('button', { name: 'Deploy to production' }), /missing|approved/i);

    await decide(pia, 'Business', { note: 'Pays for itself within the quarter.' });
    await expect(missing).toHaveCount(3);
    await approve(tom, 'Technical lead', 'The evidence is what I reviewed.');
    await expect(missing).toHaveCount(2);
    await look(pia, promotion);
    await approve(pia, 'Product owner', 'Worth it.');
    await expect(missing).toHaveCount(1);
    await approve(sol, 'Security', 'No new data leaves the house.');
    for (const who of [dana, tom, rita, pia, sol])
      await expect(who.getByText('Nothing is missing')).toBeVisible();
  });

  await test.step('an approval can be taken back until deployment', async () => {
    await withdraw(sol, 'Security', 'One dependency has an open advisory.');
    await expect(missingIn(dana)).toHaveCount(1);
    await approve(sol, 'Security', 'The dependency is updated.');
  });

  await test.step('the plan and the monitoring rules are ready', async () => {
    const plan = region(dana, 'Deployment plan');
    for (const phase of ['shadow', 'canary', 'full'])
      await expect(plan.getByRole('cell', { name: phase, exact: true })).toBeVisible();
    await expect(plan).toContainText('churn-scorer 1.4.2');
    const [download] = await Promise.all([
      dana.waitForEvent('download'),
      region(dana, 'Monitoring setup')
        .getByRole('link', { name: /Prometheus rules/ })
        .click(),
    ]);
    const rules = test.info().outputPath('rules.yml');
    await download.saveAs(rules);
    execFileSync('promtool', ['check', 'rules', rules]);
    await expectNothingSticksOut(dana);
  });

  await test.step('the technical lead puts it into production', async () => {
    await expectRefused(pia.getByRole('button', { name: 'Deploy to production' }), /technical lead/i);
    await tom.getByRole('button', { name: 'Deploy to production' }).click();
    const form = tom.getByRole('dialog', { name: 'Deploy to production' });
    await form.getByLabel('Note').fill('Rolled out in the quiet hour.');
    await form.getByRole('button', { name: 'Record the deployment' }).click();
    for (const who of [dana, tom, rita, pia, sol])
      await expect(who.getByText('In production').first()).toBeVisible();
    await expect(seatOf(dana, 'Security')).toContainText('The dependency is updated.');
    const history = region(dana, 'History');
    await expect(history).toContainText('withdrew the approval, as security, of the promotion of');
    await expect(history).toContainText('set back to waiting the promotion of');
    await dana.goto(page);
    await expect(dana.getByText('In production').first()).toBeVisible();
    for (const act of ['put into production', 'approved, as security,', 'accepted the technical review of'])
      await expect(region(dana, 'Activity')).toContainText(act);
  });

  await test.step('what is in production is not deleted, and the dialog says why', async () => {
    await dana.getByRole('button', { name: 'More actions' }).click();
    await dana.getByRole('button', { name: 'Delete' }).click();
    const form = dana.getByRole('dialog', { name: 'Delete this experiment?' });
    watch.expectRefusal(409);
    await form.getByRole('button', { name: 'Delete experiment' }).click();
    await expect(form.getByRole('alert')).toContainText('production');
  });
});
