// The custom attributes that a workspace's contacts have, and making those that a mapping names and that are not there.
// https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-attributes
import { z } from 'zod';
import type { ContactAttribute, ValueType } from '../domain/mapping.ts';
import { Failure } from '../failure.ts';
import type { EnrolmentAttributes } from '../usecases/enrolment-edges.ts';
import { type IntercomCall, unexpected, wordsOf } from './call.ts';

const option = z.union([z.string(), z.object({ value: z.string() }).transform(({ value }) => value)]);

const types: Readonly<Record<string, ValueType>> = {
  string: 'text',
  options: 'options',
  integer: 'integer',
  float: 'float',
  boolean: 'boolean',
  date: 'date',
  datetime: 'date',
};

const attribute = z
  .object({
    name: z.string(),
    data_type: z.string().catch('unknown'),
    custom: z.boolean().catch(true),
    archived: z.boolean().catch(false),
    api_writable: z.boolean().catch(true),
    options: z.array(option).nullish().catch(null),
  })
  .transform(({ name, data_type, custom, archived, api_writable, options }): ContactAttribute[] => {
    if (!custom || archived || !api_writable) return [];
    // A list of options reads back as strings with options.
    return options?.length
      ? [{ name, type: 'options', options }]
      : [{ name, type: types[data_type] ?? 'other', options: null }];
  })
  .catch([]);

const listed = z.object({ data: z.array(attribute) });

// Attributes change seldom, and each person who joins would otherwise cost a call more.
const keptMs = 60_000;

export function createContactAttributes(
  callOf: (workspaceId: string) => Promise<IntercomCall>,
  now: () => Date,
): EnrolmentAttributes {
  const known = new Map<string, { at: number; attributes: Promise<ContactAttribute[]> }>();

  async function read(workspaceId: string): Promise<ContactAttribute[]> {
    const call = await callOf(workspaceId);
    const answer = await call('get', '/data_attributes?model=contact');
    const parsed = listed.safeParse(answer.data);
    if (answer.status !== 200 || !parsed.success) throw unexpected(answer);
    return parsed.data.data.flat();
  }

  function of(workspaceId: string): Promise<ContactAttribute[]> {
    const at = now().getTime();
    const last = known.get(workspaceId);
    if (last && at - last.at < keptMs) return last.attributes;
    const attributes = read(workspaceId);
    known.set(workspaceId, { at, attributes });
    // What failed is asked again by the next one.
    attributes.catch(() => known.delete(workspaceId));
    return attributes;
  }

  return {
    of,
    forget: (workspaceId) => void known.delete(workspaceId),

    async create(workspaceId, { name, kind, options }) {
      known.delete(workspaceId);
      const call = await callOf(workspaceId);
      const answer = await call('post', '/data_attributes', {
        name,
        model: 'contact',
        data_type: kind,
        description: 'Filled by Referral Desk when somebody joins a campaign.',
        // An end user must not be able to say who referred them.
        messenger_writable: false,
        ...(kind === 'options' ? { options: (options ?? []).map((value) => ({ value })) } : {}),
      });
      if (answer.status === 200) return;
      // Made by another process a moment ago is as good.
      if ((await of(workspaceId)).some((one) => one.name === name)) return;
      const message = `Intercom did not make the attribute ${name}: ${wordsOf(answer)}`;
      throw new Failure(answer.status < 500 ? 'conflict' : 'bad-upstream', message);
    },
  };
}
