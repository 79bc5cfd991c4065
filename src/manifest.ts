// The settings that Intercom's Developer Hub needs, from app-manifest.json.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { region } from './domain/region.ts';

const path = z.string().regex(/^\/[\w/-]+$/);

/** Where Intercom shows the app's canvases: the Developer Hub's page about it, what to tick there, and its addresses. */
export const canvasPlaces = {
  conversationDetails: {
    page: 'Canvas Kit, for teammates',
    ticks: ['Add to conversation details'],
    urls: { initializeUrl: 'Initialize flow webhook URL', submitUrl: 'Submit flow webhook URL' },
  },
  messenger: {
    page: 'Canvas Kit, for users, leads and visitors',
    ticks: ['Add to Messenger Home', 'Add to conversations', 'Add to Workflows', 'Add to messages'],
    urls: {
      configureUrl: 'Configure flow webhook URL',
      initializeUrl: 'Initialize flow webhook URL',
      submitUrl: 'Submit flow webhook URL',
      sheetsUrl: 'Sheets flow webhook URL',
    },
  },
} as const;
export type CanvasPlace = keyof typeof canvasPlaces;

type Names<Urls extends object> = { [Name in keyof Urls]: typeof path };
const urlsOf = <Urls extends object>(urls: Urls) =>
  z.strictObject(Object.fromEntries(Object.keys(urls).map((name) => [name, path])) as Names<Urls>);

const manifestShape = z.strictObject({
  $comment: z.string(),
  name: z.string(),
  description: z.string(),
  apiVersion: z.string().regex(/^\d\.\d+$/),
  regions: z.array(region),
  installation: z.strictObject({
    /** `from=app-store` marks an installation from the App Store, which waits for its result. */
    installUrl: z.string().regex(/^\/[\w/-]+(\?from=app-store)?$/),
    redirectUrls: z.array(path).min(1),
    healthUrl: path.nullable(),
    uninstallUrl: path.nullable(),
  }),
  scopes: z.array(z.strictObject({ name: z.string(), forcedByCanvasKit: z.boolean(), reason: z.string() })),
  canvasKit: z.strictObject({
    conversationDetails: urlsOf(canvasPlaces.conversationDetails.urls),
    messenger: urlsOf(canvasPlaces.messenger.urls),
  }),
  webhooks: z.strictObject({ url: path.nullable(), topics: z.array(z.string()) }),
});

export type Manifest = z.infer<typeof manifestShape>;

export function readManifest(): Manifest {
  const file = new URL('../app-manifest.json', import.meta.url);
  return manifestShape.parse(JSON.parse(readFileSync(file, 'utf8')));
}

export function withoutQuery(url: string): string {
  return url.replace(/\?.*/, '');
}
