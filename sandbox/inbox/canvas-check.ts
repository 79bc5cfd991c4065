// Judges a Canvas Kit answer as strictly as Intercom's documentation reads, so that a mistake shows before Intercom sees it.
import type { z } from 'zod';
import { type AnswerKind, answerSchemas, type CanvasLocation, type Component } from './canvas-schemas.ts';

export type CanvasVerdict = {
  /** What makes the answer invalid, each with its JSON path. Intercom blanks the whole card for one of these. */
  problems: string[];
  /** What Intercom's guidelines and its app review object to, though the card is drawn. */
  warnings: string[];
};

const schemas = {
  inbox: answerSchemas('inbox'),
  messenger: answerSchemas('messenger'),
  configure: answerSchemas('configure'),
};
const sizeLimit = 64 * 1024;

// https://developers.intercom.com/docs/canvas-kit/canvas-kit-inbox-best-practices: a card does not refresh by itself,
// so "yesterday" is wrong tomorrow.
const relativeDate =
  /\b(today|yesterday|tomorrow|just now|ago|(last|next|this) (week|month|year)|in \d+ (minutes?|hours?|days?|weeks?|months?))\b/i;

/** Apple's rule, which Intercom passes on: apps in the Messenger do not point to purchases made elsewhere. */
const purchase =
  /\b(buy|purchase|checkout|subscribe now|add to cart|kaufen|acheter|comprar|comprar agora|passer commande)\b/i;

/** Checks the parsed body of an answer. Nothing found: two empty lists. */
export function checkCanvas(
  answer: unknown,
  location: CanvasLocation,
  kind: AnswerKind = 'submit',
): CanvasVerdict {
  const parsed = schemas[location][kind].safeParse(answer);
  if (!parsed.success) return { problems: parsed.error.issues.flatMap(describe), warnings: [] };
  if ('results' in parsed.data) {
    return { problems: tooLarge('results', parsed.data.results), warnings: [] };
  }
  const canvas = 'canvas' in parsed.data ? parsed.data.canvas : parsed.data;
  const at = 'canvas' in parsed.data ? 'canvas.' : '';
  const problems = 'stored_data' in canvas ? tooLarge(`${at}stored_data`, canvas.stored_data) : [];
  if (!('content' in canvas)) return { problems, warnings: [] };
  const { components } = canvas.content;
  const pathTo: PathTo = (index) => `${at}content.components[${index}]`;
  problems.push(
    ...tooLarge(`${at}content`, canvas.content),
    ...repeatedIds(components, pathTo),
    ...strayValues(components, pathTo),
  );
  return { problems, warnings: guidelineWarnings(components, location, kind, pathTo) };
}

type PathTo = (index: number) => string;

/** Of a choice between shapes, what the nearest one lacks: the one that was meant. */
function describe(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const within = (inner: z.core.$ZodIssue) => ({ ...inner, path: [...issue.path, ...inner.path] });
    const nearest = issue.errors.toSorted((a, b) => distance(b) - distance(a) || a.length - b.length)[0];
    return (nearest ?? []).flatMap((inner) => describe(within(inner)));
  }
  return [describeFlat(issue)];
}

/** How deep the first complaint lies: the shape that was meant fits from the outside in. */
function distance(issues: z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}

function describeFlat(issue: z.core.$ZodIssue): string {
  const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  const where = path.replace(/^\./, '') || 'answer';
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    return `${where}: this type does not exist here`;
  }
  if (issue.code === 'unrecognized_keys') return `${where}: unknown property ${issue.keys.join(', ')}`;
  return `${where}: ${issue.message}`;
}

function tooLarge(path: string, value: unknown): string[] {
  if (value === undefined) return [];
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > sizeLimit ? [`${path}: ${bytes} bytes, the limit is 64 KB`] : [];
}

/** Ids are what comes back as component_id and as keys of input_values, so one canvas may use each once only. */
function repeatedIds(components: Component[], pathTo: PathTo): string[] {
  const seen = new Map<string, string>();
  const problems: string[] = [];
  const note = (id: string | undefined, path: string) => {
    if (id === undefined) return;
    const first = seen.get(id);
    if (first === undefined) seen.set(id, path);
    else problems.push(`${path}.id: "${id}" is already the id of ${first}`);
  };
  for (const [index, component] of components.entries()) {
    if ('id' in component) note(component.id, pathTo(index));
    if (component.type !== 'list') continue;
    for (const [at, item] of component.items.entries()) note(item.id, `${pathTo(index)}.items[${at}]`);
  }
  return problems;
}

function strayValues(components: Component[], pathTo: PathTo): string[] {
  return components.flatMap((component, index) => {
    if (!('options' in component)) return [];
    const ids = component.options.map((option) => option.id);
    const repeated = ids
      .filter((id, at) => ids.indexOf(id) !== at)
      .map((id) => `${pathTo(index)}.options: two options have the id "${id}"`);
    const stray = [component.value ?? []]
      .flat()
      .filter((value) => !ids.includes(value))
      .map((value) => `${pathTo(index)}.value: no option has the id "${value}"`);
    return [...repeated, ...stray];
  });
}

function guidelineWarnings(
  components: Component[],
  location: CanvasLocation,
  kind: AnswerKind,
  pathTo: PathTo,
): string[] {
  const warnings = components.flatMap((component, index) => {
    const path = pathTo(index);
    const texts = shownTexts(component);
    // A live canvas is asked for at every view, so what it says of time is true when it is read.
    const dated = texts
      .filter((text) => kind !== 'content' && relativeDate.test(text))
      .map((text) => `${path}: relative date in "${text}", cards do not refresh automatically`);
    const isPrimary = component.type === 'button' && (component.style ?? 'primary') === 'primary';
    const primary = isPrimary && kind === 'initialize' && location === 'inbox';
    return [
      ...dated,
      ...(primary ? [`${path}: a primary button is not allowed on the first canvas`] : []),
      ...(location === 'messenger' ? messengerWarnings(component, texts, path) : []),
    ];
  });
  if (components.length === 0)
    warnings.push(`${kind === 'content' ? '' : 'canvas.'}content.components: the card is empty`);
  return warnings;
}

function messengerWarnings(component: Component, texts: string[], path: string): string[] {
  const label = 'label' in component ? [component.label ?? ''] : [];
  return [
    ...[...texts, ...label]
      .filter((text) => purchase.test(text))
      .map((text) => `${path}: "${text}" points to a purchase, which apps in the Messenger must not`),
    ...(component.type === 'text' && component.text.includes('\n')
      ? [`${path}: line breaks in a text are not shown`]
      : []),
  ];
}

function shownTexts(component: Component): string[] {
  switch (component.type) {
    case 'text':
      return [component.text];
    case 'data-table':
      return component.items.map((item) => item.value);
    case 'list':
      return component.items.flatMap((item) => [item.title, item.subtitle ?? '', item.tertiary_text ?? '']);
    default:
      return [];
  }
}
