// Mail by the operator's SMTP server.
import { createTransport } from 'nodemailer';
import { Failure } from '../failure.ts';

/** `id` stays the same when a mail is sent again. */
export type Mail = { to: string; subject: string; text: string; id: string };

export type MailSettings = { url: string; from: string; host: string };

const patienceMs = {
  connectionTimeout: 8_000,
  greetingTimeout: 8_000,
  socketTimeout: 10_000,
  dnsTimeout: 8_000,
};

/**
 * Resolves once the server has accepted the mail. Rejects with `unavailable` when it may accept it later, and with
 * `invalid` when it never will: https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1
 */
export function createMailer(settings: MailSettings | null): (mail: Mail) => Promise<void> {
  if (settings === null) {
    return async () => {
      throw new Failure('invalid', 'No mail server is set. Set SMTP_URL.', { final: true });
    };
  }
  // A connection for each mail: there are few, and an idle one breaks unnoticed.
  const transport = createTransport({ url: settings.url, ...patienceMs });
  return async ({ to, subject, text, id }) => {
    const messageId = `<${id}@${settings.host}>`;
    const headers = { 'Auto-Submitted': 'auto-generated' };
    try {
      await transport.sendMail({ from: settings.from, to, subject, text, messageId, headers });
    } catch (error) {
      throw refusalOf(error);
    }
  };
}

function refusalOf(error: unknown): Failure {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  const isFinal = responseCode !== undefined && responseCode >= 500;
  if (isFinal || code === 'EAUTH')
    return new Failure('invalid', `The mail server refuses the message (${responseCode ?? code}).`, {
      final: true,
      cause: error,
    });
  const why = responseCode === undefined ? (code ?? 'no answer') : String(responseCode);
  return new Failure('unavailable', `The mail server does not accept mail right now (${why}).`, {
    cause: error,
  });
}
