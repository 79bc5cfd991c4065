// What may be reached of the network when a workspace says where its referral platform is: not this machine, nor what is
// near it, unless whoever runs the app allows that. Looked at for each connection, since a name may lead elsewhere by then.
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BlockList, isIP } from 'node:net';

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
  const refuses = (url: string) => !allowPrivate && isPrivate(hostOf(url));
  return {
    ...agents,
    refuses,
    async leadsToPrivate(url) {
      if (allowPrivate) return false;
      if (isIP(hostOf(url)) !== 0) return refuses(url);
      return new Promise((resolve) => {
        lookup(hostOf(url), { all: true }, (error, found) =>
          resolve(error === null && found.some(({ address }) => isPrivate(address))),
        );
      });
    },
  };
}

/** As URLs write them, IPv6 is between brackets. */
function hostOf(url: string): string {
  return URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') ?? '';
}

/** https://www.iana.org/assignments/iana-ipv4-special-registry and its sister for IPv6. */
const special = new BlockList();
const ranges = {
  ipv4: [
    ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
    ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
    ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ],
  // An IPv4 address within an IPv6 one (::ffff:0:0/96) is looked at as the former.
  ipv6: [
    ...['::/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16'],
    ...['3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
  ],
} as const;
for (const family of ['ipv4', 'ipv6'] as const) {
  for (const range of ranges[family]) {
    const [network = '', bits] = range.split('/');
    special.addSubnet(network, Number(bits), family);
  }
}

/** Whether it is an address that does not belong to the public internet. */
export function isPrivate(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && special.check(address, version === 4 ? 'ipv4' : 'ipv6');
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
    if (found.some(({ address }) => isPrivate(address))) {
      const refusal = new Error(`${host} leads to a private address`);
      return answer(Object.assign(refusal, { code: privateAddressCode }), []);
    }
    return options.all === true ? answer(null, found) : answer(null, first.address, first.family);
  });
}
