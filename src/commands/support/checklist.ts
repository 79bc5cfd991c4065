// The manifest as a checklist, in the order of the Developer Hub's pages.
import { type CanvasPlace, canvasPlaces, type Manifest, withoutQuery } from '../../manifest.ts';

type Page = { title: string; steps: string[] };

export function checklist(manifest: Manifest, publicUrl: string): string {
  const at = (path: string | null) => (path === null ? 'leave empty' : `${publicUrl}${path}`);
  const pages: Page[] = [
    basicInformation(manifest),
    authentication(manifest, at),
    {
      title: 'Webhooks',
      steps: [
        `Endpoint URL: ${at(manifest.webhooks.url)}`,
        'Topics (use the spelling that is offered): ' +
          (manifest.webhooks.topics.join(', ') || 'leave empty'),
      ],
    },
    ...canvasKit(manifest, at),
    { title: 'API version', steps: [`Version: ${manifest.apiVersion}`] },
    installation(manifest, at),
    {
      title: 'Afterwards',
      steps: [
        `Open ${at(withoutQuery(manifest.installation.installUrl))} and authorize access`,
        'In the Inbox, choose "Edit apps" in the panel on the right and pin the app (once per teammate)',
        'For the Messenger: under Settings > Messenger > Customize Home with apps, add the app. Selecting its place above does not show it yet',
        'Under Settings > Messenger > Security, enforce identity verification on every platform. Without it, personal data stays hidden there',
      ],
    },
  ];
  const title = `${manifest.name} in Intercom's Developer Hub, for ${publicUrl}`;
  return `${[title, ...pages.map(printed)].join('\n\n')}\n`;
}

type At = (path: string | null) => string;

function printed({ title, steps }: Page, index: number): string {
  return [`${index + 1}. ${title}`, ...steps.map((step) => `   [ ] ${step}`)].join('\n');
}

function basicInformation({ name, description }: Manifest): Page {
  return {
    title: 'Basic information',
    steps: [
      `App name: ${name}`,
      `Description: ${description}`,
      'Copy the client ID to INTERCOM_CLIENT_ID and the client secret to INTERCOM_CLIENT_SECRET',
    ],
  };
}

function authentication({ installation, regions, scopes }: Manifest, at: At): Page {
  const ticked = scopes.map(
    ({ name, reason, forcedByCanvasKit }) =>
      `Permission: ${name}${forcedByCanvasKit ? ' (selected by Canvas Kit)' : ''}: ${reason}`,
  );
  return {
    title: 'Authentication',
    steps: [
      'Select "Use OAuth"',
      ...installation.redirectUrls.map((path) => `Redirect URL: ${at(path)}`),
      `Regions: ${regions.join(', ')}`,
      ...ticked,
      'Leave all other permissions unselected',
    ],
  };
}

function canvasKit({ canvasKit }: Manifest, at: At): Page[] {
  return (Object.keys(canvasPlaces) as CanvasPlace[]).map((place) => {
    const { page, ticks, urls } = canvasPlaces[place];
    const given: Record<string, string> = canvasKit[place];
    return {
      title: page,
      steps: [
        ...ticks.map((tick) => `Tick "${tick}"`),
        ...Object.entries(urls).map(([name, label]) => `${label}: ${at(given[name] ?? null)}`),
      ],
    };
  });
}

function installation({ installation: { installUrl, healthUrl, uninstallUrl } }: Manifest, at: At): Page {
  return {
    title: 'Installation',
    steps: [
      `Direct installation URL: ${at(installUrl)}`,
      `Installation status URL: ${at(healthUrl)}`,
      `Uninstall notification URL: ${at(uninstallUrl)}`,
    ],
  };
}
