// Replaces the process's own way to make requests while a file's tests run; the worker's other files need the real one.
import nock from 'nock';
import { afterAll, beforeAll } from 'vitest';

/** `allowed` is a host that may be reached all the same. */
export function interceptRequests(allowed?: string): void {
  beforeAll(() => {
    if (!nock.isActive()) nock.activate();
    nock.disableNetConnect();
    if (allowed !== undefined) nock.enableNetConnect(allowed);
  });
  afterAll(() => {
    nock.cleanAll();
    nock.enableNetConnect();
    nock.restore();
  });
}
