// The settings that Intercom's Developer Hub needs, from app-manifest.json.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { region } from './domain/region.ts';

const path = z.string().regex(/^\/[\w/-]+$/);

/** Where Intercom shows the app's canvases: the Developer Hub's page about it, and what to tick there. */
export const canvasPlaces = {
  conversationDetails: { page: 'Canvas Kit, for teammates', tick: 'Add to conversation details' },
};
export const canvasPlace = z.enum(Object.keys(canvasPlaces) as (keyof typeof canvasPlaces)[]);

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
  canvasKit: z.record(canvasPlace, z.strictObject({ initializeUrl: path, submitUrl: path })),
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
