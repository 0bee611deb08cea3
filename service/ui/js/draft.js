// Autosave. The server keeps the draft and answers with the form as it reads now:
// conditions, computed values, what is still missing and what others changed. Nothing is decided here.
import htmx from "./htmx.js";

const QUIET_MS = 1200;
const RETRY_MS = 5000;
let typed = 0; // grows with every keystroke
let asked = 0; // what was typed when the request left
let kept = 0; // what was typed when it was last kept
let timer = 0;
const names = new Set(); // the fields that were typed in since the form was last drawn

const draftForm = (node) => node.closest?.("form[data-draft]");
/** The names of the fields whose last keystrokes have not arrived yet; none when all of it is kept. */
export const unsent = () => (typed > kept ? names : new Set());

function save(form) {
  clearTimeout(timer);
  htmx.trigger(form, "draft");
}

function later(form, delay) {
  clearTimeout(timer);
  timer = setTimeout(() => save(form), delay);
}

document.addEventListener("input", (event) => {
  const form = draftForm(event.target);
  if (!form || event.target.type === "file") return;
  typed += 1;
  names.add(event.target.name);
  later(form, QUIET_MS);
});

document.addEventListener("change", (event) => {
  const form = draftForm(event.target);
  if (!form || event.target.type === "file") return;
  typed += 1;
  names.add(event.target.name);
  later(form, event.target.matches("[data-drives], [data-drives] *") ? 0 : QUIET_MS);
});

// Requests of a form wait for each other: what counts is when one really leaves.
document.addEventListener("htmx:beforeSend", (event) => {
  const form = draftForm(event.detail.elt);
  if (!form) return;
  asked = typed;
  const saved = form.querySelector(".zp-saved");
  if (!saved) return;
  saved.dataset.s = "saving";
  saved.textContent = saved.dataset.saving;
});

// An answer that is older than the last keystroke must not overwrite it: ask again instead.
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = draftForm(event.detail.elt);
  if (!form || event.detail.requestConfig.triggeringEvent?.type !== "draft" || asked === typed) return;
  event.detail.shouldSwap = false;
  later(form, QUIET_MS);
});

// What is typed while the answer to a button is on its way is put back into it, unless a row that went has moved it.
let late = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = draftForm(event.detail.elt);
  const { triggeringEvent, parameters } = event.detail.requestConfig;
  late = null;
  if (!form || triggeringEvent?.type === "draft" || asked === typed) return;
  if (String(parameters?._action ?? parameters?.get?.("_action") ?? "").startsWith("del:")) return;
  late = [...form.elements]
    .filter((one) => names.has(one.name) && one.type !== "file" && one.type !== "hidden")
    .map((one) => ({ id: one.id, value: one.value, checked: one.checked }));
});
document.addEventListener("htmx:afterSwap", () => {
  for (const { id, value, checked } of late ?? []) {
    const field = document.getElementById(id);
    if (!field) continue;
    field.value = value;
    field.checked = checked;
  }
  const form = late?.length ? document.querySelector("form[data-draft]") : null;
  late = null;
  if (form) later(form, QUIET_MS);
});

// A save that did not arrive must not go on reading "saved": say so where the eye is, and try again.
document.addEventListener("htmx:afterRequest", (event) => {
  const form = draftForm(event.detail.elt);
  const saved = form?.querySelector(".zp-saved");
  const status = event.detail.xhr.status;
  if (event.detail.successful && status < 400) {
    kept = asked;
    if (asked === typed) names.clear();
    document.getElementById("expired")?.remove();
  }
  const told = status === 401 || status === 413; // the reason stands in the notice
  if (!saved || (status !== 0 && !told && status < 500)) return;
  saved.dataset.s = "unsaved";
  if (!told) {
    saved.textContent = saved.dataset.retry;
    later(form, RETRY_MS);
    return;
  }
  const why = document.createElement("a");
  why.href = "#notice";
  why.textContent = saved.dataset.why;
  saved.replaceChildren(saved.dataset.failed, " ", why);
});

document.addEventListener("submit", () => {
  clearTimeout(timer);
  kept = typed; // the form itself takes everything along
});
document.addEventListener("zp:save", (event) => {
  const form = draftForm(event.target);
  if (!form) return;
  typed += 1; // an answer that does not know of it yet must not be drawn
  later(form, 0);
});
