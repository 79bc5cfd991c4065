// `npm run api-docs`: writes docs/api.md from the description that /openapi.json serves.
import { writeFileSync } from 'node:fs';
import { apiPage } from '../http/api-page.ts';
import { openApiDocument } from '../http/openapi.ts';
import { runCommand } from './support/command.ts';

await runCommand({ usage: 'Usage: npm run api-docs   writes docs/api.md', options: {} }, () =>
  writeFileSync(
    new URL('../../docs/api.md', import.meta.url),
    apiPage(openApiDocument('https://desk.example.com')),
  ),
);
