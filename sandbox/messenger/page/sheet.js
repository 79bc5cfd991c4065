// @ts-check
// The sheet over the Messenger: a page of the app's in a frame, opened by a form as Intercom opens it.
import { byId, element } from '../../inbox/page/dom.js';

/** Answers how to open a sheet. */
export function createSheet() {
  const root = byId('sheet', HTMLElement);
  const title = byId('sheet-title', HTMLElement);
  const frame = byId('sheet-frame', HTMLIFrameElement);
  /** @type {((values: Record<string, unknown>) => void) | null} */
  let onSubmit = null;
  /** @type {Element | null} */
  let cameFrom = null;

  function close() {
    root.hidden = true;
    onSubmit = null;
    frame.src = 'about:blank';
    if (cameFrom instanceof HTMLElement) cameFrom.focus();
  }

  byId('sheet-close', HTMLButtonElement).addEventListener('click', close);
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
  });
  window.addEventListener('message', ({ source, data }) => {
    if (source !== frame.contentWindow || root.hidden) return;
    if (data?.sheet === 'title') title.textContent = String(data.value);
    if (data?.sheet === 'close') close();
    if (data?.sheet === 'submit') {
      const submit = onSubmit;
      close();
      submit?.(data.value);
    }
  });

  return {
    /** @param {string} url @param {string} intercomData @param {(values: Record<string, unknown>) => void} submit */
    open(url, intercomData, submit) {
      cameFrom = document.activeElement;
      onSubmit = submit;
      title.textContent = 'Referral Desk';
      root.hidden = false;
      const form = element(
        'form',
        { action: url, method: 'post', target: frame.name, hidden: true },
        element('input', { name: 'intercom_data', value: intercomData }),
      );
      document.body.append(form);
      form.submit();
      form.remove();
      byId('sheet-close', HTMLButtonElement).focus();
    },
  };
}
