// The card in the Inbox, with everything behind its buttons.

import { createIntercomClient } from '../intercom/client.ts';
import { createCardStore } from '../store/card/cards.ts';
import { createConversionStore } from '../store/card/conversions.ts';
import { createLinkStore } from '../store/card/links.ts';
import { historyPage } from '../store/program/referrals.ts';
import { createCardActions } from '../usecases/card/card-actions.ts';
import { createCardReviews } from '../usecases/card/card-reviews.ts';
import { createCardViews } from '../usecases/card/card-view.ts';
import { createConversion } from '../usecases/card/conversion.ts';
import { createConversionSettling } from '../usecases/card/conversion-settling.ts';
import { createConversionViews } from '../usecases/card/conversion-views.ts';
import { createConversionWriter } from '../usecases/card/conversion-writing.ts';
import { createInbox } from '../usecases/card/inbox.ts';
import { shareLinkOf } from '../usecases/program/share-links.ts';
import { teammateChangesOf } from '../usecases/program/teammate-change.ts';
import { consoleLink } from '../usecases/workspace/sign-in.ts';
import type { Ground } from './context.ts';
import type { Outgoing } from './outgoing.ts';

export type Card = ReturnType<typeof buildCard>;

/** The Inbox card: what it shows, the conversion, what teammates may do. */
export function buildCard(ground: Ground, { installations, grantOf, governor, runStore }: Outgoing) {
  const { config, log, overrides, now, newId, hosts, database, queue, closing, platforms } = ground;
  const conversions = createConversionStore(database, queue.enqueue, runStore.add);
  const intercomFor = async (workspaceId: string) => {
    const granted = await grantOf(workspaceId);
    const pace = governor.agents(workspaceId);
    return granted && createIntercomClient(granted.api, granted.token, undefined, pace);
  };
  const writer = createConversionWriter({ conversions, now });
  const converting = { intercomFor, conversions, writer, now };
  const settling = createConversionSettling(converting);
  const conversion = createConversion({
    ...converting,
    views: createConversionViews({
      async contactUrl(workspaceId, contactId) {
        const known = await installations.find(workspaceId);
        return known && hosts.contact(known.region, workspaceId, contactId);
      },
      now,
      newId,
    }),
    installUrl: `${config.publicUrl}/install`,
    newId,
    log,
    patienceMs: overrides.patienceMs ?? 1_500,
    // Longer than all of a conversion's calls may take together, so that the job never runs beside the press.
    settleAfterSeconds: overrides.settleAfterSeconds ?? 60,
  });
  closing.push(conversion.idle);
  const changes = teammateChangesOf(ground);
  const inbox = createInbox({
    cards: createCardStore(database),
    historyOf: async (workspaceId, referralId) =>
      // More than a card can show; it says that there is more.
      (await historyPage(database.db, workspaceId, referralId, { limit: 50, after: null })).items,
    people: createLinkStore(database),
    conversion,
    actions: createCardActions({ changes, newId }),
    reviews: createCardReviews(ground),
    views: createCardViews({
      platformName: (name) => platforms[name].name,
      shareLink: (code) => shareLinkOf(ground, { code, link: null }),
      contactUrl: hosts.contact,
      settingsUrl: (workspaceId, teammate) => consoleLink(ground, workspaceId, teammate),
      now,
    }),
    installUrl: `${config.publicUrl}/install`,
    now,
  });

  return { inbox, settling, changes, intercomFor };
}
