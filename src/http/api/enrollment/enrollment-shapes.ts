// Shapes of enrollments and their setup in /api/v1.
import { z } from 'zod';
import { enrollmentStates, sideName } from '../../../domain/enrollment/enrollment.ts';
import { resource } from '../resource.ts';
import { moment, named } from '../schemas.ts';

export const setup = z
  .strictObject({
    complete: z.boolean(),
    missing: z.array(z.string()).describe('The missing steps. Until they are done, nothing is sent.'),
  })
  .register(named, {
    id: 'EnrollmentSetup',
    examples: [
      { complete: false, missing: ['Map a field to email. Contacts are found and created by email.'] },
    ],
  });

export const setups = z.strictObject({ leads: setup, referrers: setup });

export const state = z
  .enum(enrollmentStates)
  .describe('setup-required waits for the settings, review for a decision: see /reviews.');

const record = {
  id: z.guid(),
  side: sideName,
  participant_id: z.guid().describe('The ID of the referral (leads) or of the referrer (referrers).'),
  campaign_id: z.guid(),
  person_id: z.guid(),
  state,
  contact_id: z.string().nullable().describe('In Intercom.'),
  outcome: z.string().nullable().describe('The result, or what it waits for.'),
  created_at: moment,
  changed_at: moment,
};

const example = {
  id: '0f6c2f0a-2f5f-4b0e-9a51-6a0c5f1f7e01',
  side: 'leads',
  participant_id: '9d0e4f0a-7c1f-4d0c-8f0e-3d9a6c5b4a22',
  campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10',
  person_id: '2f0f2a7c-5f0e-4c55-9d4d-0d7a1f3f3f21',
  state: 'done',
  contact_id: '66f1c0de8a7b9c0012345678',
  outcome: 'A new lead.',
  created_at: '2026-03-05T08:30:00.000Z',
  changed_at: '2026-03-05T08:30:02.000Z',
};

export const enrollment = resource('Enrollment', { fields: record, example });

export const listed = resource('ListedEnrollment', {
  fields: {
    ...record,
    campaign: z.string(),
    person: z.strictObject({ email: z.string().nullable(), name: z.string().nullable() }),
    run_id: z.guid().nullable().describe('The latest run, in /runs.'),
  },
  example: {
    ...example,
    campaign: 'Spring',
    person: { email: 'dana@example.com', name: 'Dana Reed' },
    run_id: 'a1f7c8de-0d53-4a7e-8a55-0b1f7e3b9c11',
  },
});
