// docs/api.md says what the API is now.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { apiTable } from '../../src/http/api/routes.ts';
import { apiPage } from '../../src/http/api-page.ts';
import { openApiDocument } from '../../src/http/openapi.ts';

const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');

test('the page is what "npm run api-docs" makes of the present routes', () => {
  expect(page).toBe(apiPage(openApiDocument('https://desk.example.com')));
});

test('every route has its part, and no table is broken by what is in it', () => {
  for (const { method, path } of apiTable) {
    expect(page).toContain(`### \`${method.toUpperCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}\``);
  }
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  for (const row of rows) expect(row).toMatch(/^(\| [^|]*(\\\|[^|]*)* )+\|$/);
});
