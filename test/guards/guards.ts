// The guards, each with the edit that takes it away and the test file that must go red without it.

export type Guard = {
  name: string;
  file: string;
  /** Each text occurs exactly once in the file. */
  edits: [text: string, instead: string][];
  /** A test file, which `npm run guards` runs with the edited tree. */
  test: string;
};

const guard = (name: string, test: string, file: string, ...edits: Guard['edits']): Guard => ({
  ...{ name, test: `test/${test}.test.ts`, file: `src/${file}.ts`, edits },
});

const never = ' && false';

export const guards: Guard[] = [
  guard('signature of canvas calls', 'card/inbox-bad-input', 'http/from-intercom/canvas-call', [
    "if (verified !== 'valid')",
    `if (verified !== 'valid'${never})`,
  ]),
  guard('signature of notifications', 'qualification/notifications-accept', 'http/from-intercom/webhooks', [
    "if (verified !== 'valid')",
    `if (verified !== 'valid'${never})`,
  ]),
  guard('signature of the uninstall call', 'workspace/uninstall', 'http/from-intercom/installation-calls', [
    "if (signature !== 'valid' && signature !== 'missing')",
    `if (signature !== 'valid' && signature !== 'missing'${never})`,
  ]),
  guard('signature of the health check', 'workspace/health', 'http/from-intercom/installation-calls', [
    "if (signature !== 'valid') throw",
    `if (signature !== 'valid'${never}) throw`,
  ]),
  guard('secret of platform hooks', 'platforms/referral-hooks', 'usecases/platforms/connections', [
    ' || !isSameSecret(known.hookSecret, hook.secret)',
    '',
  ]),
  guard('state of an installation: the same browser', 'workspace/install', 'usecases/workspace/consent', [
    'if (nonce === null || hash(nonce) !== claims.nonceHash)',
    'if (nonce === null)',
  ]),
  guard('state of an installation: once', 'workspace/install', 'store/workspace/tokens', [
    'return claimed.length > 0;',
    'return true;',
  ]),
  guard('tenant of queries', 'http/api-access', 'store/owned', [
    'Object.entries(values).map(',
    "Object.entries(values).filter(([name]) => name !== 'workspaceId').map(",
  ]),
  guard('private addresses of platforms', 'http/hostile-requests', 'usecases/platforms/connections', [
    'if (!(await ctx.outboundGuard.isPrivateAddress(address))) return address;',
    'if (address) return address;',
  ]),
  guard('private addresses of alerts', 'http/hostile-requests', 'usecases/alerts/alert-settings', [
    'if (await ctx.outboundGuard.isPrivateAddress(url))',
    `if ((await ctx.outboundGuard.isPrivateAddress(url))${never})`,
  ]),
  guard('private addresses of reward webhooks', 'http/hostile-requests', 'usecases/rewards/reward-webhook', [
    'if (await ctx.outboundGuard.isPrivateAddress(url))',
    `if ((await ctx.outboundGuard.isPrivateAddress(url))${never})`,
  ]),
  guard('addresses that change after the check', 'http/hostile-requests', 'referrals/outbound-guard', [
    'new HttpAgent({ ...keptOpen, lookup: lookupPublic })',
    'new HttpAgent(keptOpen)',
  ]),
  guard('request IDs of callers', 'http/hostile-requests', 'http/server', [
    '.test(id) ? id : randomUUID()',
    ".test(id) || id !== '' ? id : randomUUID()",
  ]),
  guard('CSRF token of forms', 'http/console-table', 'http/console/guard', [
    ' || !isCsrfToken(secret, takeToken(req))',
    '',
  ]),
  guard('origin of forms', 'http/console-shell', 'http/console/guard', [
    'if (isFromElsewhere(req, publicUrl) || ',
    'if (',
  ]),
  guard('role of console pages', 'http/console-table', 'http/console/guard', [
    'if (mayDo(role, needs)) return;',
    'if (mayDo(role, needs) || true) return;',
  ]),
  guard('role of card buttons', 'card/card-access', 'usecases/card/card-access', [
    "if (member?.role === 'viewer')",
    `if (member?.role === 'viewer'${never})`,
  ]),
  guard('idle sessions end', 'http/console-shell', 'usecases/workspace/sessions', [
    'seenSince: before(ctx, maxIdleMs)',
    'seenSince: new Date(0)',
  ]),
  guard('revoked API tokens', 'http/api-access', 'usecases/workspace/api-tokens', [
    ' || known.revokedAt !== null',
    '',
  ]),
  guard('revoked keys of Fin', 'fin/fin-answers', 'usecases/fin/fin-keys', [
    'if (!known || known.revokedAt !== null) return null;',
    'if (!known) return null;',
  ]),
  guard(
    'sealing binds the workspace',
    'process/secrets',
    'secrets',
    ['sealWith(currentSealingKey, workspaceId, plain)', "sealWith(currentSealingKey, '', plain)"],
    ['return openWith(key, workspaceId, sealed);', "return openWith(key, '', sealed);"],
  ),
  guard('redaction of the log', 'process/log', 'log', [
    "hidden.has(name.toLowerCase()) ? '[hidden]' : harmless(value, depth)",
    'harmless(value, depth)',
  ]),
  guard(
    'daily cap of teammates’ changes',
    'card/card-actions',
    'usecases/program/teammate-change',
    ['return used < settings.daily_cap ? null :', 'return used >= 0 ? null :'],
    ['if (used >= cap) return', `if (used >= cap${never}) return`],
  ),
  guard('limit of rewards a person', 'rewards/rewards', 'usecases/rewards/earn-rewards', [
    'if (has < limit) return',
    'if (has >= 0) return',
  ]),
  guard('a pressed button counts once', 'card/card-actions', 'usecases/program/teammate-change', [
    'const key = `card:',
    'const key = ctx.newId() + `card:',
  ]),
  guard('idempotency keys', 'contacts/contact-once', 'usecases/contacts/act-on-contact', [
    'idempotency ? `contact-key:',
    'idempotency && false ? `contact-key:',
  ]),
  guard('older states of a contact', 'qualification/notification-order', 'domain/qualification/snapshot', [
    "return orderOf(at, known, now) === 'older';",
    'return orderOf(at, known, now) === null;',
  ]),
  guard('own writes start no rule', 'qualification/own-writes', 'domain/contacts/own-writes', [
    'if (causes.length === 0) return false;',
    'if (causes.length >= 0) return false;',
  ]),
  guard('no one refers themselves', 'program/self-referral', 'domain/program/qualification-block', [
    "if (same) return { code: 'self_referral'",
    `if (same${never}) return { code: 'self_referral'`,
  ]),
  guard(
    'a sheet is for the person it was opened by',
    'messenger/messenger-hostile',
    'usecases/messenger/sheet',
    [' && read.data?.contact === member.user.id', ''],
  ),
  guard('nonce of a sheet', 'messenger/messenger-hostile', 'usecases/messenger/sheet', [
    'if (!(await claimToken(ctx.database.db, use)))',
    'if (!(await claimToken(ctx.database.db, { ...use, jti: ctx.newId() })))',
  ]),
  guard('proof of who asks through Fin', 'fin/fin-answers', 'domain/fin/identity', [
    'return isSame ? { verified: true',
    'return isSame || true ? { verified: true',
  ]),
  guard('confirmation of an assistant’s change', 'assistants/attacks', 'usecases/assistants/change-guard', [
    ' || read.data.digest !== digest)',
    ')',
  ]),
  guard('confirmations belong to their caller', 'assistants/attacks', 'usecases/assistants/change-guard', [
    'read.data.caller !== caller.id || ',
    '',
  ]),
  guard('PKCE', 'assistants/attacks', 'usecases/assistants/tokens', ['if (!isProven || ', 'if (']),
  guard('a stolen refresh token ends the grant', 'assistants/attacks', 'usecases/assistants/tokens', [
    'await endGrant(ctx, tx, grant);\n    ctx.log.warn(',
    'ctx.log.warn(',
  ]),
  guard('host of MCP requests', 'assistants/attacks', 'http/assistants/mcp-endpoint', [
    '    hostHeaderValidation(hosts),\n',
    '',
  ]),
  guard('private addresses by name', 'assistants/attacks', 'referrals/outbound-guard', [
    'if (found.some(({ address }) => isPrivateAddress(address))) {',
    `if (found.some(({ address }) => isPrivateAddress(address))${never}) {`,
  ]),
  guard('private addresses by number', 'assistants/attacks', 'outbound/client-document', [
    ' || refuses(clientId)',
    '',
  ]),
  guard('markup in pages', 'program/join-page', 'http/html', ["  '<': '&lt;',\n", "  '<': '<',\n"]),
  guard('formulas in CSV', 'repair/export', 'http/csv', [
    'formulaStart.test(text) ?',
    'formulaStart.test(text) && false ?',
  ]),
  guard('limit of requests', 'http/limits', 'http/limits', ['limit: perMinute', 'limit: perMinute * 1_000']),
  guard('slow bodies', 'card/inbox-flood', 'http/slow-requests', [
    'setTimeout(() => cut(request, response), withinMs)',
    'setTimeout(() => cut(request, response), 2 ** 30)',
  ]),
  guard(
    'size of signed bodies',
    'card/inbox-bad-input',
    'http/from-intercom/raw-body',
    ['if (needed > limit) return', `if (needed > limit${never}) return`],
    ['> limit) return reject(tooLarge());', `> limit${never}) return reject(tooLarge());`],
  ),
  guard('one worker for each person', 'runs/subject-lock', 'store/subject-lock', [
    'if (!taken) {',
    `if (!taken${never}) {`,
  ]),
];
