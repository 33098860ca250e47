// Sending with progress: the same form post, through XMLHttpRequest because fetch tells nothing of an upload.
// The server answers as to any browser: a redirect when all is well, the form again when something is not.

import { page } from "./app.js";
import { emptied, withFiles } from "./files.js";
import { announce, parse, say } from "./page.js";
import { merge, toEnd } from "./thread.js";

export function send(form, chosen) {
  let pressed; // Safari before 15.4 has no `submitter`
  form.addEventListener("click", ({ target }) => (pressed = target.closest("button")));
  form.addEventListener("submit", (event) => {
    const button = event.submitter ?? pressed;
    if (button?.hasAttribute("data-remove")) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    if (chosen.busy) wait(form, chosen, button);
    else post(form, chosen, button);
  });
}

// A photo is still being made lighter: the press counts, and goes off by itself unless the photo turns out not to fit.
function wait(form, chosen, button) {
  const refused = () => chosen.list.querySelectorAll(".refused").length;
  const before = refused();
  const box = form.querySelector("[data-sending]");
  lock(form, button, true);
  box.hidden = false;
  box.querySelector("progress").hidden = true;
  box.querySelector("p").textContent = say(box, "sayPreparing");
  announce(say(box, "sayPreparing"));
  const ready = () => {
    lock(form, button, false);
    cleared(form);
    if (refused() === before) post(form, chosen, button);
  };
  form.addEventListener("hub:files", ready, { once: true });
}

function post(form, chosen, button) {
  const going = progress(form);
  const call = new XMLHttpRequest();
  const action = button?.hasAttribute("formaction") ? button.formAction : form.action;
  const data = withFiles(chosen);
  lock(form, button, true);
  cleared(form);
  call.upload.onprogress = (event) => chosen.files.size && going(event.loaded / event.total);
  call.onload = () => arrived(call, form, chosen, button);
  call.onerror = call.onabort = call.ontimeout = () => failed(form, button);
  call.open("POST", action);
  call.setRequestHeader("Accept", "text/html");
  call.send(data);
}

function lock(form, button, on) {
  if (on) form.dataset.sent = "1";
  else delete form.dataset.sent;
  if (on) button?.setAttribute("aria-disabled", "true");
  else button?.removeAttribute("aria-disabled");
}

// What was sent is no page to come back to: the next one takes its place in the history.
function arrived(call, form, chosen, button) {
  const fresh = parse(call.responseText);
  const talk = form.closest("[data-thread]");
  if (call.status < 400 && talk && fresh.querySelector(`[data-thread="${talk.dataset.thread}"]`)) return answered(form, chosen, talk, fresh);
  if (call.status < 400) return location.replace(call.responseURL);
  lock(form, button, false);
  if (fresh.querySelector("[data-send]")) return again(fresh);
  failed(form, button, fresh.querySelector("main p")?.textContent);
}

// The answer joins the conversation where it stands, and the box is ready for the next one.
function answered(form, chosen, talk, fresh) {
  const blank = fresh.querySelector("[data-send]");
  merge(talk, fresh.querySelectorAll("[data-entries] > li"));
  for (const name of ["envoi", "brouillon"]) form.elements[name].value = blank.elements[name].value;
  form.elements.message.value = "";
  emptied(chosen);
  for (const told of form.querySelectorAll("[data-saved], .error")) told.textContent = "";
  announce(fresh.querySelector(".talk > .notice p")?.textContent ?? "");
  cleared(form);
  lock(form, form.querySelector("[type=submit]"), false);
  form.elements.message.dispatchEvent(new Event("input")); // it shrinks; nothing new is written
  form.dispatchEvent(new Event("hub:sent"));
  toEnd(talk.querySelector("[data-scroll]"));
  form.elements.message.focus();
}

// The form comes back with what was typed, the files that were good, and what to correct.
function again(fresh) {
  document.querySelector("main").replaceWith(fresh.querySelector("main"));
  document.title = fresh.title;
  scrollTo(0, 0);
  const main = document.querySelector("main");
  page(main);
  if (!main.querySelector("#erreurs")) corrected(main);
}

// The answer box has no summary: what is wrong is said, and one goes on where one wrote.
function corrected(main) {
  main.querySelector("[data-send] textarea")?.focus();
  announce([...main.querySelectorAll(".error")].map((told) => told.textContent.trim()).join(" "));
}

const cleared = (form) => {
  const box = form.querySelector("[data-sending]");
  box.hidden = true;
  box.classList.remove("failed");
};

// Nothing usable came back (a lost line, a server restarting): what was typed stays where it is.
function failed(form, button, sentence) {
  lock(form, button, false);
  const box = form.querySelector("[data-sending]");
  box.hidden = false;
  box.classList.add("failed");
  box.querySelector("progress").hidden = true;
  box.querySelector("p").textContent = sentence?.trim() || say(box, "sayFailed");
  announce(box.querySelector("p").textContent); // a place that was hidden a moment ago is not always listened to
}

// Called with the part sent, 0 to 1. The sentence changes by steps, so that a screen reader is not flooded.
function progress(form) {
  const box = form.querySelector("[data-sending]");
  const bar = box.querySelector("progress");
  return (part) => {
    const percent = Math.floor(part * 100);
    if (box.hidden && percent < 100) box.hidden = bar.hidden = false;
    bar.value = percent;
    const key = percent < 100 ? "sayGoing" : "sayWaiting";
    box.querySelector("p").textContent = say(box, key, { percent: percent - (percent % 10) });
  };
}
