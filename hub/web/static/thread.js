// The open conversation: it grows at both ends without moving what is being read.

import { announce, fetchPage, say } from "./page.js";

const NEAR = 80; // px from the end within which the reader counts as being there

export function thread(root) {
  const talk = root.querySelector("[data-thread]");
  const scroll = talk.querySelector("[data-scroll]");
  addEventListener("hub:news", ({ detail }) => talk.isConnected && concerns(talk, detail) && detail.reading.push(catchUp(talk, scroll)));
  talk.querySelector("[data-fresh]").addEventListener("click", () => toEnd(scroll));
  scroll.addEventListener("scroll", () => atEnd(scroll) && (talk.querySelector("[data-fresh]").hidden = true));
  scroll.addEventListener("click", (event) => older(event, talk));
  root.querySelector(".list .row[aria-current]")?.scrollIntoView({ block: "nearest" });
}

// Adds the entries of `from` that are not there yet; those that are there may have changed (a delivery, a transfer).
export function merge(talk, from) {
  const list = talk.querySelector("[data-entries]");
  const added = [];
  for (const entry of [...from]) {
    const known = entry.id && document.getElementById(entry.id);
    if (known && entry.matches(".event")) known.replaceWith(entry);
    if (known) continue;
    list.append(entry);
    if (entry.matches(".message")) added.push(entry);
  }
  return added;
}

// A style sheet does not stop a script from scrolling smoothly.
const still = matchMedia("(prefers-reduced-motion: reduce)");

export const toEnd = (scroll) => scroll.scrollTo({ top: 0, behavior: still.matches ? "instant" : "smooth" });

// Reversed scroller: 0 is the end, further up is negative.
const atEnd = (scroll) => Math.abs(scroll.scrollTop) < NEAR;

const concerns = (talk, news) => !news.thread || String(news.thread) === talk.dataset.thread;

async function catchUp(talk, scroll) {
  const last = [...talk.querySelectorAll(".message")].at(-1)?.id.slice(2) ?? 0;
  const fresh = await fetchPage(`${talk.dataset.url}?depuis=${last}`);
  const wasAtEnd = atEnd(scroll);
  const change = () => merge(talk, fresh.body.querySelectorAll("li.day, li.event, li.message"));
  const added = wasAtEnd ? change() : held(scroll, change);
  for (const message of added) message.classList.add("arrived");
  const theirs = added.filter((message) => message.matches(".theirs"));
  if (!theirs.length) return;
  announce(say(talk, "sayNew", { author: theirs.at(-1).dataset.author }));
  talk.querySelector("[data-fresh]").hidden = wasAtEnd;
}

// Somebody reading further up keeps the same words under their eyes. Browsers differ in what they do of themselves
// (Safari nothing, Chromium the wrong thing in a reversed scroller), so app.css forbids it and this does it.
function held(scroll, change) {
  const mark = scroll.querySelector(".message");
  const before = mark.getBoundingClientRect().top;
  const result = change();
  scroll.scrollTop += mark.getBoundingClientRect().top - before;
  return result;
}

async function older(event, talk) {
  const link = event.target.closest("[data-older]");
  if (!link) return;
  event.preventDefault();
  const fresh = await fetchPage(link.href).catch(() => (location.href = link.href));
  const more = fresh.querySelector?.("[data-older]");
  const entries = fresh.querySelectorAll?.("[data-entries] > li") ?? [];
  held(talk.querySelector("[data-scroll]"), () => {
    const known = new Set([...entries].map((entry) => entry.id));
    for (const day of talk.querySelectorAll("[data-entries] > .day")) if (known.has(day.id)) day.remove();
    talk.querySelector("[data-entries]").prepend(...entries);
    if (more) link.href = more.href;
    else link.parentElement.remove();
  });
}
