// The log: what may be read in it, and what never.
import { AxiosError, AxiosHeaders } from 'axios';
import { DrizzleQueryError } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';

function written(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog('info', { write: (line) => void lines.push(line) }));
  return lines.join('');
}

describe('The log', () => {
  it('writes one line of JSON with level, time, message and fields', () => {
    const line: unknown = JSON.parse(written((log) => log.warn({ workspaceId: 'ab12', ms: 3 }, 'slow')));
    expect(line).toMatchObject({ level: 'warn', msg: 'slow', workspaceId: 'ab12', ms: 3 });
    expect(line).toHaveProperty('time', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/));
  });

  it('is silent below its level', () => {
    expect(written((log) => log.debug({}, 'detail'))).toBe('');
  });

  it('hides secrets and personal data by their names, however deep and in whatever case', () => {
    const text = written((log) =>
      log.info(
        {
          token: 'hush-1',
          req: { headers: { Authorization: 'hush-2', cookie: 'hush-3', 'X-Body-Signature': 'hush-4' } },
          list: [{ contact: { email: 'hush-5@example.com' } }],
          intercom: { clientSecrets: ['hush-6'] },
          body: { anything: 'hush-7' },
          query: { code: 'hush-8' },
          raw: Buffer.from('hush-9'),
        },
        'told',
      ),
    );
    expect(text).not.toContain('hush');
    expect(text).toContain('"raw":"[6 bytes]"');
    expect(text).toContain('told');
  });

  it('tells of a failed request without the request', () => {
    const config = { headers: new AxiosHeaders({ Authorization: 'Bearer hush-1' }), data: 'hush-2' };
    const response = { status: 500, statusText: '', data: 'hush-3', headers: { 'x-any': 'hush-4' }, config };
    const cause = new AxiosError('Request failed', 'ERR_BAD_RESPONSE', config, { path: 'hush-5' }, response);
    const text = written((log) => log.error({ err: new Error('no card', { cause }) }, 'failed'));
    expect(text).not.toContain('hush');
    expect(JSON.parse(text)).toMatchObject({
      err: {
        message: 'no card',
        cause: { message: 'Request failed', code: 'ERR_BAD_RESPONSE', status: 500 },
      },
    });
  });

  it('tells of a failed statement without its parameters', () => {
    const cause = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (email)=(hush-1)',
    });
    const err = new DrizzleQueryError('insert into people values ($1)', ['hush-2\nparams: hush-3'], cause);
    const text = written((log) => log.error({ err }, 'failed'));
    expect(text).not.toContain('hush');
    expect(text).toContain('insert into people');
    expect(JSON.parse(text)).toMatchObject({ err: { cause: { code: '23505' }, at: expect.any(Array) } });
  });

  it('survives what refers to itself', () => {
    const loop: Record<string, unknown> = { email: 'hush' };
    loop.again = loop;
    const failed = new Error('round');
    failed.cause = failed;
    const text = written((log) => log.info({ loop, err: failed }, 'told'));
    expect(text).toContain('told');
    expect(text).not.toContain('hush');
  });
});
