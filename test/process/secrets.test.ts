// Signed tokens and sealed texts: what is accepted, and everything that must not be.
import { hkdfSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { createSecrets } from '../../src/secrets.ts';

const older = 'the secret of last year, thirty-two bytes and more';
const newer = 'the secret of this year, thirty-two bytes and more';
const secrets = createSecrets([newer]);
const token = { audience: 'install', subject: 'browser', jti: 'one' } as const;

/** Changes one character in the middle of a part, where no bits are unused. */
function damaged(text: string, part: number): string {
  const parts = text.split('.');
  const victim = parts[part] ?? '';
  const at = Math.floor(victim.length / 2);
  parts[part] = victim.slice(0, at) + (victim[at] === 'A' ? 'B' : 'A') + victim.slice(at + 1);
  return parts.join('.');
}

describe('A signed token', () => {
  it('brings back its subject, id and claims', () => {
    const signed = secrets.sign({ ...token, expiresInSeconds: 60, claims: { region: 'EU' } });
    expect(secrets.verify('install', signed)).toMatchObject({
      subject: 'browser',
      jti: 'one',
      claims: { region: 'EU' },
    });
  });

  it('is good for its own audience only', () => {
    expect(secrets.verify('referral-desk-api', secrets.sign(token))).toBeNull();
  });

  it('is signed with a key of its audience, so that naming another audience is not enough', () => {
    const key = Buffer.from(hkdfSync('sha256', newer, 'referral-desk', 'sign install', 32));
    const payload = { sub: 'browser', jti: 'one', aud: 'referral-desk-api' };
    expect(secrets.verify('referral-desk-api', jwt.sign(payload, key))).toBeNull();
  });

  it('ends when its time is over, to the second', () => {
    let time = Date.parse('2026-11-01T12:00:00Z');
    const clocked = createSecrets([newer], () => new Date(time));
    const signed = clocked.sign({ ...token, expiresInSeconds: 600 });
    time += 599_000;
    expect(clocked.verify('install', signed)).not.toBeNull();
    time += 1_000;
    expect(clocked.verify('install', signed)).toBeNull();
  });

  it('is refused when header, payload or signature were changed, or it is not a token at all', () => {
    const signed = secrets.sign(token);
    for (const part of [0, 1, 2]) expect(secrets.verify('install', damaged(signed, part))).toBeNull();
    for (const text of ['', 'x', 'a.b.c', '..', signed.slice(0, -1), '🙂']) {
      expect(secrets.verify('install', text)).toBeNull();
    }
  });

  it('is refused without a signature, or with another algorithm', () => {
    const payload = { sub: 'browser', jti: 'one', aud: 'install' };
    expect(secrets.verify('install', jwt.sign(payload, '', { algorithm: 'none' }))).toBeNull();
    expect(secrets.verify('install', jwt.sign(payload, newer, { algorithm: 'HS256' }))).toBeNull();
  });

  it('is held to audience, algorithm and form even when it has the right key', () => {
    const key = Buffer.from(hkdfSync('sha256', newer, 'referral-desk', 'sign install', 32));
    const payload = { sub: 'browser', jti: 'one', aud: 'install' };
    expect(secrets.verify('install', jwt.sign(payload, key))).not.toBeNull();
    expect(secrets.verify('install', jwt.sign({ ...payload, aud: 'referral-desk-api' }, key))).toBeNull();
    expect(secrets.verify('install', jwt.sign(payload, key, { algorithm: 'HS512' }))).toBeNull();
    expect(secrets.verify('install', jwt.sign({ aud: 'install', sub: 'browser' }, key))).toBeNull();
    expect(secrets.verify('install', jwt.sign({ aud: 'install', jti: 'one' }, key))).toBeNull();
  });

  it('stays good while its secret is the previous one, and no longer', () => {
    const signed = createSecrets([older]).sign(token);
    expect(createSecrets([newer, older]).verify('install', signed)).not.toBeNull();
    expect(secrets.verify('install', signed)).toBeNull();
    const fresh = createSecrets([newer, older]).sign(token);
    expect(secrets.verify('install', fresh)).not.toBeNull();
  });
});

describe('A sealed text', () => {
  it('opens for its own workspace and for no other', () => {
    const sealed = secrets.seal('ab12', 'dG9rOg== 🙂');
    expect(secrets.open('ab12', sealed)).toBe('dG9rOg== 🙂');
    expect(() => secrets.open('cd34', sealed)).toThrow(/could not be opened/);
  });

  it('shows nothing of what is in it, and is different each time', () => {
    const sealed = secrets.seal('ab12', 'plain');
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('plain');
    expect(secrets.seal('ab12', 'plain')).not.toBe(sealed);
  });

  it('does not open once anything in it was changed, cut off or left out', () => {
    const sealed = secrets.seal('ab12', 'plain text that is long enough');
    const [, id, iv, text = ''] = sealed.split('.');
    const bad = [damaged(sealed, 1), damaged(sealed, 2), damaged(sealed, 3), `v1.${id}.${iv}`, '', 'v1'];
    for (let cut = 1; cut < text.length; cut += 3) bad.push(`v1.${id}.${iv}.${text.slice(0, -cut)}`);
    for (const each of bad) expect(() => secrets.open('ab12', each)).toThrow(/could not be opened|not set/);
  });

  it('does not open with a shortened proof of being whole, which could be guessed', () => {
    const [version, id, iv, tag = ''] = secrets.seal('ab12', '').split('.');
    expect(secrets.open('ab12', [version, id, iv, tag].join('.'))).toBe('');
    for (const bytes of [4, 8, 12, 15]) {
      const short = Buffer.from(tag, 'base64url').subarray(0, bytes).toString('base64url');
      expect(() => secrets.open('ab12', [version, id, iv, short].join('.'))).toThrow(/could not be opened/);
    }
  });

  it('can be opened with the previous secret, is known to need the current one, and is lost without either', () => {
    const sealed = createSecrets([older]).seal('ab12', 'plain');
    const rotating = createSecrets([newer, older]);
    expect(rotating.open('ab12', sealed)).toBe('plain');
    expect(rotating.sealedWithCurrentKey(sealed)).toBe(false);
    expect(rotating.sealedWithCurrentKey(rotating.seal('ab12', 'plain'))).toBe(true);
    expect(() => secrets.open('ab12', sealed)).toThrow(/APP_SECRET/);
  });
});
