// The forms in which one writes: themes of the chosen service, files, draft, sending.

import { draft } from "./draft.js";
import { files } from "./files.js";
import { send } from "./send.js";

export function write(root) {
  const form = root.querySelector("[data-send]");
  narrowThemes(form);
  if (form.elements.message) growing(form.elements.message);
  const chosen = files(form);
  if (form.dataset.draft) draft(form);
  send(form, chosen);
}

// Only the themes of the chosen service are offered; a theme chosen first brings its service.
function narrowThemes(form) {
  const select = form.querySelector("[data-themes]");
  if (!select) return;
  const groups = [...select.querySelectorAll("optgroup")];
  const narrow = (service) => {
    select.append(...groups);
    for (const group of groups) if (service && group.dataset.service !== service) group.remove();
    if (select.selectedOptions[0]?.parentElement.dataset.service !== service) select.value = "";
  };
  form.addEventListener("change", ({ target }) => {
    if (target.name === "service") narrow(target.value);
    if (target === select && select.value) form.elements.service.value = select.selectedOptions[0].parentElement.dataset.service;
  });
  const chosen = form.elements.service.value;
  if (chosen) narrow(chosen);
}

// Firefox and older Safari do not know `field-sizing`.
function growing(area) {
  if (CSS.supports("field-sizing", "content")) return;
  const grow = () => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  };
  area.addEventListener("input", grow);
  grow();
}
