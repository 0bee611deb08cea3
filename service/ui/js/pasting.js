// A table that was copied out of a spreadsheet and pasted into a cell of repeated rows fills rows and columns from that
// cell on. New rows are only posted: the server draws them, with the answer to the next save.
import { cellsOf, held, put, valuesOf } from "./pasted_cells.js";

const bar = () => document.getElementById("pasted");
let last = null; // what the last paste changed, until somebody types

/** The columns of a row in the order of the page: controls by the name of their field. */
function columnsOf(row, prefix) {
  const columns = new Map();
  for (const one of row.querySelectorAll("input, select, textarea")) {
    const key = one.name.startsWith(prefix) ? one.name.slice(prefix.length) : "";
    if (!key || /[.[]/.test(key) || one.type === "hidden" || one.type === "file") continue;
    columns.set(key, [...(columns.get(key) ?? []), one]);
  }
  return columns;
}

function placeOf(target) {
  const row = target.closest?.("form[data-draft] .zp-rows > li");
  const mark = row?.querySelector("input[name^='_row:']");
  if (!mark) return null;
  const list = row.parentElement.closest("fieldset");
  return { row, list, path: mark.name.slice("_row:".length), at: Number(mark.value), key: target.name };
}

const labelOf = ([control]) =>
  (control.closest("fieldset:not(:has(.zp-rows))")?.querySelector("legend") ?? control.labels?.[0])
    ?.textContent;
const plain = (text) => (text ?? "").replace("*", "").trim();

/** Without a first line of headings, where all of it are names of columns. */
function withoutHeadings(table, columns) {
  const names = new Set([...columns.values()].map((controls) => plain(labelOf(controls))));
  const said = table[0].map(plain).filter(Boolean);
  return table.length > 1 && said.length > 1 && said.every((one) => names.has(one)) ? table.slice(1) : table;
}

function hidden(name, value) {
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = name;
  input.value = value;
  return input;
}

/** Post a row that is not there yet; the server draws it, and puts its defaults where no cell was pasted. */
function addRow(form, path, at, cells) {
  const row = document.createElement("div");
  row.hidden = true;
  row.dataset.pastedRow = path;
  row.append(hidden(`_row:${path}`, at), hidden(`_new:${path}`, at));
  for (const [key, controls, values] of cells) {
    const name = `${path}[${at}].${key}`;
    if (controls[0].type === "checkbox") row.append(hidden(`_has:${name}`, "1"));
    row.append(...values.map((value) => hidden(name, value)));
  }
  form.append(row);
}

function fill(place, table) {
  const { list, path, at } = place;
  const rows = [...list.querySelectorAll(`:scope > .zp-rows > li`)];
  const model = columnsOf(place.row, `${path}[${at}].`);
  const keys = [...model.keys()];
  const from = keys.indexOf(place.key.slice(`${path}[${at}].`.length));
  const most = Number(place.row.parentElement.dataset.most) || rows.length;
  const done = { list: list.id, path, count: rows.length, old: [], cells: 0, rows: 0, unfit: 0, beyond: 0 };
  for (const [down, line] of withoutHeadings(table, model).entries()) {
    const n = at + down;
    if (n >= most) {
      done.beyond += 1;
      continue;
    }
    const columns = rows[n] ? columnsOf(rows[n], `${path}[${n}].`) : model;
    const cells = [];
    const unfit = []; // what was meant is no default
    for (const [right, text] of line.entries()) {
      const key = keys[from + right];
      const controls = columns.get(key);
      if (!text.trim()) continue;
      const values = controls && valuesOf(controls, text);
      if (values) cells.push([key, controls, values]);
      else done.unfit += 1;
      if (!values && controls) unfit.push([key, controls, [""]]);
    }
    done.cells += cells.length;
    if (!rows[n]) {
      addRow(list.form, path, n, [...cells, ...unfit]);
      done.rows += 1;
      continue;
    }
    for (const [key, controls, values] of cells) {
      done.old.push([`${path}[${n}].${key}`, held(controls)]);
      put(controls, values);
    }
  }
  return done;
}

function tell(text, undoable) {
  const place = bar();
  if (!place) return;
  place.querySelector("[data-said]").textContent = text;
  place.querySelector("[data-paste-undo]").hidden = !undoable;
  place.hidden = false;
  document.getElementById("paste-said").textContent = text;
}

function say(done) {
  const { some, rows, unfit, beyond, keys } = bar().dataset;
  const parts = [
    some.replace("{n}", done.cells),
    done.rows && rows.replace("{n}", done.rows),
    done.unfit && unfit.replace("{n}", done.unfit),
    done.beyond && beyond.replace("{n}", done.beyond),
    done.cells && keys,
  ];
  tell(parts.filter(Boolean).join(""), done.cells > 0);
}

function save(list) {
  list.form.elements._shape.value = ""; // the answer draws the form anew, whatever stands there now
  list.dispatchEvent(new CustomEvent("zp:save", { bubbles: true }));
}

function undo() {
  const list = last && document.getElementById(last.list);
  if (!list) return;
  for (const [name, values] of last.old) {
    const controls = [...list.form.elements].filter((one) => one.name === name && one.type !== "hidden");
    if (controls.length) put(controls, values);
  }
  for (let n = last.count; n < last.count + last.rows; n += 1)
    document.getElementById(`${last.list}-${n}`)?.remove();
  for (const row of list.form.querySelectorAll("[data-pasted-row]")) row.remove();
  last = null;
  save(list);
  tell(bar().dataset.undone, false);
}

document.addEventListener("paste", (event) => {
  const place = bar() && placeOf(event.target);
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const isTable =
    text.includes("\t") || (text.trimEnd().includes("\n") && event.target.localName !== "textarea");
  if (!place || !isTable) return;
  event.preventDefault();
  last = null;
  const done = fill(place, cellsOf(text));
  last = done;
  say(done);
  if (done.cells) save(place.list);
});

document.addEventListener("input", (event) => {
  if (event.isTrusted) last = null;
});

document.addEventListener("keydown", (event) => {
  if (!last?.cells || event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey)
    return;
  event.preventDefault();
  undo();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-paste-undo]")) undo();
  if (event.target.closest("[data-paste-close]")) bar().hidden = true;
});
