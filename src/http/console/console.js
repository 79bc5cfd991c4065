// Keeps parts of a page current while it is looked at: <section id="runs" data-live="5"> is fetched every five seconds, and
// only what differs is replaced. Without this script the page says the same, and is reloaded by hand.

for (const part of document.querySelectorAll('[data-live][id]'))
  keepCurrent(part.id, Number(part.dataset.live));

function keepCurrent(id, seconds) {
  setTimeout(async () => {
    const part = document.getElementById(id);
    if (!part?.dataset.live) return;
    if (!document.hidden) await renew(part).catch(() => {});
    keepCurrent(id, seconds);
  }, seconds * 1000);
}

// Without this script, rows are ticked one by one.
for (const button of document.querySelectorAll('button[data-tick-all]')) {
  button.hidden = false;
  button.addEventListener('click', () => {
    const ticks = [...button.form.querySelectorAll('input[type="checkbox"]')];
    const all = ticks.every((tick) => tick.checked);
    for (const tick of ticks) tick.checked = !all;
  });
}

// What is drawn by the server according to the rest of the form is drawn at once, without leaving the place on the page.
document.addEventListener('change', (event) => {
  const control = event.target;
  if (control.form && 'redraw' in control.dataset && control.localName === 'select')
    redraw(control.form, 'redraw', control.id).catch(() => {});
});
document.addEventListener('click', (event) => {
  const button = event.target.closest?.('button[data-redraw]');
  if (!button?.form) return;
  event.preventDefault();
  redraw(button.form, button.value, button.id).catch(() => button.form.submit());
});

async function redraw(form, what, focus) {
  const fields = new URLSearchParams(new FormData(form));
  fields.set('do', what);
  const answer = await fetch(form.getAttribute('action'), {
    method: 'POST',
    body: fields,
    headers: { accept: 'text/html' },
  });
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.getElementById(form.id);
  if (!fresh) return;
  const drawn = document.importNode(fresh, true);
  form.replaceWith(drawn);
  (document.getElementById(focus) ?? drawn.querySelector('button[data-redraw]'))?.focus();
}

async function renew(part) {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.getElementById(part.id);
  if (fresh) update(part, document.importNode(fresh, true));
}

// Element by element: what is the same stays, and so does what is selected, focused, opened or under the pointer.
function update(shown, fresh) {
  if (shown.isEqualNode(fresh)) return;
  const pairs = shown.nodeName === fresh.nodeName && shown.childNodes.length === fresh.childNodes.length;
  if (pairs && shown.nodeType === Node.ELEMENT_NODE && shown.childNodes.length > 0) {
    const freshNodes = [...fresh.childNodes];
    for (const [index, node] of [...shown.childNodes].entries()) update(node, freshNodes[index]);
    copyAttributes(shown, fresh);
    return;
  }
  if (!isInUse(shown)) shown.replaceWith(fresh);
}

function copyAttributes(shown, fresh) {
  for (const { name } of [...shown.attributes])
    if (!fresh.hasAttribute(name) && name !== 'open') shown.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
}

function isInUse(node) {
  const selection = document.getSelection();
  const isSelected = selection !== null && !selection.isCollapsed && selection.containsNode(node, true);
  const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
  if (isSelected || element === null) return isSelected;
  return (
    element.contains(document.activeElement) ||
    element.matches(':hover') ||
    element.querySelector('details[open]') !== null
  );
}
