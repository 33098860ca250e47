// Keys of the desk: j and k walk a list or a row of documents, r answers, n notes, a takes it on, u goes back up to the
// queue, v and x go to where a document or a request is accepted or refused, o opens it, / searches. None of them decides by itself.
// Escape leaves a field, so that the keys work again; Control and Enter sends an answer or a note from within its field.
// Also who else has a conversation open, told every few seconds; and canned answers, put below what is typed already.
// Whoever dictates or shakes must be able to do without (WCAG 2.1.4): the switch below them is remembered.

const OFF = "hub:keys-off";

const EVERY = 15_000; // ms between two signs of a page that is open

export function desk(root) {
  presence(root.querySelector("[data-presence]"));
  canned(root.querySelector("[data-canned]"));
  pick(root.querySelector("[data-all]"));
  // Whoever scrolled in a PDF gets the keys back with the pointer: its viewer tells nobody of any.
  const paper = root.querySelector("[data-paper]");
  if (paper) root.addEventListener("pointerover", (event) => event.target !== paper && paper.blur());
  const keys = root.querySelector("[data-keys]");
  if (!keys || keys.dataset.on) return;
  keys.dataset.on = "1";
  keys.hidden = false;
  const toggle = keys.querySelector("button");
  const show = () => toggle.setAttribute("aria-pressed", String(!localStorage.getItem(OFF)));
  toggle.addEventListener("click", () => {
    if (localStorage.getItem(OFF)) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
    show();
  });
  show();
  addEventListener("keydown", press);
}

function press(event) {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && typing?.matches("#message, #note")) {
    event.preventDefault();
    return typing.form.requestSubmit();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem(OFF)) return;
  if (typing) return void (event.key === "Escape" && !event.isComposing && typing.blur());
  const act = ACTS[event.key];
  if (act?.()) event.preventDefault();
}

const ACTS = {
  j: () => click("[data-after]") || walk(1),
  k: () => click("[data-before]") || walk(-1),
  r: () => focus("#message"),
  n: () => focus("#note"),
  a: () => click("[data-take]"),
  u: () => click("[data-up]"),
  v: () => focus("[data-accept]"),
  x: () => focus("[data-refuse]"),
  o: () => click("[data-open]"),
  "/": () => focus("[data-seek]"),
};

function walk(step) {
  const rows = [...document.querySelectorAll("[data-row] a")];
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step];
  next?.focus();
  return Boolean(next);
}

function focus(selector) {
  const found = document.querySelector(selector);
  found?.focus();
  return Boolean(found);
}

function click(selector) {
  const found = document.querySelector(selector);
  found?.click();
  return Boolean(found);
}

function canned(form) {
  const message = document.querySelector("#message");
  if (!form || !message || form.dataset.on) return;
  form.dataset.on = "1";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = form.querySelector("option:checked")?.dataset.text ?? "";
    message.value = [message.value.trimEnd(), text].filter(Boolean).join("\n\n");
    message.focus();
  });
}

// One box that ticks the others of its form, and follows them.
function pick(all) {
  if (!all || all.dataset.on) return;
  all.dataset.on = "1";
  all.hidden = false;
  const box = all.querySelector("input");
  const boxes = [...all.closest("form").querySelectorAll("[type=checkbox]")].filter((one) => one !== box);
  const follow = () => {
    const ticked = boxes.filter((one) => one.checked).length;
    box.checked = ticked === boxes.length;
    box.indeterminate = ticked > 0 && !box.checked;
  };
  box.addEventListener("change", () => boxes.forEach((one) => (one.checked = box.checked)));
  boxes.forEach((one) => one.addEventListener("change", follow));
  follow();
}

function presence(told) {
  if (!told || told.dataset.on) return;
  told.dataset.on = "1";
  const message = document.querySelector("#message");
  let timer = 0;
  const tell = async () => {
    if (!told.isConnected) return clearInterval(timer);
    if (document.hidden) return;
    const writes = message?.value.trim() && document.activeElement === message ? "1" : "";
    const body = new URLSearchParams({ csrf: told.dataset.csrf, ecrit: writes });
    const answer = await fetch(told.dataset.presence, { method: "POST", body }).catch(() => null);
    if (answer && (!answer.ok || answer.redirected)) return clearInterval(timer); // gone, or logged out
    const words = answer ? (await answer.json()).others.join(" ") : told.textContent;
    if (words !== told.textContent) told.textContent = words;
  };
  timer = setInterval(tell, EVERY);
  message?.addEventListener("input", tell, { once: true });
  tell();
}
