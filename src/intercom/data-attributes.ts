// What a workspace's contacts can hold beyond the standard attributes: typed custom attributes, and tags.
// https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-attributes
import type { AxiosResponse } from 'axios';
import { z } from 'zod';
import { customAttribute, type Tag } from '../domain/contacts/attribute-catalog.ts';
import type { Known } from '../domain/qualification/rule-check.ts';
import { bodyOf, type IntercomCall } from './call.ts';
import { optional, wireId } from './incoming/wire-text.ts';

const option = z.union([z.string(), z.object({ value: z.string() }).transform(({ value }) => value)]);

/** A custom attribute in use, as Intercom describes it. `options`: the choices of a list of options. */
export type DataAttribute = {
  name: string;
  dataType: string;
  writable: boolean;
  options: string[] | null;
};

const attribute = z
  .object({
    name: z.string(),
    data_type: z.string().catch('unknown'),
    custom: z.boolean().catch(true),
    archived: z.boolean().catch(false),
    api_writable: z.boolean().catch(true),
    options: optional(z.array(option)),
  })
  .transform(
    ({ name, data_type: dataType, custom, archived, api_writable: writable, options }): DataAttribute[] =>
      // This list has only some of the standard attributes, and under different names.
      custom && !archived ? [{ name, dataType, writable, options: options?.length ? options : null }] : [],
  )
  .catch([]);

const tag = z
  .object({ id: wireId, name: z.string() })
  .transform((tag): Tag[] => [tag])
  .catch([]);

/** Not in pages, and neither are tags. Rejects with a Failure when Intercom does not respond. */
export async function readAttributes(call: IntercomCall): Promise<DataAttribute[]> {
  return listIn(await call('get', '/data_attributes?model=contact'), attribute);
}

/** The attributes and tags that rules can name. Rejects with a Failure when Intercom does not respond. */
export async function readKnown(call: IntercomCall): Promise<Known> {
  const [attributes, tags] = await Promise.all([readAttributes(call), call('get', '/tags')]);
  return { attributes: attributes.map(customAttribute), tags: listIn(tags, tag) };
}

function listIn<T>(answer: AxiosResponse<unknown>, item: z.ZodType<T[]>): T[] {
  return bodyOf(answer, z.object({ data: z.array(item) })).data.flat();
}
