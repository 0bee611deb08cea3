// Autosave. The server keeps the draft and answers with the form as it reads now:
// conditions, computed values and what is still missing. Nothing is decided here.
import htmx from "./htmx.js";

const QUIET_MS = 1200;
const RETRY_MS = 5000;
let typed = 0; // grows with every keystroke
let asked = 0; // what was typed when the request left
let timer = 0;

const draftForm = (node) => node.closest?.("form[data-draft]");

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
  later(form, QUIET_MS);
});

document.addEventListener("change", (event) => {
  const form = draftForm(event.target);
  if (!form || event.target.type === "file") return;
  typed += 1;
  later(form, event.target.matches("[data-drives], [data-drives] *") ? 0 : QUIET_MS);
});

// Requests of a form wait for each other: what counts is when one really leaves.
document.addEventListener("htmx:beforeSend", (event) => {
  if (draftForm(event.detail.elt)) asked = typed;
});

// An answer that is older than the last keystroke must not overwrite it: ask again instead.
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = draftForm(event.detail.elt);
  if (!form || event.detail.requestConfig.triggeringEvent?.type !== "draft" || asked === typed) return;
  event.detail.shouldSwap = false;
  const revision = event.detail.xhr.getResponseHeader("X-Draft-Revision");
  if (revision) document.getElementById("draft-revision").value = revision;
  later(form, QUIET_MS);
});

// A save that did not arrive must not go on reading "saved": say so where the eye is, and try again.
document.addEventListener("htmx:afterRequest", (event) => {
  const form = draftForm(event.detail.elt);
  const saved = form?.querySelector(".zp-saved");
  const status = event.detail.xhr.status;
  if (event.detail.successful && status < 400) document.getElementById("expired")?.remove();
  if (!saved || (status !== 0 && status !== 401 && status < 500)) return;
  saved.dataset.s = "unsaved";
  if (status !== 401) {
    saved.textContent = saved.dataset.retry;
    later(form, RETRY_MS);
    return;
  }
  const why = document.createElement("a");
  why.href = "#notice";
  why.textContent = saved.dataset.why;
  saved.replaceChildren(saved.dataset.failed, " ", why);
});

document.addEventListener("submit", () => clearTimeout(timer));
document.addEventListener("zp:save", (event) => {
  const form = draftForm(event.target);
  if (form) later(form, 0);
});
