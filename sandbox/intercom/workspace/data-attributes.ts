// /data_attributes: which custom attributes there are.
import { Router } from 'express';
import { z } from 'zod';
import type { DataAttribute, World } from '../../world.ts';
import { type Api, adminOf, newestVersion, queryFlag, read, required, versionOf } from '../call.ts';
import { invalid, notFound, refusal } from '../refusal.ts';
import { standardAttributeJson, standardAttributes } from './standard-attributes.ts';

const listQuery = z.object({ model: z.string().optional(), include_archived: queryFlag });
const optionsSchema = z
  .array(z.object({ value: z.string() }), "Options isn't an array")
  .min(2, 'needs at least two options');
const createSchema = z.object({
  name: required().min(1),
  model: required(),
  data_type: required(),
  description: z.string().optional(),
  messenger_writable: z.boolean().optional(),
  options: optionsSchema.optional(),
});
const updateSchema = z.object({
  archived: z.boolean().optional(),
  description: z.string().optional(),
  messenger_writable: z.boolean().optional(),
  options: z.unknown().optional(),
});
const modelSchema = z.enum(['contact', 'company']);
const dataTypeSchema = z.enum(['string', 'integer', 'float', 'boolean', 'datetime', 'date', 'options']);

export function dataAttributeRoutes({ world }: Api): Router {
  const router = Router();
  router.get('/data_attributes', (req, res) => {
    const query = read(listQuery, req.query);
    if (query.model === 'conversation' && versionOf(req) === newestVersion) {
      throw refusal(
        422,
        'parameter_invalid',
        'model=conversation is no longer supported. Use GET /conversations/attributes instead',
      );
    }
    const listed = world.dataAttributes
      .all()
      .filter((attribute) => query.model === undefined || attribute.model === query.model)
      .filter((attribute) => query.include_archived || !attribute.archived);
    const standard = modelSchema.options
      .filter((model) => query.model === undefined || model === query.model)
      .flatMap((model) =>
        standardAttributes[model].map((attribute) => standardAttributeJson(model, attribute)),
      );
    res.json({ type: 'list', data: [...standard, ...listed.map(attributeJson)] });
  });
  router.post('/data_attributes', (req, res) => {
    res.json(attributeJson(createAttribute(world, req.body, adminOf(world, req)?.id ?? null)));
  });
  router.put('/data_attributes/:id', (req, res) => {
    const present = world.dataAttributes.get(req.params.id);
    if (!present) throw notFound("We couldn't find that data attribute to update", 'field_not_found');
    const write = read(updateSchema, req.body);
    const options = write.options === undefined ? present.options : readOptions(write.options);
    const attribute = world.dataAttributes.put({
      ...present,
      archived: write.archived ?? present.archived,
      description: write.description ?? present.description,
      messenger_writable: write.messenger_writable ?? present.messenger_writable,
      options,
      updated_at: world.now(),
    });
    res.json(attributeJson(attribute));
  });
  return router;
}

function createAttribute(world: World, body: unknown, adminId: string | null): DataAttribute {
  const write = read(createSchema, body);
  const model = modelSchema.safeParse(write.model);
  if (!model.success) throw invalid('The Data Attribute model field must be either contact or company');
  const dataType = dataTypeSchema.safeParse(write.data_type);
  if (!dataType.success) throw invalid("Data Type isn't an option");
  refuseName(world, write.name, model.data);
  refuseTooMany(world);
  const now = world.now();
  const isList = dataType.data === 'options';
  return world.dataAttributes.put({
    id: world.newNumericId(),
    name: write.name,
    model: model.data,
    // A list of options reads back as strings.
    data_type: dataType.data === 'options' ? 'string' : dataType.data,
    options: isList ? readOptions(write.options) : null,
    description: write.description ?? null,
    // False since version 2.11, so that no visitor can set it from an unsecured Messenger.
    messenger_writable: write.messenger_writable ?? false,
    custom: true,
    archived: false,
    created_at: now,
    updated_at: now,
    admin_id: adminId,
  });
}

/** Names are unique across people and companies, archived ones included. */
function refuseName(world: World, name: string, model: DataAttribute['model']): void {
  // Underscores are not named in Intercom's message but are in most of its own examples.
  if (!/^[\p{L}\p{N}\p{Sc}\s_-]+$/u.test(name)) {
    throw invalid(
      'Your name for this attribute must only contain alphanumeric characters, currency symbols, and hyphens',
    );
  }
  const same = (other: string) => other.toLowerCase() === name.toLowerCase();
  // Standard names are refused as well, say the 2.4 and 2.6 references.
  const isStandard = standardAttributes[model].some((attribute) => same(attribute.fullName));
  const taken = isStandard
    ? model
    : world.dataAttributes.all().find((attribute) => same(attribute.name))?.model;
  if (!taken) return;
  const data = { contact: 'people', company: 'company' };
  throw invalid(
    `You already have '${name}' in your ${data[taken]} data. To save this as new ${data[model]} data, use a different name.`,
  );
}

const mostAttributes = 250;

/**
 * The limit is in https://www.intercom.com/help/en/articles/179-send-custom-user-attributes-to-intercom; the code is one that
 * Intercom's Ruby SDK knows, its status a guess.
 */
function refuseTooMany(world: World): void {
  const active = world.dataAttributes.all().filter((attribute) => attribute.custom && !attribute.archived);
  if (active.length < mostAttributes) return;
  throw refusal(
    422,
    'custom_data_limit_reached',
    `You have reached the limit of ${mostAttributes} attributes`,
  );
}

function readOptions(options: unknown): string[] {
  const parsed = optionsSchema.safeParse(options);
  if (parsed.success) return parsed.data.map((option) => option.value);
  throw invalid(parsed.error.issues[0]?.message ?? "Options isn't an array", 'options');
}

function attributeJson(attribute: DataAttribute): Record<string, unknown> {
  const { name, model, custom, archived, messenger_writable, created_at, updated_at } = attribute;
  return {
    type: 'data_attribute',
    id: Number(attribute.id),
    model,
    name,
    full_name: custom ? `custom_attributes.${name}` : name,
    label: name,
    // The published schema has no null for these.
    ...(attribute.description !== null && { description: attribute.description }),
    ...(attribute.options !== null && { options: attribute.options }),
    ...(attribute.admin_id !== null && { admin_id: attribute.admin_id }),
    // It can be asked for as datetime, but is not among the types that are answered.
    data_type: attribute.data_type === 'datetime' ? 'date' : attribute.data_type,
    api_writable: custom,
    messenger_writable,
    // Recorded of custom ones.
    ui_writable: false,
    custom,
    archived,
    created_at,
    updated_at,
  };
}
