// Keeps parts of a page current while it is looked at: <section id="runs" data-live="5"> is fetched anew every five
// seconds. Without this script the page says the same, and is reloaded by hand.

for (const part of document.querySelectorAll('[data-live][id]'))
  keepCurrent(part.id, Number(part.dataset.live));

function keepCurrent(id, seconds) {
  setTimeout(async () => {
    const part = document.getElementById(id);
    if (!part?.dataset.live) return;
    // What somebody is about to press or has opened is not taken away from under them.
    const inUse = part.contains(document.activeElement) || part.querySelector('details[open]') !== null;
    if (!document.hidden && !inUse) await renew(part).catch(() => {});
    keepCurrent(id, seconds);
  }, seconds * 1000);
}

async function renew(part) {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.getElementById(part.id);
  if (fresh) part.replaceWith(document.importNode(fresh, true));
}
