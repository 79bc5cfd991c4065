// The transport of the MCP server: one address for the 2026-07-28 revision and older clients, without sessions.
import { hostHeaderValidation, originValidation } from '@modelcontextprotocol/express';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, type McpServerFactory, type ServerEventBus } from '@modelcontextprotocol/server';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';

export type McpEndpoint = {
  /** Hosts, without ports, that requests and their pages may come from; loopback is always allowed. */
  hosts: readonly string[];
  /** After host and origin, before the body is read: sets `req.auth`, or answers. */
  authenticate: RequestHandler[];
  /** After the body was read: may answer instead. */
  authorize: RequestHandler[];
  createServer: McpServerFactory;
  /** Of a server with lists that change while clients listen. */
  bus?: ServerEventBus;
  onError(error: Error): void;
};

const loopbackHosts = ['localhost', '127.0.0.1', '[::1]'];

/** Another host in `Host` or `Origin` is a 403, against DNS rebinding; a larger body is a 413. */
export function mcpEndpoint(path: string, endpoint: McpEndpoint): express.Router {
  const hosts = [...new Set([...loopbackHosts, ...endpoint.hosts])];
  const handler = createMcpHandler(endpoint.createServer, {
    onerror: endpoint.onError,
    // Each holds a connection open.
    maxSubscriptions: 200,
    ...(endpoint.bus && { bus: endpoint.bus }),
  });
  const handle = toNodeHandler(handler, { onerror: endpoint.onError });
  const router = express.Router();
  router.all(
    path,
    hostHeaderValidation(hosts),
    originValidation(hosts),
    ...endpoint.authenticate,
    express.json({ limit: '100kb' }),
    refuseBatch,
    ...endpoint.authorize,
    async (req, res) => {
      res.set('Cache-Control', 'no-store');
      // A body of another type is left to the SDK, which refuses it.
      await handle(req, res, req.body);
    },
  );
  router.use(path, refuseBody);
  return router;
}

const invalidRequest = -32_600;
const parseError = -32_700;

/** Of 2025-03-26 alone: a thousand calls would count as one. */
const refuseBatch: RequestHandler = (req, res, next) => {
  if (!Array.isArray(req.body)) return next();
  const message = 'Send one message in a request.';
  return res.status(400).json({ jsonrpc: '2.0', id: null, error: { code: invalidRequest, message } });
};

/** In JSON-RPC's words, the only ones that its callers read. */
const refuseBody: ErrorRequestHandler = (error: { status?: number }, _req, res, next) => {
  const { status } = error;
  if (res.headersSent || status === undefined || status >= 500) return next(error);
  const message = status === 413 ? 'The request is larger than 100 KB.' : 'The request is not JSON.';
  return res.status(status).json({ jsonrpc: '2.0', id: null, error: { code: parseError, message } });
};
