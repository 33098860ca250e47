// New messages, told by the server (text/event-stream): data {"thread": id, "unread": count}, and "resync" when some
// may have been missed. Whatever happened meanwhile is caught up with each time the line is opened again.

import { announce, fetchPage, unread } from "./page.js";

const RETRY = [1000, 2000, 5000, 15000, 30000];

export function live(url) {
  const line = { source: null, opened: false, failures: 0, timer: 0 };
  const told = document.body.appendChild(document.createElement("p"));
  Object.assign(told, { className: "lost", hidden: true, textContent: document.body.dataset.lost });

  const open = () => {
    clearTimeout(line.timer);
    line.source?.close();
    line.source = new EventSource(url);
    line.source.onopen = () => {
      told.hidden = true;
      line.failures = 0;
      if (line.opened) refresh();
      line.opened = true;
    };
    line.source.onmessage = (event) => refresh(JSON.parse(event.data));
    line.source.addEventListener("resync", () => refresh());
    line.source.onerror = retry;
  };
  // A browser gives up for good on an HTTP error (a restart behind a proxy answers 502): so we try again ourselves.
  const retry = () => {
    line.source.close();
    told.hidden = line.failures < 1;
    line.timer = setTimeout(open, RETRY[Math.min(line.failures++, RETRY.length - 1)] * (0.75 + Math.random() / 2));
  };
  // Hidden pages let go of the line: over HTTP/1.1 a browser has six for all its tabs together.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(line.timer);
    if (document.hidden) line.source?.close();
    else open();
  });
  addEventListener("pagehide", () => line.source?.close());
  addEventListener("pageshow", (event) => event.persisted && open());
  if (!document.hidden) open();
}

async function refresh(news = {}) {
  dispatchEvent(new CustomEvent("hub:news", { detail: news }));
  if (news.unread !== undefined) unread(news.unread);
  const list = document.querySelector("[data-list]");
  if (list) await renew(list).catch(() => announce(document.body.dataset.lost));
}

// The rows are replaced where they stand: the reader's place, focus and the row that is open stay.
async function renew(list) {
  const fresh = await fetchPage(list.dataset.list);
  const next = fresh.querySelector("[data-list]");
  if (!next) return;
  const focused = document.activeElement?.closest(".row")?.id;
  const before = new Map([...list.querySelectorAll(".row")].map((row) => [row.id, row.querySelector("time")?.dateTime]));
  const open = document.querySelector("[data-thread]")?.dataset.thread;
  for (const row of next.querySelectorAll(".row")) {
    if (row.id === `fil-${open}`) row.setAttribute("aria-current", "true");
    if (before.get(row.id) !== row.querySelector("time")?.dateTime) row.classList.add("arrived");
  }
  list.replaceChildren(...next.childNodes);
  if (focused) document.getElementById(focused)?.querySelector("a").focus({ preventScroll: true });
  unread(Number(fresh.querySelector("[data-unread]")?.textContent) || 0);
}
