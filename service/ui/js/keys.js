// Keys. "/" goes to the search field, Ctrl or Cmd with Enter presses the main button, "?" lists all keys. Single keys
// are never taken while somebody writes, nor when they are switched off (WCAG 2.1.4).
const writing = (node) =>
  node.matches?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
const press = (selector, within = document) => {
  const target = within.querySelector(selector);
  target?.click();
  return Boolean(target);
};
const list = () => document.getElementById("keys");

// What a page has for a key: the first that finds something takes it.
const acts = {
  "/": () => {
    const search = document.querySelector("input[type=search]");
    search?.focus();
    return Boolean(search);
  },
  "?": () => {
    list()?.showModal();
    return Boolean(list());
  },
  j: () => press("[data-after]"),
  k: () => press("[data-before]"),
  c: () => press(".zp-head [data-claim]"),
};

const verdict = (key) => {
  const choices = document.querySelectorAll("#f-outcome input[type=radio]");
  const chosen = /^[1-9]$/.test(key) && choices[Number(key) - 1];
  if (!chosen) return false;
  chosen.focus();
  chosen.click();
  return true;
};

export const isFree = (event) =>
  !event.defaultPrevented &&
  !event.ctrlKey &&
  !event.metaKey &&
  !event.altKey &&
  !writing(event.target) &&
  !document.querySelector("dialog[open]") &&
  document.body.dataset.keys !== "off";

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.form ?? event.target.closest?.("form"); // a file that was just taken is a link
    const button = form?.querySelector("[data-main]");
    if (!button) return;
    event.preventDefault();
    button.click();
    return;
  }
  if (!isFree(event)) return;
  const key = event.key.toLowerCase();
  if (acts[key]?.() || verdict(key)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) list()?.showModal();
  if (event.target === list()) list().close();
});
