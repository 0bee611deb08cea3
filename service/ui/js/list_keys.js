// Working through a list: J and K move, Enter opens, X ticks, C claims. On a wide screen the row shows its gist beside.
import htmx from "./htmx.js";
import { isFree } from "./keys.js";

const wide = matchMedia("(min-width: 85em)");
const rows = () => [...document.querySelectorAll("[data-row]")];
const current = () => document.querySelector("[data-row][aria-current]");
let waiting;

const show = (row) => {
  const peek = document.getElementById("peek");
  if (!peek || !wide.matches) return;
  clearTimeout(waiting);
  // Whoever runs down the list looks at nothing on the way: each look is noted.
  waiting = setTimeout(() => htmx.ajax("GET", row.dataset.peek, { target: peek, swap: "innerHTML" }), 250);
};

const select = (row) => {
  if (!row || row === current()) return;
  current()?.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  show(row);
};

const step = (by) => {
  const all = rows();
  if (!all.length) return false;
  const at = all.indexOf(current());
  const row = all[Math.min(all.length - 1, Math.max(0, at + by))] ?? all[0];
  select(row);
  row.querySelector(".zp-row__title").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  return true;
};

const acts = {
  j: () => step(1),
  k: () => step(-1),
  x: () => tick(),
  c: () => press("[data-claim]"),
};

const press = (selector) => {
  const target = current()?.querySelector(selector);
  target?.click();
  return Boolean(target);
};
const tick = () => press("input[type=checkbox]");

document.addEventListener("keydown", (event) => {
  if (!isFree(event)) return;
  if (rows().length && acts[event.key.toLowerCase()]?.()) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-peek-row]")?.closest("[data-row]");
  if (row) select(row);
});

// Filters act as soon as they are chosen; without script there is a button.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-filters] select")) event.target.form.requestSubmit();
});

// How many are ticked for a verdict given to many.
const ticks = () => document.querySelectorAll("input[name=task][form=batch]:checked").length;
document.addEventListener("change", (event) => {
  const said = document.querySelector("[data-ticked]");
  if (!said || !event.target.matches("input[name=task]")) return;
  const n = ticks();
  said.textContent = n ? said.dataset.some.replace("{n}", n) : said.dataset.none;
});
