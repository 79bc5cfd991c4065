// How `npm run migration` turns the tables in src/store/**/schema*.ts into the next SQL file.
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './src/store/**/schema*.ts',
  out: './src/store/migrations',
});
