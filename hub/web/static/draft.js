// What is being written is kept on the server every few seconds, so that a lapsed session or a dead battery costs
// nothing. Answer of the server: 200 {"brouillon": id}.

const PAUSE = 2500; // ms after the last key

export function draft(form) {
  const told = form.querySelector("[data-saved]");
  let timer = 0;
  let kept = written(form);

  const save = async () => {
    clearTimeout(timer);
    const now = written(form);
    if (now === kept || form.dataset.sent) return;
    const answer = await fetch(form.dataset.draft, request(form)).catch(() => null);
    if (form.dataset.sent) return;
    if (answer?.ok && !answer.redirected) {
      kept = now;
      form.elements.brouillon.value = (await answer.json()).brouillon;
    }
    tell(answer);
  };
  const tell = (answer) => {
    const lapsed = answer && (answer.status === 401 || answer.status === 403 || answer.redirected);
    if (answer?.ok && !answer.redirected) told.textContent = form.dataset.saySaved;
    else if (lapsed) told.textContent = form.dataset.sayUnsaved;
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  document.addEventListener("visibilitychange", () => document.hidden && save());
}

// `keepalive` lets the last save outlive the page that is being left; browsers bound it to 64 KB.
const request = (form) => ({
  method: "POST",
  headers: { Accept: "application/json" },
  body: fields(form),
  keepalive: document.hidden,
});

function fields(form) {
  const data = new FormData(form);
  data.delete("piece");
  return new URLSearchParams(data);
}

const written = (form) => {
  const data = fields(form);
  data.delete("brouillon");
  return String(data);
};
