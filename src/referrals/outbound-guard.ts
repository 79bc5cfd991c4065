// Refuses private addresses of platforms, unless allowed, on every connection: a name may resolve differently later.
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import { hostOf, isPrivateAddress } from '../outbound/outbound.ts';

/** The error code of a connection to a private address. */
export const privateAddressCode = 'EPRIVATE';

export type OutboundGuard = {
  httpAgent: HttpAgent;
  httpsAgent: HttpsAgent;
  /** For an address written as numbers, which agents do not look up. */
  refuses(url: string): boolean;
  /** Looks the name up now. Also false when the lookup fails: then connecting fails by itself. */
  isPrivateAddress(url: string): Promise<boolean>;
};

const keptOpen = { keepAlive: true, maxSockets: 10 };

export function createOutboundGuard({ allowPrivate }: { allowPrivate: boolean }): OutboundGuard {
  const agents = allowPrivate
    ? { httpAgent: new HttpAgent(keptOpen), httpsAgent: new HttpsAgent(keptOpen) }
    : {
        httpAgent: new HttpAgent({ ...keptOpen, lookup: lookupPublic }),
        httpsAgent: new HttpsAgent({ ...keptOpen, lookup: lookupPublic }),
      };
  const refuses = (url: string) => !allowPrivate && isPrivateAddress(hostOf(url));
  return {
    ...agents,
    refuses,
    async isPrivateAddress(url) {
      if (allowPrivate) return false;
      if (isIP(hostOf(url)) !== 0) return refuses(url);
      return new Promise((resolve) => {
        lookup(hostOf(url), { all: true }, (error, found) =>
          resolve(error === null && found.some(({ address }) => isPrivateAddress(address))),
        );
      });
    },
  };
}

type Answer = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/** Agents connect to exactly the address that was checked. */
function lookupPublic(host: string, options: LookupOptions, answer: Answer): void {
  lookup(host, { ...options, all: true }, (error, found) => {
    const [first] = found ?? [];
    if (error !== null || first === undefined)
      return answer(error ?? new Error(`${host} has no address`), []);
    if (found.some(({ address }) => isPrivateAddress(address))) {
      const refusal = new Error(`${host} leads to a private address`);
      return answer(Object.assign(refusal, { code: privateAddressCode }), []);
    }
    return options.all === true ? answer(null, found) : answer(null, first.address, first.family);
  });
}
