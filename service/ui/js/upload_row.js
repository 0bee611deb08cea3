// What one file looks like while it is on its way: a row of its own, with its words from the page.
const template = () => document.getElementById("upload-row");
const MIB = 1024 * 1024;

export const address = (what) => template().dataset[what];

export const words = (name, given = {}) =>
  template().dataset[name].replace(/\{(\w+)\}/g, (_, key) => given[key] ?? "");

export const inWords = (octets) =>
  octets < MIB ? `${Math.max(1, Math.round(octets / 1024))} KB` : `${(octets / MIB).toFixed(1)} MB`;

let count = 0;

export function drawRow(name, list) {
  const row = template().content.firstElementChild.cloneNode(true);
  count += 1;
  row.id = `upload-${count}`;
  row.querySelector(".zp-file__name").textContent = name;
  for (const button of row.querySelectorAll("[data-upload]")) {
    const key = `name${button.dataset.upload[0].toUpperCase()}${button.dataset.upload.slice(1)}`;
    button.setAttribute("aria-label", words(key, { name }));
  }
  list.append(row);
  say(row, words("waiting"));
  return row;
}

export function say(row, text) {
  row.querySelector("[data-said]").textContent = text;
}

function show(row, state, names) {
  row.dataset.s = state;
  const sign = row.querySelector("use");
  const kind = { bad: "alert", gone: "trash" }[state] ?? "upload";
  sign.setAttribute("href", sign.getAttribute("href").replace(/#.*/, `#${kind}`));
  row.querySelector("progress").hidden = state !== "busy";
  for (const button of row.querySelectorAll("[data-upload]"))
    button.hidden = !names.includes(button.dataset.upload);
}

export function busy(row) {
  show(row, "busy", ["cancel"]);
  row.querySelector("progress").value = 0;
  row.querySelector(".zp-file__why").hidden = true;
}

// `html` is a fragment that our server wrote, `text` a sentence of the page.
export function refuse(row, { html, text, again }) {
  show(row, "bad", again ? ["retry", "close"] : ["close"]);
  say(row, words("notTaken"));
  const why = row.querySelector(".zp-file__why");
  if (html) why.innerHTML = html;
  else why.textContent = text;
  why.hidden = false;
  announce(
    `${row.querySelector(".zp-file__name").textContent}: ${words("notTaken")}. ${why.textContent.trim()}`,
  );
}

export function removed(row, name) {
  show(row, "gone", ["undo", "close"]);
  row.querySelector(".zp-file__name").textContent = words("removed", { name });
  say(row, "");
  row.querySelector("[data-upload=undo]").focus();
}

export function progress(row, loaded, total, seconds) {
  const bar = row.querySelector("progress");
  bar.max = total;
  bar.value = loaded;
  const left = Math.ceil(((total - loaded) * seconds) / Math.max(loaded, 1));
  const place = { done: inWords(loaded), total: inWords(total) };
  if (loaded >= total) say(row, words("checking"));
  else if (left > 90) say(row, words("minutes", { ...place, n: Math.round(left / 60) }));
  else say(row, words("seconds", { ...place, n: left }));
}

export function announce(text) {
  document.getElementById("upload-said").textContent = text;
}
