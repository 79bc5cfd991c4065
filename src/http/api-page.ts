// The API's description as a readable page: renders docs/api.md from the OpenAPI document.
import type { Content, Operation, openApiDocument, Schema } from './openapi.ts';

type Call = Operation & { method: string; path: string };

export function apiPage({ info, paths, components }: ReturnType<typeof openApiDocument>): string {
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]): Call => ({ ...operation, method: method.toUpperCase(), path }),
    ),
  );
  const groups = [...Map.groupBy(calls, (call) => call.tags[0] ?? '')];
  return `${[
    '# The API',
    '_Made by `npm run api-docs` from what the app serves at `/openapi.json`; change the routes, not this page._',
    info.description,
    'Every path begins with `/api/v1`. Send a token with every request: `Authorization: Bearer TOKEN`. `npm run api-token -- --workspace ID` issues one; the console lists and revokes them.',
    table(
      ['Group', 'Calls'],
      groups.map(([group, members]) => [`[${group}](#${group})`, members.map(titleOf).join('<br>')]),
    ),
    ...groups.flatMap(([group, members]) => [`## ${group}`, ...members.flatMap(callPart)]),
    '## Refusals',
    'Each has the shape of `{"error": {"code", "message", "fields"}}`; `fields` names each refused field and why.',
    table(
      ['Status', 'Means'],
      Object.entries(components.responses).map(([status, { description }]) => [status, description]),
    ),
    '## Objects',
    ...Object.entries(components.schemas).flatMap(([name, schema]) => objectPart(name, schema)),
  ].join('\n\n')}\n`;
}

const titleOf = ({ method, path }: Call) => `\`${method} ${path}\``;

function callPart(call: Call): string[] {
  const answers = Object.entries(call.responses).flatMap(([status, answer]) =>
    'content' in answer ? [`${status}: ${answer.description}${namesIn(answer.content)}.`] : [],
  );
  const body = call.requestBody && Object.entries(call.requestBody.content)[0];
  return [
    `### ${titleOf(call)}`,
    `${call.summary}.`,
    ...(call.parameters.length > 0
      ? [
          table(
            ['Parameter', 'In', 'Is'],
            call.parameters.map((parameter) => [
              `\`${parameter.name}\`${parameter.required ? '' : ' (optional)'}`,
              parameter.in,
              describe(parameter.schema),
            ]),
          ),
        ]
      : []),
    ...(body ? [`Send${namesIn({ [body[0]]: body[1] })}:`, ...exampleOf(body[1])] : []),
    `Answers ${answers.join(' ')}`,
  ];
}

function exampleOf({ example }: { example?: unknown }): string[] {
  return example === undefined ? [] : [`\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``];
}

function namesIn(contents: Content): string {
  const names = Object.values(contents).map(({ schema }) => describe(schema));
  return names.length === 0 ? '' : ` (${names.join(', ')})`;
}

function objectPart(name: string, schema: Schema): string[] {
  const fields = Object.entries(schema.properties ?? {}).map(([field, is]) => {
    const optional = schema.required?.includes(field) ? '' : ' (optional)';
    return [`\`${field}\`${optional}`, describe(is)];
  });
  return [
    `### ${name}`,
    ...(schema.description ? [schema.description] : []),
    fields.length > 0 ? table(['Field', 'Is'], fields) : `Is ${describe({ ...schema, description: '' })}.`,
  ];
}

function describe(schema: Schema): string {
  const words = [kindOf(schema), limitsOf(schema), schema.description ?? ''].filter((part) => part !== '');
  return words.join('. ').replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function kindOf(schema: Schema): string {
  if (schema.$ref) return linkTo(schema.$ref);
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  const ways = schema.anyOf ?? schema.oneOf;
  if (ways) return [...new Set(ways.map(kindOf))].join(' or ');
  if (schema.type === 'array') return `a list of ${schema.items ? kindOf(schema.items) : 'values'}`;
  const type = [schema.type ?? 'anything'].flat().join(' or ');
  return schema.format ? `${type} (${schema.format})` : type;
}

function linkTo(reference: string): string {
  const name = reference.split('/').at(-1) ?? reference;
  return `[${name}](#${name.toLowerCase()})`;
}

function limitsOf({ minimum, maximum, maxLength, default: fallback }: Schema): string {
  const from = minimum === undefined || Math.abs(minimum) > 1e15 ? '' : `from ${minimum}`;
  const to = maximum === undefined || Math.abs(maximum) > 1e15 ? '' : `to ${maximum}`;
  const length = maxLength === undefined ? '' : `at most ${maxLength} characters`;
  const otherwise = fallback === undefined ? '' : `\`${JSON.stringify(fallback)}\` when left out`;
  return [[from, to].filter(Boolean).join(' '), length, otherwise].filter(Boolean).join(', ');
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
