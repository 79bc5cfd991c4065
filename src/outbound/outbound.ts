// How requests leave this machine: a proxy from the environment is only for the public internet.
import { BlockList, isIP } from 'node:net';

/** https://www.iana.org/assignments/iana-ipv4-special-registry and its counterpart for IPv6. */
const special = new BlockList();
const ranges = {
  ipv4: [
    ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
    ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
    ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ],
  // An IPv4-mapped address (::ffff:0:0/96) is checked as IPv4.
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

export function isPrivateAddress(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && special.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** Without IPv6's brackets; empty when `url` is not a URL. */
export function hostOf(url: string): string {
  return URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') ?? '';
}

/** RFC 6761, RFC 6762, RFC 8375, and the bare names of a local network. */
const privateName = /^[^.]*$|\.(localhost|local|internal|lan|home\.arpa|test)$/i;

/** axios would send local requests to `http_proxy`, which could then read the client secret. */
export function proxySettings(url: string): { proxy: false } | Record<never, never> {
  const host = hostOf(url);
  return privateName.test(host) || isPrivateAddress(host) ? { proxy: false } : {};
}
