// Names a statement by its text, so that the driver prepares it once per connection.
import { createHash } from 'node:crypto';

export function statementName(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
