// What is being written is kept on the server every few seconds, so that a lapsed session or a dead battery costs
// nothing. Answer of the server: {"brouillon": id}, and
// 401 with it when it kept the words of a session that has lapsed.
// From the first key on the page goes by the address of its draft: reloaded, come back to, or thrown out of memory by a
// phone, it is the same form with what was written, and once it was sent it leads to its confirmation.

const PAUSE = 2500; // ms after the last key
const RETRY = 15000; // ms after a try that the line, or the server, let down
const LEAVING = 60000; // characters that browsers still send while the page is left: they bound it to 64 KB

export function draft(form) {
  const told = form.querySelector("[data-saved]");
  let timer = 0;
  let kept = begun(form) ? "" : written(form);

  const save = async () => {
    clearTimeout(timer);
    const now = written(form);
    if (now === kept || form.dataset.sent) return;
    const answer = await fetch(form.dataset.draft, request(form)).catch(() => null);
    const { brouillon } = (await answer?.json().catch(() => null)) ?? {};
    if (form.dataset.sent) return;
    if (brouillon) {
      kept = now;
      form.elements.brouillon.value = brouillon;
    }
    const words = outcome(form, answer, brouillon);
    if (words === form.dataset.sayWaits) timer = setTimeout(save, RETRY);
    if (words && told.textContent !== words) told.textContent = words;
  };

  const settle = () => form.dataset.keptAt && history.replaceState(history.state, "", form.dataset.keptAt);
  if (form.elements.brouillon.value) settle();
  form.addEventListener("input", settle, { once: true });
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("hub:sent", () => {
    clearTimeout(timer);
    kept = written(form);
  });
  if (!kept) form.dispatchEvent(new Event("input"));
  document.addEventListener("visibilitychange", () => document.hidden && save());
  addEventListener("online", () => form.isConnected && save());
}

// What to say of it, or nothing.
function outcome(form, answer, saved) {
  const loggedOut = answer?.status === 401 || answer?.status === 403;
  if (saved) return loggedOut ? form.dataset.sayLapsed : form.dataset.saySaved;
  if (loggedOut) return form.dataset.sayUnsaved;
  if (!answer || answer.status >= 500) return form.dataset.sayWaits;
}

// `keepalive` lets the last save outlive the page that is being left.
function request(form) {
  const body = fields(form);
  return {
    method: "POST",
    headers: { Accept: "application/json" },
    body,
    keepalive: document.hidden && String(body).length < LEAVING,
  };
}

function fields(form) {
  const data = new FormData(form);
  data.delete("piece");
  return new URLSearchParams(data);
}

// On a slow line one writes before this script comes.
const begun = (form) => [...form.elements].some(({ value, defaultValue = value }) => value !== defaultValue);

const written = (form) => {
  const data = fields(form);
  data.delete("brouillon");
  return String(data);
};
