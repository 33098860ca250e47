// Comfort only: every page works without it. Each part is fetched by the pages that have a use for it.

// Resolves once every part of the page listens, or could not be fetched.
export const page = (root = document) => {
  for (const form of root.querySelectorAll("form:not([data-send])")) form.addEventListener("submit", onlyOnce);
  for (const eye of root.querySelectorAll("[data-eye]")) showPassword(eye);
  for (const button of root.querySelectorAll("[data-print]")) printed(button);
  wrong(root);
  return Promise.allSettled([
    root.querySelector("[data-send]") && import("./write.js").then(({ write }) => write(root)),
    root.querySelector("[data-thread]") && import("./thread.js").then(({ thread }) => thread(root)),
    root.querySelector("[data-keys]") && import("./desk.js").then(({ desk }) => desk(root)),
  ]);
};

// What is wrong is gone to: the summary, the sentence about the whole form, or else the field.
function wrong(root) {
  const found = root.querySelector("#erreurs, .notice.bad[role=alert], :is(input, select, textarea)[aria-invalid=true]");
  if (found?.matches(".notice")) found.tabIndex = -1;
  found?.focus();
}

// A second click sends nothing; the server folds doubles anyway. Cleared when the page comes back out of the
// browser's memory (Safari and Firefox keep the disabled button).
function onlyOnce(event) {
  const form = event.currentTarget;
  if (form.dataset.sent) return event.preventDefault();
  if (form.method !== "post") return;
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-disabled", "true");
  if (form.dataset.download !== undefined) setTimeout(again, 3000); // the page stays where it is
}

function showPassword(eye) {
  const field = document.getElementById(eye.dataset.eye);
  eye.hidden = false;
  eye.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    eye.setAttribute("aria-pressed", String(!shown));
  });
}

function printed(button) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

addEventListener("pageshow", again);

function again() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
}

// News that came before a part listens would be lost to it: the line opens last, and asks what it missed.
const line = document.body.dataset.live && import("./live.js");
const ready = page();
if (line) Promise.all([line, ready]).then(([{ live }]) => live(document.body.dataset.live));
