// The console: who asks, what they sent, which entry of the table answers, and the layout around it.
import express, { type Router } from 'express';
import { mayDo } from '../../domain/teammate.ts';
import { Failure } from '../../failure.ts';
import type { Sessions } from '../../usecases/sessions.ts';
import type { SignIn } from '../../usecases/sign-in.ts';
import type { FailureDeps } from '../failures.ts';
import { accessPages } from './access.ts';
import { dataPages } from './access-data.ts';
import { auditPages } from './access-log.ts';
import { teammatePages } from './access-teammates.ts';
import { tokenPages } from './access-tokens.ts';
import { assetRoutes } from './assets.ts';
import { backfillPages } from './backfills.ts';
import { batchPages } from './batches.ts';
import { publishPages } from './campaign-publish.ts';
import { rulePages } from './campaign-rules.ts';
import { campaignSettingPages } from './campaign-settings.ts';
import { sidePages } from './campaign-side.ts';
import { campaignPages } from './campaigns.ts';
import { connectPages } from './connect.ts';
import type { Asked, ConsolePage, UseCases } from './console.ts';
import { deliveryPages } from './deliveries.ts';
import { driftPages } from './drift.ts';
import { protect } from './guard.ts';
import { homePages } from './home.ts';
import type { Link } from './layout.ts';
import { peoplePages } from './people.ts';
import { personPages } from './person.ts';
import { personChangePages } from './person-changes.ts';
import { reviewPages } from './reviews.ts';
import { trialPages } from './rule-trial.ts';
import { runLogPages } from './run-log.ts';
import { pageSender, readForms, requireSession, sendFailures, serve, signOut } from './serving.ts';
import { consoleCookies } from './session-cookie.ts';
import { signInRoutes } from './sign-in.ts';
import { workspaceSettingPages } from './workspace-settings.ts';

/** Every page, in the order of the navigation. */
export const consoleTable: ConsolePage[] = [
  ...homePages,
  ...[...campaignPages, ...sidePages, ...trialPages, ...rulePages, ...campaignSettingPages, ...publishPages],
  ...[...peoplePages, ...personPages, ...personChangePages],
  // Before the runs, whose addresses are above theirs.
  ...[...deliveryPages, ...runLogPages],
  // As are the uploads'.
  ...[...backfillPages, ...batchPages],
  ...[...reviewPages, ...driftPages],
  ...connectPages,
  ...workspaceSettingPages,
  ...[...accessPages, ...teammatePages, ...tokenPages, ...auditPages, ...dataPages],
];

export type ConsoleDeps = FailureDeps & {
  useCases: UseCases;
  sessions: Sessions;
  signIn: SignIn;
  publicUrl: string;
};

/** To be mounted at /console. */
export function consoleRoutes(deps: ConsoleDeps): Router {
  const { useCases, sessions, signIn, publicUrl } = deps;
  const router = express.Router();
  const cookies = consoleCookies(publicUrl);
  const send = pageSender(cookies, navigationFor);

  router.use(assetRoutes());
  router.use((_req, res, next) => {
    protect(res);
    next();
  });
  router.use(signInRoutes({ signIn, sessions, cookies, publicUrl, send }));
  router.use(requireSession({ cookies, sessions }), ...readForms(publicUrl));
  router.post('/sign-out', signOut(cookies, sessions));
  for (const entry of consoleTable) router[entry.method](entry.path, serve(entry, useCases, cookies, send));
  router.use(() => {
    throw new Failure('not-found', 'There is no such page.');
  });
  router.use(sendFailures(deps, send));
  return router;
}

function navigationFor({ visitor }: Asked): Link[] {
  return consoleTable.flatMap(({ nav, path, needs }) =>
    nav === null || !mayDo(visitor.role, needs)
      ? []
      : [{ label: nav, href: `/console${path === '/' ? '' : path}` }],
  );
}
