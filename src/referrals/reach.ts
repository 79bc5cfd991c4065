// What may be reached of the network when a workspace says where its referral platform is: not this machine, nor what is
// near it, unless whoever runs the app allows that. Looked at for each connection, since a name may lead elsewhere by then.
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import { hostOf, isPrivateAddress } from '../outbound.ts';

/** The code of the error with which a connection to a private address fails. */
const privateAddressCode = 'EPRIVATE';

export type Reach = {
  httpAgent: HttpAgent;
  httpsAgent: HttpsAgent;
  /** For an address that is written as numbers, which no agent looks up. */
  refuses(url: string): boolean;
  /** Looks the name up now. False as well for a name that cannot be looked up: connecting to it fails by itself. */
  leadsToPrivate(url: string): Promise<boolean>;
};

const keptOpen = { keepAlive: true, maxSockets: 10 };

export function createReach({ allowPrivate }: { allowPrivate: boolean }): Reach {
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
    async leadsToPrivate(url) {
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

/** As Node's own, for the agents: what was looked up is what is connected to. */
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
