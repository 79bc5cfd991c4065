// The console: authenticates the visitor, parses the request, dispatches to the table's entry and renders the layout.

import express, { type Router } from 'express';
import type { Context } from '../../context.ts';
import { mayDo } from '../../domain/workspace/teammate.ts';
import { Failure } from '../../failure.ts';
import type { Visitor } from '../../usecases/workspace/sessions.ts';
import type { FailureDeps } from '../failures.ts';
import type { Html } from '../html.ts';
import { alertPages } from './alerts/alerts.ts';
import { assetRoutes } from './assets/assets.ts';
import { assistantPages } from './assistants/assistants.ts';
import { consentRoutes } from './assistants/consent.ts';
import { joinPages } from './campaigns/campaign-join.ts';
import { publishPages } from './campaigns/campaign-publish.ts';
import { rehearsalPages } from './campaigns/campaign-rehearsal.ts';
import { campaignSettingPages } from './campaigns/campaign-settings.ts';
import { campaignStatePages } from './campaigns/campaign-states.ts';
import { campaignPages } from './campaigns/campaigns.ts';
import type { ConsolePage } from './console.ts';
import { sidePages } from './enrollment/campaign-side.ts';
import { reviewPages } from './enrollment/reviews.ts';
import { finKeyPages } from './fin/fin-keys.ts';
import { finLogPages } from './fin/fin-log.ts';
import { finSetupPages } from './fin/fin-setup.ts';
import { protect } from './guard.ts';
import { helpPages } from './help/help-pages.ts';
import { importPages } from './imports/imports.ts';
import type { Link } from './layout.ts';
import { messengerPages } from './messenger/messenger.ts';
import { tabs } from './parts.ts';
import { addPeoplePages } from './people/add-people.ts';
import { homePages } from './people/home.ts';
import { peoplePages } from './people/people.ts';
import { peopleColumnPages } from './people/people-import-columns.ts';
import { peopleUploadPages } from './people/people-import-upload.ts';
import { peopleImportPages } from './people/people-imports.ts';
import { personPages } from './people/person.ts';
import { personChangePages } from './people/person-changes.ts';
import { referralListPages } from './people/referral-list.ts';
import { referrerListPages } from './people/referrer-list.ts';
import { connectPages } from './platforms/connect.ts';
import { rulePages } from './qualification/campaign-rules.ts';
import { deliveryPages } from './qualification/deliveries.ts';
import { trialPages } from './qualification/rule-trial.ts';
import { dataPages } from './repair/access-data.ts';
import { backfillPages } from './repair/backfills.ts';
import { syncCheckPages } from './repair/sync-checks.ts';
import { platformRewardPages } from './rewards/platform-rewards.ts';
import { rewardBulkPages } from './rewards/reward-bulk.ts';
import { rewardChangePages } from './rewards/reward-changes.ts';
import { receiptPages } from './rewards/reward-receipts.ts';
import { rewardWebhookPages } from './rewards/reward-webhook.ts';
import { rewardPages } from './rewards/rewards.ts';
import { runLogPages } from './runs/run-log.ts';
import { endOwnSession, pageSender, readForms, requireSession, sendFailures, serve } from './serving.ts';
import { accessPages } from './workspace/access.ts';
import { auditPages } from './workspace/access-log.ts';
import { teammatePages } from './workspace/access-teammates.ts';
import { tokenPages } from './workspace/access-tokens.ts';
import { savedViewPages } from './workspace/saved-views.ts';
import { consoleCookies } from './workspace/session-cookie.ts';
import { signInRoutes } from './workspace/sign-in.ts';
import { userTokenPages } from './workspace/user-tokens.ts';
import { workspaceSettingPages } from './workspace/workspace-settings.ts';

export const consoleTable: ConsolePage[] = [
  ...homePages,
  ...[
    ...campaignPages,
    ...sidePages,
    ...trialPages,
    ...rulePages,
    ...helpPages,
    ...joinPages,
    ...rehearsalPages,
    ...campaignSettingPages,
    ...publishPages,
    ...campaignStatePages,
  ],
  // Before the page of a person: its path also matches these.
  ...[
    ...peoplePages,
    ...referralListPages,
    ...referrerListPages,
    ...addPeoplePages,
    ...peopleUploadPages,
    ...peopleColumnPages,
    ...peopleImportPages,
  ],
  ...[...personPages, ...personChangePages],
  ...[...rewardPages, ...receiptPages, ...platformRewardPages, ...rewardBulkPages, ...rewardChangePages],
  // Before the runs: their paths also match these.
  ...[...deliveryPages, ...runLogPages],
  // The same holds for imports.
  ...[...backfillPages, ...importPages],
  ...[...reviewPages, ...syncCheckPages],
  ...connectPages,
  ...[...finSetupPages, ...finKeyPages, ...finLogPages],
  ...savedViewPages,
  ...[
    ...workspaceSettingPages,
    ...alertPages,
    ...rewardWebhookPages,
    ...messengerPages,
    ...userTokenPages,
    ...assistantPages,
  ],
  ...[...accessPages, ...teammatePages, ...tokenPages, ...auditPages, ...dataPages],
];

type ConsoleDeps = FailureDeps & {
  ctx: Context;
  publicUrl: string;
};

export function consoleRoutes(deps: ConsoleDeps): Router {
  const { ctx, publicUrl } = deps;
  const router = express.Router();
  const cookies = consoleCookies(publicUrl);
  const send = pageSender(cookies, (visitor) => navigationFor(ctx, visitor));

  router.use(assetRoutes());
  router.use((_req, res, next) => {
    protect(res);
    next();
  });
  router.use(signInRoutes({ ctx, cookies, publicUrl, send }));
  router.use(consentRoutes({ ctx, cookies, publicUrl, send }));
  router.use(requireSession({ ctx, cookies }), ...readForms(publicUrl));
  router.post('/sign-out', endOwnSession(ctx, cookies));
  const serving = { ctx, cookies, send, tabsFor };
  for (const entry of consoleTable) router[entry.method](entry.path, serve(entry, serving));
  router.use(() => {
    throw new Failure('not-found', 'Page not found.');
  });
  router.use(sendFailures(deps, send));
  return router;
}

const addressOf = ({ path }: ConsolePage) => `/console${path === '/' ? '' : path}`;

function navigationFor(ctx: Context, { role, workspaceId }: Visitor): Promise<Link[]> {
  const pages = consoleTable.filter(({ nav, needs }) => nav !== undefined && mayDo(role, needs));
  return Promise.all(
    pages.map(async (page) => ({
      label: page.nav ?? '',
      href: addressOf(page),
      // A page about a database that does not answer is shown without.
      count: (await page.navCount?.(ctx, workspaceId).catch(() => 0)) ?? 0,
    })),
  );
}

/** The entry itself may be a form on one of the pages. */
function tabsFor({ tab }: ConsolePage, { role }: Visitor): Html | null {
  if (!tab) return null;
  const links = consoleTable
    .filter((page) => page.method === 'get' && page.tab?.group === tab.group && mayDo(role, page.needs))
    .toSorted((left, right) => Number(left.nav === undefined) - Number(right.nav === undefined))
    .map((page) => {
      const label = page.tab?.label ?? '';
      return { label, href: addressOf(page), isCurrent: label === tab.label };
    });
  return tabs(tab.group, links);
}
