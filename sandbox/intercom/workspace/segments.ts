// /segments, and the segments that a contact is in.
import { Router } from 'express';
import { z } from 'zod';
import type { Segment, World } from '../../world.ts';
import { type Api, queryFlag, read, versionOf } from '../call.ts';
import { contactById } from '../contacts/contact-lookup.ts';
import { notFound } from '../refusal.ts';
import { isMember, segmentsOf } from './segment-members.ts';

const listQuery = z.object({ include_count: queryFlag });

export function segmentRoutes({ world }: Api): Router {
  const router = Router();
  router.get('/segments', (req, res) => {
    const counted = read(listQuery, req.query).include_count;
    const segments = world.segments.all().map((segment) => ({
      ...segmentJson(segment),
      ...(counted && { count: countOf(world, segment) }),
    }));
    res.json({ type: 'segment.list', segments, pages: {} });
  });
  router.get('/segments/:id', (req, res) => {
    const segment = world.segments.get(req.params.id);
    if (!segment) throw notFound();
    res.json(segmentJson(segment));
  });
  router.get('/contacts/:id/segments', (req, res) => {
    const contact = contactById(world, req.params.id, versionOf(req));
    res.json({ type: 'list', data: segmentsOf(world, contact).map(segmentJson) });
  });
  return router;
}

function segmentJson(segment: Segment) {
  const { id, name, created_at, updated_at, person_type } = segment;
  return { type: 'segment', id, name, created_at, updated_at, person_type };
}

function countOf(world: World, segment: Segment): number {
  const listed = world.contacts.all().filter((contact) => !contact.archived && contact.merged_into === null);
  return listed.filter((contact) => isMember(segment, contact)).length;
}
