// How the tests run: pure ones and the sandbox's without a database, the app's and the browser's with one, slow ones by themselves.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Each worker, and each process that a test starts, loads the same modules: Node keeps them compiled.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'referral-desk-compiled');

/** They need neither a database nor a process of their own. */
const pure = [
  'test/{canvas,domain,sandbox}/**/*.test.ts',
  'test/process/{architecture,config,deploy,guards,import-walls,log,secrets,shared-query,stored-json,words}.test.ts',
  'test/intercom/intercom-{client,hostile}.test.ts',
  'test/http/api-docs.test.ts',
  'test/contacts/{contact-attributes,contact-fuzz}.test.ts',
  'test/runs/{fair-priority,wake-up}.test.ts',
  'test/qualification/delivery-turns.test.ts',
];
/** Kills, large files, real start-ups: for `npm run test:slow`. */
const slow = [
  'test/journeys/harshest.test.ts',
  'test/qualification/kill-qualification.test.ts',
  'test/imports/import-{kill,large}.test.ts',
  'test/repair/backfill-kill.test.ts',
  'test/people/people-import-kill.test.ts',
  'test/rewards/rewards-kill.test.ts',
  'test/assistants/conformance.test.ts',
  'test/http/route-fuzz.test.ts',
  'test/process/{benchmarks,container,demo,embedded-server,frozen-connections,npm-start}.test.ts',
];
const withDatabase = {
  globalSetup: ['test/support/database/server.ts'],
  hookTimeout: 180_000,
};

/** Such tests wait for the app more than they compute: more workers than cores keep the cores busy. */
const busyWorkers = 4;

// A machine that is slow, or busy with something else, is no reason for a test to fail: what is waited for comes when it comes.
// A look is often a whole request, so that looking more often kept the others waiting.
const patience = { testTimeout: 180_000, expect: { poll: { timeout: 60_000, interval: 100 } } };

/**
 * With several processes, databases and browsers on few cores, a test may meet an order of events that it did not expect.
 * The second try is named in the report, as `retry x1`: an order that a test or the app cannot take is a fault to find.
 */
const secondTry = { retry: 1 };

/** Those without a database come first: they tell the most in the least time. Those with one share their workers. */
const after = (groupOrder: number) => ({ sequence: { groupOrder } });

/** Browser tests take the longest: at the end, a core would have nothing left to do beside the last of them. */
class BrowserFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const longestFirst = await super.sort(files);
    const isInBrowser = ({ moduleId }: TestSpecification) => Number(moduleId.includes('/test/browser/'));
    return longestFirst.toSorted((a, b) => isInBrowser(b) - isInBrowser(a));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: BrowserFirst },
    projects: [
      { test: { name: 'unit', include: pure, isolate: false, maxWorkers: 2, ...after(0), ...patience } },
      // One project, as each of its workers has to load all modules of the app once.
      {
        test: {
          name: 'app',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [...pure, ...slow, 'node_modules/**'],
          ...after(1),
          ...withDatabase,
          ...patience,
          ...secondTry,
          maxWorkers: busyWorkers,
        },
      },
      {
        test: {
          name: 'slow',
          include: slow,
          ...after(2),
          ...withDatabase,
          ...patience,
          ...secondTry,
          maxWorkers: 2,
        },
      },
    ],
  },
});
