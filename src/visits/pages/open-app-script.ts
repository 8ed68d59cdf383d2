import { inlineSource } from './inline-source.ts';

/**
 * The scripts of the page that leads into an app (`open-app-page.ts`). Without them the page is links to tap.
 *
 * The first stands in the head, before anything is drawn: on whatever has no touch screen (a Mac, and not the iPad that
 * says it is one) it goes on to the web, in place of the page, so that Back leads past it.
 */
export const TOUCH_SCRIPT = `(() => {
if (navigator.maxTouchPoints > 0) return;
location.replace(document.currentScript.dataset.web);
})();`.replace(/\n\s*/g, '\n');

/** Opens the app by itself, once: not when the page is come back to, with Back or by loading it again. */
export const OPEN_SCRIPT = `(() => {
if (history.state === 'opened') return;
history.replaceState('opened', '');
location.href = document.getElementById('app').href;
})();`.replace(/\n\s*/g, '\n');

/**
 * Copies the short link with its click when somebody taps the way to the store, which hands nothing on (the App Store):
 * the app may find it in the clipboard. A browser that does not allow it (without https there is no clipboard at all)
 * does nothing, and the tap leads to the store in any case, at once.
 */
export const COPY_SCRIPT = `(() => {
const { copy } = document.currentScript.dataset;
document.getElementById('store').addEventListener('click', () => {
try {
navigator.clipboard.writeText(copy).catch(() => {});
} catch {}
});
})();`.replace(/\n\s*/g, '\n');

/** The scripts as `script-src` names them. */
export const TOUCH_SCRIPT_SOURCE = inlineSource(TOUCH_SCRIPT);
export const OPEN_SCRIPT_SOURCE = inlineSource(OPEN_SCRIPT);
export const COPY_SCRIPT_SOURCE = inlineSource(COPY_SCRIPT);
