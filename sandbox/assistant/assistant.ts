// An AI assistant to play with: connects to the app by the official client, as Claude or ChatGPT would, and calls its tools.
import type { Tool } from '@modelcontextprotocol/client';
import express, { type Request, Router } from 'express';
import { escaped, page } from '../oauth-page.ts';
import { AssistantProvider, askForAccess, connectAssistant, finishAsking } from './client.ts';

type Call = { name: string; args: string; isError: boolean; answer: string };

const mostKept = 20;
/** To begin with, for the demo's story. */
const examples: Record<string, object> = {
  search: { query: 'maya' },
  get_contact_referral: { email: 'pending.lead@example.com' },
  get_reward_status: { email: 'qualified.user@example.com' },
  list_referrals: { status: 'qualified', limit: 5 },
};

/** `/assistant`: connect, choose a tool, call it, and see what it answers. */
export function assistantRoutes(appUrl: () => string): Router {
  const router = Router();
  const serverUrl = () => `${appUrl()}/mcp`;
  let provider: AssistantProvider | null = null;
  const calls: Call[] = [];

  router.get('/assistant/connect', async (req, res) => {
    provider = new AssistantProvider('Sandbox assistant', `${ownAddress(req)}/assistant/callback`);
    const ask = await askForAccess(serverUrl(), provider);
    res.redirect(303, ask?.href ?? '/assistant');
  });
  router.get('/assistant/callback', async (req, res) => {
    const back = new URL(req.originalUrl, ownAddress(req)).searchParams;
    if (provider !== null && back.has('code')) await finishAsking(serverUrl(), provider, back);
    else provider = null;
    res.redirect(303, '/assistant');
  });
  router.post('/assistant/call', express.urlencoded({ extended: false }), async (req, res) => {
    const { name = '', args = '{}' } = req.body as { name?: string; args?: string };
    if (provider !== null) calls.push(await callTool(serverUrl(), provider, name, args));
    calls.splice(0, calls.length - mostKept);
    res.redirect(303, `/assistant?${new URLSearchParams({ tool: name })}`);
  });
  router.get('/assistant', async (req, res) => {
    const tools = provider?.stored === undefined ? null : await toolsOf(serverUrl(), provider);
    const policy =
      "default-src 'none'; style-src 'nonce-assistant'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    res.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-store' });
    const chosen = typeof req.query.tool === 'string' ? req.query.tool : 'search';
    const main = tools === null ? disconnected() : connected(tools, chosen, calls);
    res.type('html').send(page('An AI assistant', 'assistant', main));
  });
  return router;
}

const ownAddress = (req: Request) => `${req.protocol}://${req.get('host')}`;

/** Null when the app no longer lets it in. */
async function toolsOf(serverUrl: string, provider: AssistantProvider): Promise<Tool[] | null> {
  try {
    const client = await connectAssistant(serverUrl, provider);
    const { tools } = await client.listTools();
    await client.close();
    return tools;
  } catch {
    return null;
  }
}

async function callTool(
  serverUrl: string,
  provider: AssistantProvider,
  name: string,
  args: string,
): Promise<Call> {
  try {
    const client = await connectAssistant(serverUrl, provider);
    const given = JSON.parse(args) as Record<string, unknown>;
    const { isError = false, structuredContent, content } = await client.callTool({ name, arguments: given });
    await client.close();
    const [first] = content;
    const said = structuredContent ?? (first?.type === 'text' ? first.text : content);
    return {
      name,
      args,
      isError,
      answer: typeof said === 'string' ? said : JSON.stringify(said, null, 2),
    };
  } catch (error) {
    return { name, args, isError: true, answer: error instanceof Error ? error.message : String(error) };
  }
}

function disconnected(): string {
  return `<h1>An AI assistant</h1>
  <p class="quiet">Stands for Claude, ChatGPT and the like. It speaks MCP with the official client, and asks a teammate for access as
  they do.</p>
  <p><a href="/assistant/connect">Connect to Referral Desk</a></p>`;
}

function connected(tools: readonly Tool[], chosen: string, calls: readonly Call[]): string {
  const current = tools.find(({ name }) => name === chosen) ?? tools[0];
  const options = tools.map(
    ({ name }) =>
      `<option value="${escaped(name)}"${name === current?.name ? ' selected' : ''}>${escaped(name)}</option>`,
  );
  const args = JSON.stringify(examples[current?.name ?? ''] ?? {});
  const last = calls.findLast(({ name }) => name === current?.name)?.args ?? args;
  return `<h1>An AI assistant</h1>
  <p class="quiet">Connected. It sees ${tools.length} tools. <a href="/assistant/connect">Connect again</a></p>
  <form method="get" action="/assistant"><p><label>Tool <select name="tool">${options.join('')}</select></label> <button>Choose</button></p></form>
  <form method="post" action="/assistant/call">
  <p><b>${escaped(current?.title ?? '')}</b><br>${escaped(current?.description ?? '')}</p>
  <p class="quiet">Takes: <code>${escaped(Object.keys(current?.inputSchema.properties ?? {}).join(', ') || 'nothing')}</code></p>
  <input type="hidden" name="name" value="${escaped(current?.name ?? '')}">
  <p><label>Arguments, as JSON <input name="args" value="${escaped(last)}" size="60" autocomplete="off"></label> <button>Call</button></p></form>
  ${calls.toReversed().map(callOf).join('\n')}`;
}

const callOf = ({
  name,
  args,
  isError,
  answer,
}: Call) => `<section><h2>${escaped(name)}${isError ? ': refused' : ''}</h2>
  <p class="quiet"><code>${escaped(args)}</code></p><pre tabindex="0"><code>${escaped(answer)}</code></pre></section>`;
