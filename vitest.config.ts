// How the tests run: pure ones first, then those with a database and HTTP, then the browser's.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', include: ['test/{canvas,domain}/**/*.test.ts'] },
      },
      {
        test: {
          name: 'app',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{canvas,domain,browser}/**', 'node_modules/**'],
          globalSetup: ['test/support/database-server.ts'],
          // A machine that is busy with something else is no reason for a test to fail.
          testTimeout: 180_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/support/database-server.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
          maxWorkers: 1,
        },
      },
    ],
  },
});
