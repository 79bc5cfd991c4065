// `npm run chaos`: kills the database and the app at random moments, and counts what was lost or done twice.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { takeNoArguments } from '../../src/usage.ts';

takeNoArguments(`Usage: npm run chaos   kills the app and its database at random moments and counts losses:
  100 times under database writes, then 200 times under deliveries while outside services fail`);

for (const [file, kills] of [
  ['kill-database.ts', '100'],
  ['kill-qualification.ts', '200'],
] as const) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const { status } = spawnSync(process.execPath, [path, kills], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
