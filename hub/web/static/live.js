// New messages, told by the server (text/event-stream): data {"thread": id, "unread": count}, and "resync" when some
// may have been missed. The first time, the address tells when the page was written; later on, whatever happened
// meanwhile is caught up with each time the line is opened again.

import { announce, fetchPage, say, unread } from "./page.js";

const RETRY = [1000, 2000, 5000, 15000, 30000];

export function live(url) {
  const line = { source: null, opened: false, failures: 0, timer: 0 };
  const told = document.body.appendChild(document.createElement("p"));
  Object.assign(told, { className: "lost", hidden: true });

  const close = () => {
    clearTimeout(line.timer);
    line.source?.close();
  };
  const open = () => {
    close();
    line.source = new EventSource(url);
    line.source.onopen = () => {
      told.hidden = true;
      line.failures = 0;
      if (line.opened || document.querySelector("[data-pending]")) refresh();
      line.opened = true;
      url = url.split("?")[0];
    };
    line.source.onmessage = (event) => refresh(JSON.parse(event.data));
    line.source.addEventListener("resync", () => refresh());
    line.source.onerror = retry;
  };
  // A browser gives up for good on an HTTP error (a restart behind a proxy answers 502): so we try again ourselves.
  const retry = async () => {
    close();
    if (line.failures && (await loggedOut(url))) return tell(told, "sayEnded");
    if (line.failures) tell(told, "sayLost");
    line.timer = setTimeout(open, RETRY[Math.min(line.failures++, RETRY.length - 1)] * (0.75 + Math.random() / 2));
  };
  // Hidden pages let go of the line: over HTTP/1.1 a browser has six for all its tabs together.
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("online", open);
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  if (!document.hidden) open();
}

function tell(told, key) {
  const words = say(document.body, key);
  if (told.hidden || told.textContent !== words) announce(words);
  told.textContent = words;
  told.hidden = false;
}

// An EventSource does not say why it failed.
async function loggedOut(url) {
  const control = new AbortController();
  const answer = await fetch(url, { headers: { Accept: "text/event-stream" }, signal: control.signal }).catch(() => null);
  control.abort();
  return answer?.status === 401;
}

// One after the other, so that an older page never comes in over a newer one.
let last = Promise.resolve();
const refresh = (news = {}) => (last = last.then(() => renewed(news)).catch(() => announce(say(document.body, "sayLost"))));

// The open conversation first: what is read there counts no more.
async function renewed(news) {
  const told = { thread: news.thread, reading: [] };
  dispatchEvent(new CustomEvent("hub:news", { detail: told }));
  await Promise.all(told.reading);
  const standing = document.querySelector("[data-standing]");
  const open = document.querySelector("[data-thread]")?.dataset.thread;
  if (standing && (!news.thread || String(news.thread) === open)) await renewStanding(standing);
  const part = document.querySelector("[data-renew]");
  if (part) await renew(part);
  else if (news.unread !== undefined) unread(news.unread);
}

// What a conversation carries, once it is decided.
async function renewStanding(part) {
  const next = (await fetchPage(part.dataset.standing)).querySelector("[data-standing]");
  if (next && !part.contains(document.activeElement)) part.replaceChildren(...next.childNodes);
}

// Rows are replaced where they stand: the reader's place, focus and the row that is open stay.
async function renew(part) {
  const fresh = await fetchPage(part.dataset.renew);
  const next = fresh.querySelector("[data-renew]");
  if (!next) return;
  const back = place(part);
  const before = new Map([...part.querySelectorAll(".row")].map((row) => [row.id, row.querySelector("time")?.dateTime]));
  const open = document.querySelector("[data-thread]")?.dataset.thread;
  for (const row of next.querySelectorAll(".row")) {
    if (row.id === `fil-${open}`) row.setAttribute("aria-current", "true");
    if (before.get(row.id) !== row.querySelector("time")?.dateTime) row.classList.add("arrived");
  }
  part.replaceChildren(...next.childNodes);
  back()?.focus({ preventScroll: true });
  unread(Number(fresh.querySelector("[data-unread]")?.textContent) || 0);
}

// Finds where the reader was in `part`, once it is replaced: the same row, or a link to the same page.
function place(part) {
  const here = part.contains(document.activeElement) ? document.activeElement : null;
  const row = here?.closest(".row")?.id;
  const href = here?.getAttribute("href");
  if (row) return () => document.getElementById(row)?.querySelector("a");
  return () => href && [...part.querySelectorAll("a")].find((link) => link.getAttribute("href") === href);
}
