// Installs the app as a teammate's browser would, for who has no browser at hand.

/** To /install, on to Intercom's consent page, and back with a code. Rejects when the app does not end up installed. */
export async function install(publicUrl: string): Promise<void> {
  const start = await fetch(`${publicUrl}/install`, { redirect: 'manual' });
  const cookie = start.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
  const consentUrl = start.headers.get('location');
  if (!consentUrl) throw new Error(`The app did not redirect to a consent page: ${start.status}`);
  const consent = await (await fetch(consentUrl)).text();
  const agreed = await fetch(new URL('/oauth', consentUrl), {
    method: 'POST',
    body: consentForm(consent),
    redirect: 'manual',
  });
  const callback = agreed.headers.get('location');
  if (!callback) throw new Error(`The consent page did not redirect back: ${agreed.status}`);
  const done = await fetch(callback, { headers: { cookie } });
  if (!done.ok) throw new Error(`The app was not installed: ${done.status}`);
}

function consentForm(page: string): URLSearchParams {
  const form = new URLSearchParams({ decision: 'authorize' });
  for (const [, name = '', value = ''] of page.matchAll(
    /<input type="hidden" name="([^"]+)" value="([^"]*)"/g,
  )) {
    form.set(
      name,
      value.replace(/&#(\d+);/g, (_entity, code) => String.fromCharCode(Number(code))),
    );
  }
  return form;
}
