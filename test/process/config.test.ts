// Settings from the environment: what they mean, what they default to, and how all that is wrong is told at once.
import { isAbsolute } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  type Environment,
  readConfig,
  readPublicUrl,
  readToolConfig,
} from '../../src/config.ts';
import { edge } from '../support/spellings.ts';

const secret = 'a secret of more than thirty-two bytes';
const least = {
  APP_SECRET: secret,
  INTERCOM_CLIENT_ID: 'client-id',
  INTERCOM_CLIENT_SECRET: 'client-secret',
};

function problemsOf(env: Environment): string {
  try {
    readConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the configuration was accepted');
}

describe('What need not be set', () => {
  it('has defaults for an app on this machine with its own database', () => {
    expect(readConfig(least)).toEqual({
      host: '127.0.0.1',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      database: { kind: 'embedded', dataDir: `${process.cwd()}/data` },
      appSecrets: [secret],
      intercom: { clientId: 'client-id', clientSecrets: ['client-secret'], apiUrl: null, oauthUrl: null },
      logLevel: 'info',
      mail: null,
      metricsPort: null,
      trustProxy: 0,
      allowPrivatePlatforms: false,
      databasePool: 26,
      roles: ['web', 'worker'],
      drainMs: 500,
    });
  });

  it('takes the port into the public address', () => {
    expect(readConfig({ ...least, PORT: '8080', HOST: '::1' }).publicUrl).toBe('http://localhost:8080');
  });

  it('counts as unset when it is set to nothing or to blanks', () => {
    const blank = Object.fromEntries(
      [
        'HOST',
        'PORT',
        'PUBLIC_URL',
        'DATABASE_URL',
        'DATA_DIR',
        'LOG_LEVEL',
        'METRICS_PORT',
        'TRUST_PROXY',
        'DRAIN_MS',
        'ALLOW_PRIVATE_PLATFORMS',
        'ROLES',
      ].map((name, index) => [name, index % 2 ? '' : '  \t']),
    );
    expect(readConfig({ ...least, ...blank })).toEqual(readConfig(least));
    expect(problemsOf({ ...least, APP_SECRET: ' ' })).toContain('APP_SECRET is not set');
  });

  it('does not include secrets: there is no default for any', () => {
    const message = problemsOf({});
    for (const name of Object.keys(least)) expect(message).toContain(`${name} is not set`);
  });
});

describe('What is set', () => {
  it('is read as numbers, addresses and lists, with blanks around it ignored', () => {
    const config = readConfig({
      HOST: '0.0.0.0',
      PORT: ' 8443 ',
      PUBLIC_URL: ' https://Desk.Example.com/ ',
      DATABASE_URL: 'postgresql://user:word@db.internal/desk',
      DATA_DIR: 'elsewhere',
      APP_SECRET: `${secret}-new , ${secret}`,
      INTERCOM_CLIENT_ID: ' client-id\n',
      INTERCOM_CLIENT_SECRET: 'new,old',
      INTERCOM_API_URL: 'http://127.0.0.1:4000/',
      INTERCOM_OAUTH_URL: 'http://127.0.0.1:4000/oauth',
      LOG_LEVEL: 'warn',
      METRICS_PORT: '9100',
      TRUST_PROXY: '2',
      DRAIN_MS: '1500',
      SMTP_URL: 'smtps://desk:pass%23word@mail.example.com:465',
      MAIL_FROM: 'Referral Desk <desk@example.com>',
      ALLOW_PRIVATE_PLATFORMS: 'true',
      ROLES: ' worker,web ',
    });
    expect(config).toEqual({
      host: '0.0.0.0',
      port: 8443,
      publicUrl: 'https://desk.example.com',
      database: { kind: 'server', url: 'postgresql://user:word@db.internal/desk' },
      appSecrets: [`${secret}-new`, secret],
      intercom: {
        clientId: 'client-id',
        clientSecrets: ['new', 'old'],
        apiUrl: 'http://127.0.0.1:4000',
        oauthUrl: 'http://127.0.0.1:4000/oauth',
      },
      logLevel: 'warn',
      mail: {
        url: 'smtps://desk:pass%23word@mail.example.com:465',
        from: 'Referral Desk <desk@example.com>',
        host: 'desk.example.com',
      },
      metricsPort: 9100,
      trustProxy: 2,
      allowPrivatePlatforms: true,
      databasePool: 26,
      roles: ['web', 'worker'],
      drainMs: 1500,
    });
  });

  it('leaves the data folder absolute, wherever the process goes later', () => {
    const { database } = readConfig({ ...least, DATA_DIR: 'here/below' });
    expect(database.kind === 'embedded' && isAbsolute(database.dataDir)).toBe(true);
  });

  it.each([
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['METRICS_PORT', '1e4'],
    ['TRUST_PROXY', 'true'],
    ['DRAIN_MS', '2s'],
    ['ALLOW_PRIVATE_PLATFORMS', 'maybe'],
    ['LOG_LEVEL', 'loud'],
    ['PUBLIC_URL', 'desk.internal'],
    ['PUBLIC_URL', 'http://desk.example.com'],
    ['PUBLIC_URL', 'https://desk.example.com/below'],
    ['PUBLIC_URL', 'https://someone:word@desk.example.com'],
    ['PUBLIC_URL', 'https://desk.example.com/?query'],
    ['INTERCOM_API_URL', 'http://intercom.example.com'],
    ['INTERCOM_API_URL', 'ftp://127.0.0.1/'],
    ['INTERCOM_OAUTH_URL', 'http://127.0.0.1.example.com/oauth'],
    ['DATABASE_URL', 'mysql://user:word@db/desk'],
    ['APP_SECRET', 'only thirty-one bytes, not more'],
    ['APP_SECRET', `${secret},short`],
    ['APP_SECRET', `${secret},`],
    ['INTERCOM_CLIENT_SECRET', 'new,,old'],
  ])('is refused when it makes no sense, naming the variable and not the value: %s=%s', (name, value) => {
    const message = problemsOf({ ...least, [name]: value });
    expect(message.split('\n')).toHaveLength(2);
    expect(message).toContain(`- ${name} `);
    expect(message).not.toContain(value);
  });
});

describe('Everything that is wrong', () => {
  it('is told in one message, each variable once and with its fix', () => {
    const message = problemsOf({ HOST: '0.0.0.0', PORT: 'x', LOG_LEVEL: 'loud', INTERCOM_CLIENT_ID: 'id' });
    const told = message.split('\n').map((line) => line.match(/^ {2}- (\w+) /)?.[1]);
    expect(told.toSorted()).toEqual(
      [undefined, 'APP_SECRET', 'INTERCOM_CLIENT_SECRET', 'LOG_LEVEL', 'PORT', 'PUBLIC_URL'].toSorted(),
    );
    expect(message).toContain('openssl rand');
    expect(message).toContain('trace, debug, info');
    expect(message).toContain('https://desk.example.com');
  });

  it('includes the public address when only the host says that others reach the app, or the port is open', () => {
    expect(problemsOf({ ...least, HOST: '0.0.0.0' })).toContain('PUBLIC_URL is not set');
    expect(problemsOf({ ...least, PORT: '0' })).toContain('PUBLIC_URL is not set');
  });
});

describe('HOST', () => {
  const listening = { ...least, PUBLIC_URL: 'https://desk.example.com' };

  it.each(['0.0.0.0', '::', '::1', 'localhost', 'desk_app', 'desk.internal'])('can be %s', (host) => {
    expect(readConfig({ ...listening, HOST: host }).host).toBe(host);
  });

  it.each(['http://0.0.0.0', '0.0.0.0:3000', '[::]', '*', '0.0.0.0/0'])(
    'is refused as %s, with its name',
    (host) => {
      expect(problemsOf({ ...listening, HOST: host })).toContain('HOST must be an address of this machine');
    },
  );
});

describe('The command-line tools', () => {
  it('need the database and the secret alone', () => {
    expect(readToolConfig({ APP_SECRET: secret, DATABASE_URL: 'postgres:///desk' })).toEqual({
      database: { kind: 'server', url: 'postgres:///desk' },
      appSecrets: [secret],
      intercomApiUrl: null,
      logLevel: 'info',
    });
    expect(() => readToolConfig({})).toThrow(/APP_SECRET is not set/);
  });

  it('take no address for granted when they print one for the Developer Hub', () => {
    expect(() => readPublicUrl({})).toThrow(/PUBLIC_URL is not set/);
    expect(readPublicUrl({ PUBLIC_URL: 'https://desk.example.com/' })).toBe('https://desk.example.com');
  });
});

describe('Quotes', () => {
  // Every setting by name, those of secrets with a previous one too.
  const names = [
    ...['HOST', 'PORT', 'PUBLIC_URL', 'DATABASE_URL', 'DATABASE_POOL', 'DATA_DIR', 'APP_SECRET'],
    ...['INTERCOM_CLIENT_ID', 'INTERCOM_CLIENT_SECRET', 'INTERCOM_API_URL', 'INTERCOM_OAUTH_URL'],
    ...['LOG_LEVEL', 'METRICS_PORT', 'TRUST_PROXY', 'ALLOW_PRIVATE_PLATFORMS', 'DRAIN_MS'],
    ...['SMTP_URL', 'MAIL_FROM', 'ROLES'],
  ];

  it.each(names)('around the value of %s are refused, by name', (name) => {
    for (const value of [`"${secret}"`, `'${secret}'`, `${secret},"${secret}"`, `"${secret}`])
      expect(problemsOf({ ...least, [name]: value })).toContain(`${name} is in quotes.`);
  });

  it('around a setting that a command does not read are refused all the same', () => {
    expect(() => readToolConfig({ APP_SECRET: secret, INTERCOM_CLIENT_SECRET: '"abc"' })).toThrow(
      'INTERCOM_CLIENT_SECRET is in quotes.',
    );
  });

  it.each(['“', '‘', '`'])('of a word processor (%s) are refused, too', (quote) => {
    expect(problemsOf({ ...least, APP_SECRET: `${quote}${secret}` })).toContain('APP_SECRET is in quotes.');
  });

  it('inside a value are the value itself', () => {
    const quoted = `${secret} with 'one' and "two" inside`;
    expect(readConfig({ ...least, APP_SECRET: quoted }).appSecrets).toEqual([quoted]);
  });
});

it('What was copied along unseen is not part of a value', () => {
  fc.assert(
    fc.property(edge, edge, (before, after) => {
      const around = (value: string) => `${before}${value}${after}`;
      const config = readConfig({
        ...least,
        INTERCOM_CLIENT_ID: around('an-id'),
        INTERCOM_CLIENT_SECRET: `new,${around('previous')}`,
        APP_SECRET: around(secret),
      });
      expect(config.intercom.clientId).toBe('an-id');
      expect(config.intercom.clientSecrets).toEqual(['new', 'previous']);
      expect(config.appSecrets).toEqual([secret]);
      expect(problemsOf({ ...least, APP_SECRET: around(`"${secret}"`) })).toContain(
        'APP_SECRET is in quotes.',
      );
    }),
  );
});

describe('Mail', () => {
  const from = 'desk@example.com';

  it.each([
    ['mail.example.com:587', 'SMTP_URL must start with smtp:// or smtps://.'],
    ['http://mail.example.com', 'SMTP_URL must start with smtp:// or smtps://.'],
    ['smtp://', 'SMTP_URL must be like smtp://'],
    ['smtp://user:pass#word@mail.example.com', 'SMTP_URL'],
    ['smtp://user:pass/word@mail.example.com', 'SMTP_URL'],
    ['smtp://mail.example.com:99999', 'SMTP_URL'],
  ])('needs the address of a mail server, not %s', (url, problem) => {
    const problems = problemsOf({ ...least, SMTP_URL: url, MAIL_FROM: from });
    expect(problems).toContain(problem);
    expect(problems).not.toContain('pass#word');
    expect(problems).not.toContain('pass/word');
  });

  it.each(['desk', 'desk@', '@example.com', 'a@b@c', 'desk@example.com\nBcc: x@example.com'])(
    'needs the address that it comes from, not %j',
    (given) => {
      expect(problemsOf({ ...least, SMTP_URL: 'smtp://mail.example.com', MAIL_FROM: given })).toContain(
        'MAIL_FROM',
      );
    },
  );

  it('needs both or neither', () => {
    expect(problemsOf({ ...least, SMTP_URL: 'smtp://mail.example.com' })).toContain('MAIL_FROM is not set.');
    expect(readConfig({ ...least, MAIL_FROM: from }).mail).toBeNull();
  });
});

it('The metrics need a port of their own', () => {
  expect(problemsOf({ ...least, PORT: '3000', METRICS_PORT: '3000' })).toContain(
    'METRICS_PORT must differ from PORT.',
  );
});

describe('The address of a database', () => {
  it('without a host is refused with how a socket is written', () => {
    const url = 'postgres://desk:word@/desk?host=/cloudsql/project:region:instance';
    expect(problemsOf({ ...least, DATABASE_URL: url })).toContain('DATABASE_URL has no host.');
  });

  it('with several hosts is refused as such, and one with a comma in its password is not', () => {
    expect(problemsOf({ ...least, DATABASE_URL: 'postgres://desk:word@h1:5432,h2:5432/desk' })).toContain(
      'DATABASE_URL has several hosts.',
    );
    expect(readConfig({ ...least, DATABASE_URL: 'postgres://desk:1,b@db/desk' }).database.kind).toBe(
      'server',
    );
  });

  it.each(['a#b', 'a/b', 'a?b', 'a@b/c', '#', '/', '?'])(
    'with the password %s as it is, is refused with how to write it',
    (password) => {
      const url = `postgres://desk:${password}@db.example.com:5432/desk`;
      expect(problemsOf({ ...least, DATABASE_URL: url })).toContain('percent-encode');
    },
  );

  it.each(['a#b', 'a/b', 'a?b', 'a@b/c', '#', '/', '?', 'ü'])(
    'with the password %s percent-encoded, is taken',
    (password) => {
      const url = `postgres://desk:${encodeURIComponent(password)}@db.example.com:5432/desk`;
      expect(readConfig({ ...least, DATABASE_URL: url }).database).toEqual({ kind: 'server', url });
    },
  );

  it.each([
    'postgres:///desk?host=/run/postgresql',
    'postgresql://localhost/desk',
    'postgres://db/desk?sslmode=require',
  ])('is taken as PostgreSQL takes it: %s', (url) => {
    expect(readConfig({ ...least, DATABASE_URL: url }).database).toEqual({ kind: 'server', url });
  });

  it.each(['5', '0', '-1', 'many', '1001', '2.5'])('goes with a pool of 10 to 1000, not %s', (pool) => {
    expect(problemsOf({ ...least, DATABASE_POOL: pool })).toContain('DATABASE_POOL must be');
  });
});

describe('Roles', () => {
  const onServer = { ...least, DATABASE_URL: 'postgres://db/desk' };

  it('are one or both, in any order', () => {
    expect(readConfig({ ...onServer, ROLES: 'web' }).roles).toEqual(['web']);
    expect(readConfig({ ...onServer, ROLES: 'worker' }).roles).toEqual(['worker']);
    expect(readConfig({ ...onServer, ROLES: 'worker, web' }).roles).toEqual(['web', 'worker']);
  });

  it.each(['workers', 'web;worker', 'web,', 'WEB'])('are no others, such as %s', (roles) => {
    expect(problemsOf({ ...onServer, ROLES: roles })).toContain('ROLES must be web, worker, or web,worker.');
  });

  it('are both where the database is embedded, which one process can use', () => {
    for (const roles of ['web', 'worker'])
      expect(problemsOf({ ...least, ROLES: roles })).toContain(
        'ROLES must be web,worker without DATABASE_URL',
      );
    expect(readConfig({ ...least, ROLES: 'web,worker' }).roles).toHaveLength(2);
  });
});
