// What the parts share: parsing pages, saying things.

export const parse = (html) => new DOMParser().parseFromString(html, "text/html");

export async function fetchPage(url) {
  const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "text/html" } });
  if (answer.redirected && new URL(answer.url).pathname === "/connexion") location.reload();
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return parse(await answer.text());
}

// Sentences come from the page, where they are translated: data-say-big="… {name} …".
export const say = (element, key, words = {}) =>
  Object.entries(words).reduce((text, [name, word]) => text.replaceAll(`{${name}}`, word), element.dataset[key] ?? "");

// The live region is emptied first, or the same sentence twice is read once.
export function announce(text) {
  const region = document.getElementById("annonces");
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 50);
}

// As `size` of hub/web/words.py: rounded up, so that a file just over the limit never reads as the limit.
export function size(bytes) {
  if (bytes < 1000 * 1024) return `${Math.ceil(bytes / 1024)}\u00a0Ko`;
  return `${String(Math.ceil((bytes * 10) / 1048576) / 10).replace(".", ",")}\u00a0Mo`;
}

export function unread(count) {
  if (count > (Number(document.querySelector("[data-unread]")?.textContent) || 0)) announce(say(document.body, "sayNews"));
  for (const badge of document.querySelectorAll("[data-unread]")) badge.textContent = count || "";
  document.title = (count ? `(${count}) ` : "") + document.title.replace(/^\(\d+\) /, "");
}
