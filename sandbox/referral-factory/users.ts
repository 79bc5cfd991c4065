// Referral Factory's users: people who refer and people who were referred, and whether the latter are qualified.
import { Router } from 'express';
import { z } from 'zod';
import type { World } from '../world.ts';
import type { RfHooks } from './hooks.ts';
import { page, search } from './lists.ts';
import type { RfUser } from './records.ts';
import { notFound, read, refusal } from './refusal.ts';
import { earn, unearn } from './rewards.ts';

const id = z.union([z.string().min(1), z.int()]).transform(String);
const meta = z.array(z.object({ field: z.string(), value: z.string() }));
const email = z.email('The email must be a valid email address.').transform((text) => text.toLowerCase());

const createSchema = z.object({
  campaign_id: id,
  first_name: z.string().min(1, 'The first name field is required.'),
  email,
  referrer: z.object({ field: z.enum(['id', 'code', 'email']), value: id }).optional(),
  meta: meta.default([]),
  notify: z.boolean().default(false),
});
const changeSchema = z.object({ first_name: z.string().min(1), email, meta }).partial();
const qualificationSchema = z.intersection(
  z.object({ qualified: z.boolean('The qualified field is required.') }),
  z.union([z.object({ id }), z.object({ code: z.string() }), z.object({ email, campaign_id: id })], {
    error: 'Send id, code, or email with campaign_id.',
  }),
);

type Deps = { world: World; hooks: RfHooks };

export function userRoutes({ world, hooks }: Deps): Router {
  const { users } = world.referralFactory;
  const router = Router();
  const found = (idOrCode: string): RfUser => userBy(world, idOrCode) ?? fail();

  const show = (user: RfUser) => userJson(world, user);

  // The real API was seen to ignore campaign_id here and answer with all users.
  router.get('/users', (req, res) => res.json(page(req, users.all(), show)));
  router.post('/users/search', (req, res) => res.json(page(req, search(req.body, users.all()), show)));
  router.post('/users', (req, res) => {
    const user = join(world, read(createSchema, req.body));
    hooks.send('user.join', user);
    return res.status(201).json({ data: show(user) });
  });
  router.put('/users/qualification', (req, res) => {
    const { qualified, ...which } = read(qualificationSchema, req.body);
    const user = qualifiable(world, which) ?? fail();
    const changes = (user.qualified_at !== null) !== qualified;
    const now = users.put({
      ...user,
      qualification_writes: user.qualification_writes + 1,
      qualified_at: qualified ? (user.qualified_at ?? world.now()) : null,
    });
    if (changes && qualified) {
      earn(world, now);
      hooks.send('user.qualified', now);
    }
    // No hook reports that a user is no longer qualified.
    if (changes && !qualified) unearn(world, now);
    return res.json({ data: show(now) });
  });
  router.get('/users/:id', (req, res) => res.json({ data: show(found(req.params.id)) }));
  router.put('/users/:id', (req, res) => {
    const user = found(req.params.id);
    const {
      first_name = user.first_name,
      email: to = user.email,
      meta: more = user.meta,
    } = read(changeSchema, req.body);
    return res.json({ data: userJson(world, users.put({ ...user, first_name, email: to, meta: more })) });
  });
  router.delete('/users/:id', (req, res) => {
    users.remove(found(req.params.id).id);
    return res.status(204).end();
  });
  return router;
}

function fail(): never {
  throw notFound();
}

export function userBy(world: World, idOrCode: string): RfUser | undefined {
  const { users } = world.referralFactory;
  return users.get(idOrCode) ?? users.all().find((user) => user.code === idOrCode);
}

function qualifiable(
  world: World,
  which: { id: string } | { code: string } | { email: string; campaign_id: string },
): RfUser | undefined {
  if ('id' in which) return world.referralFactory.users.get(which.id);
  if ('code' in which) return userBy(world, which.code);
  return member(world, which.campaign_id, which.email);
}

function member(world: World, campaignId: string, address: string): RfUser | undefined {
  return world.referralFactory.users
    .all()
    .find((user) => user.campaign_id === campaignId && user.email === address);
}

/** One email is in a campaign once, and who referred is known already: both are refusals with their field. */
function join(world: World, fields: z.infer<typeof createSchema>): RfUser {
  const { campaigns, users } = world.referralFactory;
  const campaign = campaigns.get(fields.campaign_id);
  if (!campaign)
    throw refusal(422, 'The given data was invalid.', { campaign_id: 'The selected campaign is invalid.' });
  if (member(world, campaign.id, fields.email)) {
    throw refusal(422, 'The given data was invalid.', { email: 'The email has already been taken.' });
  }
  const { field, value } = fields.referrer ?? { field: 'id' as const, value: '' };
  const referrer = users.all().find((user) => user.campaign_id === campaign.id && user[field] === value);
  if (fields.referrer && !referrer) {
    throw refusal(422, 'The given data was invalid.', { referrer: 'The selected referrer is invalid.' });
  }
  const code = world.newHexId().slice(0, 8);
  return users.put({
    id: world.newNumericId(),
    campaign_id: campaign.id,
    referrer_id: referrer?.id ?? null,
    first_name: fields.first_name,
    email: fields.email,
    code,
    url: `${campaign.url}/${code}`,
    source: 'Api',
    type: referrer ? 'person_invited' : 'person_referring',
    signed_up_at: world.now(),
    qualified_at: null,
    meta: fields.meta,
    qualification_writes: 0,
  });
}

const moment = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', '.000000Z');

function userJson(world: World, user: RfUser) {
  const { qualification_writes, ...shown } = user;
  const referred = world.referralFactory.users.all().filter((other) => other.referrer_id === user.id);
  return {
    ...shown,
    id: Number(user.id),
    campaign_id: Number(user.campaign_id),
    referrer_id: user.referrer_id === null ? null : Number(user.referrer_id),
    reach: referred.length,
    ip: null,
    promotion: { code: null },
    qr: { src: `${user.url}/qr.png`, download: `${user.url}/qr.png?download=1` },
    signed_up_at: moment(user.signed_up_at),
    qualified_at: user.qualified_at === null ? null : moment(user.qualified_at),
    unsubscribed_at: null,
    sharing: { socials: [], subject: 'Join me', text: `Join me: ${user.url}` },
  };
}
