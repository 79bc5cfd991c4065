// @ts-check
// Stands in for Intercom's sheet library: https://js.intercomcdn.com/messenger-sheet-library.latest.js
(() => {
  /** @param {string} action @param {unknown} [value] */
  const tell = (action, value) => window.parent.postMessage({ sheet: action, value }, '*');
  Object.assign(window, {
    INTERCOM_MESSENGER_SHEET_LIBRARY: {
      /** @param {string} title */
      setTitle: (title) => tell('title', title),
      closeSheet: () => tell('close'),
      /** @param {Record<string, unknown>} values */
      submitSheet: (values) => tell('submit', values),
    },
  });
})();
