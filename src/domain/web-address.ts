// Which web addresses are safe to send to: encrypted, or on this machine.

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || /^127(\.\d{1,3}){3}$/.test(hostname) || /^\[?::1\]?$/.test(hostname);
}

/** Messages may be read on the way otherwise. False for an invalid address. */
export function isEncryptedOrLocal(url: string): boolean {
  const { protocol, hostname = '' } = URL.parse(url) ?? {};
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}
