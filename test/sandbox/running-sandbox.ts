// A sandbox that runs with a stand-in for the app, and clients of its two APIs that let every status through.
import axios, { type AxiosInstance } from 'axios';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { type ReceivingApp, startReceivingApp } from './receiving-app.ts';

export type RunningSandbox = {
  app: ReceivingApp;
  sandbox: Sandbox;
  /** Intercom's API, with the fixed token. */
  intercom: AxiosInstance;
  /** The sandbox's own. */
  admin: AxiosInstance;
  stop(): Promise<void>;
};

export async function runSandbox(): Promise<RunningSandbox> {
  const app = await startReceivingApp();
  const sandbox = await createSandbox({
    port: 0,
    folder: ':memory:',
    appUrl: app.url,
    clientId: 'the-app',
    clientSecret: 'the-secret-of-the-app',
  });
  const validateStatus = () => true;
  const headers = { Authorization: 'Bearer sandbox-access-token', Accept: 'application/json' };
  return {
    app,
    sandbox,
    intercom: axios.create({ baseURL: sandbox.url, headers, validateStatus }),
    admin: axios.create({ baseURL: `${sandbox.url}/sandbox`, validateStatus }),
    async stop() {
      await sandbox.close();
      await app.close();
    },
  };
}
