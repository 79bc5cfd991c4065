// `GET` and `POST /join/:campaign`: a campaign's own page, where people join and get their share link.
import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { allows } from '../../domain/campaigns/campaign-state.ts';
import {
  findInvitation,
  type Invitation,
  joinCampaign,
  noteClosedJoin,
} from '../../usecases/program/join.ts';
import { email, text } from '../api/schemas.ts';
import { limitTo } from '../limits.ts';
import { sendPage } from '../page.ts';
import { closedPage } from './closed-page.ts';
import { type JoinFields, joinedPage, joinFormPage, problemPages } from './join-page.ts';

// Per address. A whole office may open the page; hardly as many join in a minute.
const visitsPerMinute = 300;
const joinsPerMinute = 30;

export function joinRoutes(ctx: Context): Router {
  const router = express.Router();
  router.use(
    '/join',
    limitTo(visitsPerMinute, (response) => sendPage(response, problemPages.tooOften)),
  );
  router.get('/join/:campaign', async (request, response) => {
    const invitation = await invitationFor(ctx, request);
    if (invitation === null) return sendPage(response, problemPages.unknown);
    if (!isOpen(ctx, invitation)) return sendPage(response, closedPage(invitation.campaign, ctx.now()));
    sendPage(response, joinFormPage(invitation, { fields: emptyForm, problems: {} }));
  });
  router.post(
    '/join/:campaign',
    limitTo(joinsPerMinute, (response) => sendPage(response, problemPages.tooOften)),
    express.urlencoded({ limit: '16kb', extended: false }),
    (request, response) => join(ctx, request, response),
  );
  router.get('/join{/*rest}', (_request, response) => sendPage(response, problemPages.unknown));
  router.use('/join', errorPage(ctx));
  return router;
}

const emptyForm: JoinFields = { email: '', name: '', consent: false };

const single = z.string().catch('');
const received = z.object({ email: single, name: single, consent: single, website: single });

const joining = z.object({
  email,
  name: z.union([z.literal('').transform(() => null), text(200)]),
});

async function join(ctx: Context, request: Request, response: Response): Promise<void> {
  const invitation = await invitationFor(ctx, request);
  if (invitation === null) return sendPage(response, problemPages.unknown);
  const { website, consent, ...given } = received.parse(request.body ?? {});
  const read = joining.safeParse({ email: given.email, name: given.name.trim() });
  if (!isOpen(ctx, invitation)) {
    if (read.success && website === '')
      await noteClosedJoin(ctx, invitation, { ...read.data, externalId: null });
    return sendPage(response, closedPage(invitation.campaign, ctx.now()));
  }
  // Only a bot fills in a hidden field. The answer does not say so.
  if (website !== '') return sendPage(response, joinedPage(invitation, null));
  const fields = { email: given.email, name: given.name, consent: consent !== '' };
  const needsConsent = invitation.campaign.joinPage.consent !== null && !fields.consent;
  if (!read.success || needsConsent) {
    const problems = {
      ...problemsOf(read.error),
      ...(needsConsent && { consent: 'Accept this to join.' }),
    };
    return sendPage(response, joinFormPage(invitation, { fields, problems }));
  }
  const person = { ...read.data, externalId: null };
  const link = await joinCampaign(ctx, invitation, person);
  if (link !== null) return sendPage(response, joinedPage(invitation, link));
  const now = await invitationFor(ctx, request);
  sendPage(response, now ? closedPage(now.campaign, ctx.now()) : problemPages.unknown);
}

const isOpen = (ctx: Context, { campaign: { joinPage, standing } }: Invitation) =>
  joinPage.open && allows(standing, 'join', ctx.now());

function problemsOf(error: z.ZodError | undefined): Partial<Record<keyof JoinFields, string>> {
  const wrong = new Set(error?.issues.map(({ path }) => path[0]));
  return {
    ...(wrong.has('email') && { email: 'Enter your email address, such as name@example.com.' }),
    ...(wrong.has('name') && { name: 'Enter a shorter name, without special characters.' }),
  };
}

function invitationFor(ctx: Context, request: Request): Promise<Invitation | null> {
  const { code } = request.query;
  const slugOrId = String(request.params.campaign);
  return findInvitation(ctx, { slugOrId, code: typeof code === 'string' ? code : '' });
}

/** A person sees these errors, so they are pages. */
const errorPage =
  (ctx: Context): ErrorRequestHandler =>
  (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    // Express could not decode the address, or read the form.
    if (error instanceof URIError) return sendPage(response, problemPages.unknown);
    if (Number(error?.status) < 500) return sendPage(response, problemPages.unreadable);
    ctx.log.error({ err: error }, 'a person could not join');
    sendPage(response.set('Retry-After', '10'), problemPages.unavailable);
  };
