// Intercom's REST API as the sandbox serves it.
import express, { Router } from 'express';
import type { Faults } from '../faults.ts';
import { access } from './access.ts';
import type { Api } from './call.ts';
import { contactCompanyRoutes } from './contacts/contact-companies.ts';
import { contactStateRoutes } from './contacts/contact-states.ts';
import { contactRoutes } from './contacts/contacts.ts';
import { visitorRoutes } from './contacts/visitors.ts';
import { installationRoutes } from './installation.ts';
import { answerRefusals, answerUnknown } from './refusal.ts';
import { requirePlan, requireScope } from './scopes.ts';
import { searchView } from './search/search-view.ts';
import { adminRoutes } from './workspace/admins.ts';
import { companyListRoutes, companyRoutes } from './workspace/companies.ts';
import { conversationRoutes } from './workspace/conversations.ts';
import { dataAttributeRoutes } from './workspace/data-attributes.ts';
import { dataConnectorRoutes } from './workspace/data-connectors.ts';
import { eventRoutes } from './workspace/events.ts';
import { noteRoutes } from './workspace/notes.ts';
import { segmentRoutes } from './workspace/segments.ts';
import { subscriptionRoutes } from './workspace/subscriptions.ts';
import { contactTagRoutes, tagRoutes } from './workspace/tags.ts';

// Only these ask for credentials: a browser's stray request for an icon is a 404, not a 401.
const resources = [
  '/me',
  '/admins',
  '/contacts',
  '/companies',
  '/conversations',
  '/data_attributes',
  '/data_connectors',
  '/events',
  '/notes',
  '/segments',
  '/subscription_types',
  '/tags',
  '/visitors',
  '/auth/uninstall',
  '/app_install',
];

/** Serves the API at the root of its mount; what it does not know gets Intercom's 404. */
export function intercomApi(deps: Api & { faults: Pick<Faults, 'api'> }): Router {
  const router = Router();
  // From here on it has to know what changes.
  searchView(deps.world);
  router.use(deps.faults.api);
  router.use(
    resources,
    ...access(deps.world),
    requireScope(deps.world),
    requirePlan(deps.world),
    express.json({ limit: '1mb' }),
  );
  router.use(
    adminRoutes(deps),
    contactRoutes(deps),
    contactStateRoutes(deps),
    contactTagRoutes(deps),
    contactCompanyRoutes(deps),
    // Before the others, which would take `scroll` for an id.
    companyListRoutes(deps),
    companyRoutes(deps),
    conversationRoutes(deps),
    dataAttributeRoutes(deps),
    dataConnectorRoutes(deps),
    eventRoutes(deps),
    installationRoutes(deps),
    noteRoutes(deps),
    segmentRoutes(deps),
    subscriptionRoutes(deps),
    tagRoutes(deps),
    visitorRoutes(deps),
  );
  router.use(answerUnknown);
  router.use(answerRefusals);
  return router;
}
