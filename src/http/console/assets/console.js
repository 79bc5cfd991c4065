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

// What takes longer than showing a page is put into its place once the server has it. Without this script, a link shows it.
for (const part of document.querySelectorAll('[data-fill][id]')) fill(part).catch(() => {});

async function fill(part) {
  const fresh = (await pageAt(part.dataset.fill))?.getElementById(part.id);
  if (fresh) part.replaceWith(document.importNode(fresh, true));
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

let drawing = Promise.resolve();

/** One after the other: each sends what the one before it has drawn. */
function redraw(form, what, focus) {
  const drawn = drawing.then(() => drawAgain(document.getElementById(form.id), what, focus));
  drawing = drawn.catch(() => {});
  return drawn;
}

async function drawAgain(form, what, focus) {
  const sent = [...form.elements].map((control) => [control, entryOf(control)]);
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
  // Where a row went, the names of those below it are other rows' now.
  if (!what.startsWith('remove:'))
    keepEntered(
      sent.flatMap(([control, entry]) => (entryOf(control) === entry ? [] : control)),
      drawn,
    );
  const focused = form.contains(document.activeElement) ? document.activeElement.id : focus;
  form.replaceWith(drawn);
  (document.getElementById(focused) ?? drawn.querySelector('button[data-redraw]'))?.focus();
}

const isTicked = (control) => control.type === 'checkbox' || control.type === 'radio';
const entryOf = (control) => (isTicked(control) ? control.checked : control.value);

/** What was entered while the server drew the form. */
function keepEntered(changed, drawn) {
  for (const control of changed) {
    const same = [...drawn.elements].find(
      ({ name, value }) => name === control.name && (!isTicked(control) || value === control.value),
    );
    if (!same) continue;
    const before = same.value;
    if (isTicked(same)) same.checked = control.checked;
    else same.value = control.value;
    // A select that no longer has the option.
    if (same.value !== control.value) same.value = before;
  }
}

/** Null when it cannot be shown any more. */
async function pageAt(address) {
  const answer = await fetch(address, { headers: { accept: 'text/html' } });
  if (!answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

/** A form that asks first is closed as it was opened, by the keyboard, too. */
document.addEventListener('keydown', (event) => {
  const asked = event.key === 'Escape' && document.activeElement?.closest('details.asked[open]');
  if (!asked) return;
  asked.open = false;
  asked.querySelector('summary').focus();
});

async function renew(part) {
  const page = await pageAt(location.href);
  const fresh = page?.getElementById(part.id);
  if (!fresh || isPointedAt(part) || isSelectedIn(part)) return;
  showTitle(page);
  const before = part.textContent;
  Idiomorph.morph(part, fresh, {
    callbacks: {
      beforeNodeMorphed: (shown) => !isFilledIn(shown),
      beforeNodeRemoved: (shown) => !isFilledIn(shown) && !shown.contains(document.activeElement),
      beforeAttributeUpdated: (name, element) => name !== 'open' || element.localName !== 'details',
    },
  });
  if (part.textContent !== before) say(part);
}

/** What was said after the last press is no longer the news. */
function say(part) {
  document.getElementById('flash')?.remove();
  const status = part.querySelector('[data-says], :not(td) > .badge')?.textContent;
  const live = document.getElementById('live');
  const words = `${document.querySelector('h1')?.textContent ?? ''}: ${status}`;
  if (live && status && live.textContent !== words) live.textContent = words;
}

/** The heading says how the work on the page stands. */
function showTitle(page) {
  const [shown, fresh] = [document, page].map((either) => either.querySelector('h1'));
  document.title = page.title;
  if (shown && fresh && shown.textContent !== fresh.textContent) shown.textContent = fresh.textContent;
}

// Nothing moves away from under a pointer that is about to press. A pointer at rest holds nothing up: after a press, it stays there.
let movedAt = Number.NEGATIVE_INFINITY;
document.addEventListener('pointermove', () => {
  movedAt = performance.now();
});
const isPointedAt = (part) => part.matches(':hover') && performance.now() - movedAt < 2_000;

function isSelectedIn(part) {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(part, true);
}

function isFilledIn(node) {
  if (node.localName === 'input')
    return node.checked !== node.defaultChecked || node.value !== node.defaultValue;
  if (node.localName === 'textarea') return node.value !== node.defaultValue;
  return (
    node.localName === 'select' &&
    [...node.options].some((option) => option.selected !== option.defaultSelected)
  );
}
