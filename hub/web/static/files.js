// The plain inputs become one place: drop, choose, photograph, paste. What does not fit is said at once, and a photo
// that is too big is made lighter. Files already kept with the draft stay in the same list. Where one file is wanted,
// another takes its place.

import { announce, say, size } from "./page.js";
import { isPhoto, lighter } from "./photo.js";

export function files(form) {
  const box = form.querySelector("[data-files]");
  const single = box.dataset.single !== undefined;
  const state = { form, box, single, list: box.querySelector("[data-chosen]"), files: new Map(), busy: 0 };
  const slots = box.querySelector("[data-slots]");
  slots.classList.add("merged");
  for (const input of slots.querySelectorAll("input")) {
    input.multiple = !single;
    input.tabIndex = -1;
    input.addEventListener("change", () => take(state, input));
    input.addEventListener("focus", () => box.querySelector("[data-choose]").focus()); // from the summary of errors
    take(state, input); // chosen before this script came
  }
  buttons(state, slots.querySelector("input"));
  dropping(state);
  state.list.addEventListener("click", (event) => remove(state, event));
  return state;
}

// The files of `state` as they will be sent, in place of what stands in the inputs.
export function withFiles(state) {
  const data = new FormData(state.form);
  data.delete("piece");
  for (const file of state.files.values()) data.append("piece", file, file.name);
  return data;
}

export function emptied(state) {
  state.files.clear();
  state.list.replaceChildren();
}

function buttons(state, input) {
  const { box } = state;
  const drop = box.querySelector("[data-drop]");
  drop.hidden = box.dataset.compact !== undefined;
  for (const button of box.querySelectorAll("[data-choose], [data-attach] > summary")) {
    button.addEventListener("click", (event) => {
      event.preventDefault(); // the details element of the answer box stays closed
      input?.click();
    });
  }
  box.querySelector("[data-camera]").addEventListener("click", () => {
    const camera = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
    camera.setAttribute("capture", "environment");
    camera.addEventListener("change", () => take(state, camera));
    camera.click();
  });
}

function dropping(state) {
  const { form, box } = state;
  const drop = box.querySelector("[data-drop]");
  const aim = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    drop.classList.add("over");
  };
  form.addEventListener("dragenter", aim);
  form.addEventListener("dragover", aim);
  form.addEventListener("dragleave", (event) => form.contains(event.relatedTarget) || drop.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    drop.classList.remove("over");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    takeAll(state, event.dataTransfer.files);
  });
  form.addEventListener("paste", (event) => takeAll(state, event.clipboardData?.files ?? []));
}

function take(state, input) {
  const picked = [...input.files];
  input.value = "";
  takeAll(state, picked);
}

async function takeAll(state, picked) {
  state.busy++;
  for (const file of picked) await add(state, file);
  state.busy--;
  if (!state.busy) state.form.dispatchEvent(new Event("hub:files"));
}

async function add(state, original) {
  const { box } = state;
  const limit = Number(box.dataset.bytes);
  const words = { name: original.name, limit: size(limit), files: box.dataset.files };
  if (!state.single && state.list.querySelectorAll(".chip:not(.refused)").length >= Number(box.dataset.files)) return refuse(state, original, say(box, "sayMany", words));
  if (!original.size) return refuse(state, original, say(box, "sayEmpty", words));
  const file = original.size > limit ? await lightened(state, original, limit) : original;
  if (file.size > limit) return refuse(state, original, say(box, "sayBig", { ...words, size: size(file.size) }));
  if (state.single) clear(state);
  const told = file === original ? size(file.size) : say(box, "sayLighter", { size: size(file.size), before: size(original.size) });
  const row = show(state, file, told);
  state.files.set(row, file);
  announce(say(box, "sayAdded", words));
}

// Takes seconds on a small phone: its place in the list is seen at once.
async function lightened(state, original, limit) {
  if (!isPhoto(original)) return original;
  const told = say(state.box, "sayLightening");
  const row = show(state, original, told, false);
  row.querySelector("button").remove();
  announce(told);
  const file = await lighter(original, limit);
  row.remove();
  return file;
}

// Makes room for the one file that is wanted. A kept one is only hidden: it counts again when the other is taken away.
function clear(state) {
  for (const row of state.list.querySelectorAll(".chip:not([data-kept])")) row.remove();
  for (const row of state.list.querySelectorAll("[data-kept]")) row.hidden = true;
  state.files.clear();
}

function refuse(state, file, sentence) {
  const row = show(state, file, sentence);
  for (const old of state.list.querySelectorAll(".refused")) if (old.querySelector("b").textContent === file.name) old.remove();
  row.classList.add("refused");
  announce(sentence);
}

function show(state, file, told, pictured = true) {
  const row = state.box.querySelector("[data-chip]").content.firstElementChild.cloneNode(true);
  row.querySelector("b").textContent = file.name;
  row.querySelector("small").textContent = told;
  row.querySelector("button").setAttribute("aria-label", say(state.box, "sayRemove", { name: file.name }));
  if (pictured) preview(row.querySelector(".chip-face"), file).catch(() => null); // without, its icon stays
  return state.list.appendChild(row);
}

async function preview(face, file) {
  if (!file.type.startsWith("image/")) return;
  const image = await createImageBitmap(file, { resizeWidth: 80 }).catch(() => null);
  if (!image) return;
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  canvas.getContext("2d").drawImage(image, 0, 0);
  image.close();
  face.replaceChildren(canvas);
}

async function remove(state, event) {
  const button = event.target.closest("[data-remove]");
  if (!button) return;
  const row = button.closest(".chip");
  event.preventDefault();
  if (row.dataset.kept !== undefined && !(await forget(state.form, button))) return button.form.requestSubmit(button);
  const next = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("button") ?? state.box.querySelector("[data-attach] > summary, [data-choose]");
  if (state.files.has(row)) for (const kept of state.list.querySelectorAll("[data-kept]")) kept.hidden = false;
  announce(say(state.box, "sayRemoved", { name: row.querySelector("b").textContent }));
  state.files.delete(row);
  row.remove();
  next.focus();
}

const forget = (form, button) =>
  fetch(button.formAction, { method: "POST", body: new URLSearchParams({ csrf: form.elements.csrf.value }) }).then(
    (answer) => answer.ok,
    () => false,
  );
