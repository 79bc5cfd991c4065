// Catches what the app tells people: a real SMTP server that delivers nothing, and chat channels as Slack has them.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { Router } from 'express';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { escaped, page } from '../oauth-page.ts';

export type Caught = {
  by: 'mail' | 'chat';
  /** An address, or the channel's name. */
  to: string;
  /** Of a mail. */
  id: string | null;
  from: string | null;
  subject: string | null;
  text: string;
  at: string;
};

export type MailCatcher = {
  /** For SMTP_URL. */
  url: string;
  /** Newest last. */
  caught: Caught[];
  close(): Promise<void>;
};

const mostKept = 500;
const mostBytes = 1024 * 1024;

function keep(caught: Caught[], message: Omit<Caught, 'at'>): void {
  caught.push({ ...message, at: new Date().toISOString() });
  caught.splice(0, caught.length - mostKept);
}

/** On any free port of this machine unless one is given; without TLS and login, which a stand-in has nothing to protect with. */
export async function startMailCatcher(wantedPort = 0): Promise<MailCatcher> {
  const caught: Caught[] = [];
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: mostBytes,
    logger: false,
    onData(stream, session, callback) {
      simpleParser(stream).then(
        ({ messageId = null, subject = null, text = '', from }) => {
          const { mailFrom, rcptTo } = session.envelope;
          const sender = from?.text ?? (mailFrom ? mailFrom.address : null);
          for (const { address } of rcptTo) {
            keep(caught, { by: 'mail', to: address, id: messageId, from: sender, subject, text });
          }
          callback();
        },
        (error: Error) => callback(error),
      );
    },
  });
  server.listen(wantedPort, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    caught,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** `POST /slack/CHANNEL` as an incoming webhook, `GET /messages` to look at, `GET /sandbox/messages` to read. */
export function messageRoutes(caught: Caught[]): Router {
  const router = Router();
  // https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
  router.post('/slack/:channel', express.json(), (req, res) => {
    const { text } = (req.body ?? {}) as { text?: unknown };
    if (typeof text !== 'string' || text === '') return void res.status(400).type('text').send('no_text');
    const to = `#${req.params.channel}`;
    keep(caught, { by: 'chat', to, id: null, from: null, subject: null, text });
    res.type('text').send('ok');
  });
  router.get('/sandbox/messages', (_req, res) => void res.json({ data: caught.toReversed() }));
  router.get('/messages', (_req, res) => {
    const policy = "default-src 'none'; style-src 'nonce-messages'; base-uri 'none'; frame-ancestors 'none'";
    res.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-store' });
    res.type('html').send(page('Sent messages', 'messages', listOf(caught)));
  });
  return router;
}

function listOf(caught: readonly Caught[]): string {
  const shown = caught.toReversed().map(
    ({ by, to, subject, text, at }) => `<section><h2>${escaped(subject ?? `Message in ${to}`)}</h2>
    <p class="quiet">${by === 'mail' ? 'Mail to ' : 'Chat, '}${escaped(to)}, <time datetime="${at}">${at}</time></p>
    ${text
      .split('\n')
      .map((line) => `<p>${escaped(line)}</p>`)
      .join('')}</section>`,
  );
  return `<h1>Sent messages</h1>
  <p class="quiet">Mail is caught here and never leaves this machine. Chat channels are at /slack/NAME.</p>
  ${shown.length === 0 ? '<p>Nothing yet.</p>' : shown.join('\n')}`;
}
