// Every route that a running app serves, read from the app itself.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';

/** As Express stores it; its types leave the inside of a router open. */
type Layer = {
  rawPath: string;
  route?: { path: string; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
};

/** For example `POST /intercom/inbox/initialize`. Finds the app by sending a request: Node then reports its server. */
export async function servedRoutes(url: string): Promise<string[]> {
  const port = Number(new URL(url).port);
  const found: unknown[] = [];
  // The app listens last, because the limit on a request's duration has to come before it.
  const notice = (message: unknown) => {
    const { server } = message as { server: Server };
    const address = server.address();
    if (typeof address === 'object' && address?.port === port) found.push(server.listeners('request').at(-1));
  };
  subscribe('http.server.request.start', notice);
  await fetch(url);
  unsubscribe('http.server.request.start', notice);
  const [app] = found as { router: { stack: Layer[] } }[];
  if (!app) throw new Error(`no server of this process answers at ${url}`);
  return routesOf(app.router.stack, '').toSorted();
}

function routesOf(stack: Layer[], prefix: string): string[] {
  return stack.flatMap((layer) => {
    const { route } = layer;
    if (!route) return routesOf(layer.handle.stack ?? [], prefix + layer.rawPath.replace(/\/$/, ''));
    return Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${prefix}${route.path}`);
  });
}
