// Ids and answers that Intercom should never send, met by the client of its API.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createIntercomCall } from '../../src/intercom/call.ts';
import { createConversionClient } from '../../src/intercom/contacts/conversion-client.ts';
import { createOAuth } from '../../src/intercom/oauth.ts';

let server: Server;
let url: string;
let asked: string[] = [];
let answer: (response: ServerResponse) => void;
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  answer = (response) => void response.end('{}');
});

const client = () => createConversionClient(createIntercomCall(url, 'a-token'));

test('an id that would lead to another route belongs to no contact, and is never asked for', async () => {
  const given = { email: null, externalId: null, signedUpAt: new Date() };
  for (const id of ['..', '.', '../admins', '..%2fadmins', 'a/b', 'a?b', '\ud800', '', 'x'.repeat(10_000)]) {
    expect(await client().contact(id), id).toEqual({ outcome: 'gone' });
    for (const call of [
      client().changeRole(id, given),
      client().unarchive(id),
      client().notes(id),
      client().addNote(id, { body: '', adminId: '1' }),
    ]) {
      await expect(call, id).rejects.toThrow('is not a contact ID');
    }
  }
  expect(asked).toEqual([]);
});

test('an answer larger than any contact is not read to its end', async () => {
  const user = { id: 'u1', role: 'user', token: 'a-token', name: 'x'.repeat(11 * 1024 * 1024) };
  answer = (response) => void response.end(JSON.stringify(user));
  await expect(client().contact('u1')).rejects.toMatchObject({ code: 'unavailable' });
  const hosts = { api: () => url, consentPage: () => url, inbox: () => url, contact: () => url };
  const oauth = createOAuth({ hosts, clientId: 'id', clientSecret: 'secret', redirectUri: url });
  await expect(oauth.exchangeCode('a-code')).rejects.toMatchObject({ code: 'bad-upstream' });
});

test('a refusal with signs that a database cannot store is told without them', async () => {
  answer = (response) => {
    response.statusCode = 400;
    response.end(JSON.stringify({ errors: [{ code: 'x', message: 'no\u0000pe' }] }));
  };
  expect(await client().merge('l1', 'u1', false)).toEqual({ outcome: 'refused', message: 'nope' });
});
