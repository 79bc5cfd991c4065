// A server with all that the conformance suite of MCP asks for, on the product's own transport and middleware.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  acceptedContent,
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  completable,
  createRequestStateCodec,
  InMemoryServerEventBus,
  inputRequired,
  inputResponse,
  McpServer,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server';
import express from 'express';
import { z } from 'zod';
import { mcpEndpoint } from '../../src/http/assistants/mcp-endpoint.ts';

const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=';
const image = { type: 'image' as const, data: png, mimeType: 'image/png' };
const text = (words: string) => ({ type: 'text' as const, text: words });
const saying = (words: string): CallToolResult => ({ content: [text(words)] });
const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

const bus = new InMemoryServerEventBus();
const states = createRequestStateCodec<string>({ key: 'a key of the fixture that is long enough' });

export async function startMcpFixture(): Promise<{ url: string; close(): Promise<void> }> {
  const app = express();
  app.use(
    mcpEndpoint('/mcp', {
      ...{ hosts: [], authenticate: [], authorize: [], bus, onError: () => {} },
      createServer: () => fixtureServer(),
    }),
  );
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function fixtureServer(): McpServer {
  const lists = { listChanged: true };
  const server = new McpServer(
    { name: 'fixture', version: '1.0.0' },
    {
      capabilities: {
        ...{ tools: lists, prompts: lists, resources: { ...lists, subscribe: true } },
        ...{ logging: {}, completions: {} },
      },
      requestState: { verify: states.verify },
    },
  );
  addContentTools(server);
  addDiagnosticTools(server);
  addInputTools(server);
  addStatefulTools(server);
  addResources(server);
  addPrompts(server);
  return server;
}

function addContentTools(server: McpServer): void {
  const answers: Record<string, CallToolResult> = {
    test_simple_text: saying('This is a simple text response for testing.'),
    test_image_content: { content: [image] },
    test_audio_content: { content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }] },
    test_embedded_resource: {
      content: [
        {
          type: 'resource',
          resource: {
            ...{ uri: 'test://embedded-resource', mimeType: 'text/plain' },
            text: 'This is an embedded resource content.',
          },
        },
      ],
    },
    test_multiple_content_types: {
      content: [
        text('Multiple content types test:'),
        image,
        {
          type: 'resource',
          resource: {
            ...{ uri: 'test://mixed-content-resource', mimeType: 'application/json' },
            text: '{"test":"data","value":123}',
          },
        },
      ],
    },
    test_error_handling: {
      ...saying('This tool intentionally returns an error for testing'),
      isError: true,
    },
  };
  for (const [name, answer] of Object.entries(answers))
    server.registerTool(name, { description: name }, async () => answer);
}

function addDiagnosticTools(server: McpServer): void {
  const tool = (name: string, work: (ctx: ServerContext) => Promise<Answer>) => addTool(server, name, work);
  tool('test_tool_with_progress', async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined)
        await mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress, total: 100 },
        });
      await pause();
    }
    return saying('Done, with progress.');
  });
  for (const name of ['test_tool_with_logging', 'test_logging_tool'])
    tool(name, async ({ mcpReq }) => {
      for (const words of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await mcpReq.log('info', words);
        await pause();
      }
      return saying('Done, with log messages.');
    });
  tool('test_trigger_tool_change', async () => {
    bus.publish({ kind: 'tools_list_changed' });
    return saying('The list of tools has changed.');
  });
  tool('test_trigger_prompt_change', async () => {
    bus.publish({ kind: 'prompts_list_changed' });
    return saying('The list of prompts has changed.');
  });
}

const askName = () =>
  inputRequired.elicit({
    message: 'What is your name?',
    requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
  });
const askModel = (words: string, maxTokens: number) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: text(words) }], maxTokens });
const named = z.object({ name: z.string() });
const declared = z.object({ [CLIENT_CAPABILITIES_META_KEY]: z.looseObject({}).optional() });

type Answer = CallToolResult | ReturnType<typeof inputRequired>;

function addTool(server: McpServer, name: string, work: (ctx: ServerContext) => Promise<Answer>): void {
  server.registerTool(name, { description: name, inputSchema: z.object({}) }, (_args, ctx) => work(ctx));
}

const ask = inputRequired;

function addInputTools(server: McpServer): void {
  const tool = (name: string, work: (ctx: ServerContext) => Promise<Answer>) => addTool(server, name, work);
  for (const name of ['test_input_required_result_elicitation', 'test_streaming_elicitation'])
    tool(name, async ({ mcpReq }) => {
      const given = acceptedContent(mcpReq.inputResponses, 'user_name', named);
      return given ? saying(`Hello, ${given.name}!`) : ask({ inputRequests: { user_name: askName() } });
    });
  tool('test_missing_capability', async () =>
    ask({ inputRequests: { greeting: askModel('Generate a greeting', 50) } }),
  );
  tool('test_input_required_result_sampling', async ({ mcpReq }) => {
    const given = inputResponse(mcpReq.inputResponses, 'capital_question');
    const capital_question = askModel('What is the capital of France?', 100);
    return given.kind === 'missing'
      ? ask({ inputRequests: { capital_question } })
      : saying(JSON.stringify(given));
  });
  tool('test_input_required_result_list_roots', async ({ mcpReq }) => {
    const given = inputResponse(mcpReq.inputResponses, 'client_roots');
    return given.kind === 'missing'
      ? ask({ inputRequests: { client_roots: ask.listRoots() } })
      : saying(JSON.stringify(given));
  });
  tool('test_input_required_result_capabilities', async ({ mcpReq }) => {
    if (mcpReq.inputResponses) return saying('Given.');
    const { [CLIENT_CAPABILITIES_META_KEY]: capabilities = {} } = declared.parse(mcpReq.envelope);
    return ask({
      inputRequests: {
        ...('sampling' in capabilities && { greeting: askModel('Generate a greeting', 50) }),
        ...('elicitation' in capabilities && { user_name: askName() }),
      },
    });
  });
}

/** Tools that keep what they know between two requests in the state that the client brings back. */
function addStatefulTools(server: McpServer): void {
  const tool = (name: string, work: (ctx: ServerContext) => Promise<Answer>) => addTool(server, name, work);
  for (const name of [
    'test_input_required_result_request_state',
    'test_input_required_result_tampered_state',
  ])
    tool(name, async (ctx) => {
      const isOk = ctx.mcpReq.requestState<string>() === name;
      if (isOk && ctx.mcpReq.inputResponses) return saying('state-ok');
      const confirm = ask.elicit({
        message: 'Please confirm',
        requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] },
      });
      return ask({ inputRequests: { confirm }, requestState: await states.mint(name, ctx) });
    });
  tool('test_input_required_result_multiple_inputs', async (ctx) => {
    const { inputResponses = {} } = ctx.mcpReq;
    const inputRequests = {
      user_name: askName(),
      greeting: askModel('Generate a greeting', 50),
      client_roots: ask.listRoots(),
    };
    if (Object.keys(inputRequests).every((key) => key in inputResponses)) return saying('All were given.');
    return ask({ inputRequests, requestState: await states.mint('multiple', ctx) });
  });
  tool('test_input_required_result_multi_round', async (ctx) => {
    const round = ctx.mcpReq.requestState<string>();
    const { inputResponses = {} } = ctx.mcpReq;
    if (round === 'round-2' && 'step2' in inputResponses) return saying('Both steps are done.');
    const step = (key: 'name' | 'color', message: string) =>
      ask.elicit({
        message,
        requestedSchema: { type: 'object', properties: { [key]: { type: 'string' } }, required: [key] },
      });
    return round === 'round-1' && 'step1' in inputResponses
      ? ask({
          inputRequests: { step2: step('color', 'Step 2: What is your favorite color?') },
          requestState: await states.mint('round-2', ctx),
        })
      : ask({
          inputRequests: { step1: step('name', 'Step 1: What is your name?') },
          requestState: await states.mint('round-1', ctx),
        });
  });
}

function addResources(server: McpServer): void {
  server.registerResource(
    'static-text',
    'test://static-text',
    { mimeType: 'text/plain' },
    async ({ href }) => ({
      contents: [
        { uri: href, mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
      ],
    }),
  );
  server.registerResource(
    'static-binary',
    'test://static-binary',
    { mimeType: 'image/png' },
    async ({ href }) => ({
      contents: [{ uri: href, mimeType: 'image/png', blob: png }],
    }),
  );
  server.registerResource(
    'watched',
    'test://watched-resource',
    { mimeType: 'text/plain' },
    async ({ href }) => ({
      contents: [{ uri: href, mimeType: 'text/plain', text: 'Watched.' }],
    }),
  );
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { mimeType: 'application/json' },
    async ({ href }, { id }) => ({
      contents: [
        {
          ...{ uri: href, mimeType: 'application/json' },
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
        },
      ],
    }),
  );
}

function addPrompts(server: McpServer): void {
  const user = <Content>(content: Content) => ({ role: 'user' as const, content });
  const argument = () =>
    completable(z.string(), (value) => ['paris', 'park', 'party'].filter((word) => word.startsWith(value)));
  server.registerPrompt('test_simple_prompt', { description: 'Simple' }, async () => ({
    messages: [user(text('This is a simple prompt for testing.'))],
  }));
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'With arguments', argsSchema: z.object({ arg1: argument(), arg2: argument() }) },
    async ({ arg1, arg2 }) => ({
      messages: [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
    }),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'With a resource', argsSchema: z.object({ resourceUri: z.string() }) },
    async ({ resourceUri: uri }) => ({
      messages: [
        user({
          type: 'resource' as const,
          resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
        }),
        user(text('Please process the embedded resource above.')),
      ],
    }),
  );
  server.registerPrompt('test_prompt_with_image', { description: 'With an image' }, async () => ({
    messages: [user(image), user(text('Please analyze the image above.'))],
  }));
  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'Asks first' },
    async ({ mcpReq }) => {
      const given = acceptedContent(mcpReq.inputResponses, 'user_context', z.object({ context: z.string() }));
      if (given) return { messages: [user(text(`In the context of ${given.context}.`))] };
      const user_context = inputRequired.elicit({
        message: 'What context should the prompt use?',
        requestedSchema: {
          type: 'object',
          properties: { context: { type: 'string' } },
          required: ['context'],
        },
      });
      return inputRequired({ inputRequests: { user_context } });
    },
  );
}
