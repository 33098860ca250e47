// New mail appears by itself: the page is asked for again and its live part replaced when it has changed.

const EVERY = 1500;

async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-demo-live]");
  const shown = document.querySelector("[data-demo-live]");
  if (!fresh || fresh.isEqualNode(shown)) return;
  const focused = document.activeElement?.closest("[data-demo-live] a")?.getAttribute("href");
  shown.replaceWith(fresh);
  if (focused) fresh.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

async function keepFresh() {
  // The demo may have been stopped: the next try finds it again.
  if (!document.hidden) await renew().catch(() => {});
  setTimeout(keepFresh, EVERY);
}

if (document.querySelector("[data-demo-live]")) setTimeout(keepFresh, EVERY);
