// Files go up one by one, beside each other but not more than two: each can be cancelled, and tried again with the
// same key, so that it is never there twice. The form keeps only their ids.
import { address, announce, busy, drawRow, inWords, progress, refuse, removed, words } from "./upload_row.js";

const AT_ONCE = 2;
const MIB = 1024 * 1024;
const uploads = new WeakMap(); // row → what is going up, or was taken off
const fresh = new Map(); // lines that no answer of the server has shown yet
let waiting = [];
let running = 0;

const fieldOf = (node) => node.closest("[data-files]");
const lines = (field) => field.querySelector("[data-lines]");
const token = (field) => field.closest("form").elements.csrf_token.value;

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function room(field) {
  const under = field.querySelectorAll("[data-now] > [data-s=busy]").length;
  return Number(field.dataset.most) - lines(field).children.length - under;
}

function changed(field) {
  const place = field.querySelector("[data-room]");
  const full = lines(field).children.length >= Number(field.dataset.most);
  if (place && full && place.contains(document.activeElement))
    lines(field).querySelector("li:last-child a").focus();
  if (place) place.hidden = full;
  field.dispatchEvent(new CustomEvent("zp:save", { bubbles: true }));
}

export function take(field, files) {
  for (const file of files) {
    const free = room(field);
    const row = drawRow(file.name, field.querySelector("[data-now]"));
    const upload = { file, row, key: newKey(), id: field.id };
    uploads.set(row, upload);
    const limit = field.dataset.megabytes;
    if (file.size > Number(limit) * MIB)
      refuse(row, { text: words("tooLarge", { size: inWords(file.size), limit }) });
    else if (free < 1)
      refuse(row, {
        text: words("full", { label: field.dataset.label, n: field.dataset.most }),
        again: true,
      });
    else queue(upload);
  }
}

function queue(upload) {
  busy(upload.row);
  waiting.push(upload);
  next();
}

function next() {
  while (running < AT_ONCE && waiting.length) send(waiting.shift());
}

function post(where, field, values) {
  const body = new FormData();
  const all = { csrf_token: token(field), field: field.dataset.field, _one: "1", ...values };
  for (const [name, value] of Object.entries(all)) body.append(name, value);
  const request = new XMLHttpRequest();
  request.open("POST", address(where));
  request.setRequestHeader("HX-Request", "true");
  return [request, () => request.send(body)];
}

function send(upload) {
  const field = document.getElementById(upload.id);
  if (!field) return; // its row went meanwhile
  const [request, go] = post("attach", field, { [`_file:${field.dataset.field}`]: upload.file });
  const begun = Date.now();
  request.setRequestHeader("Idempotency-Key", upload.key);
  request.upload.onprogress = (event) =>
    progress(upload.row, event.loaded, event.total, (Date.now() - begun) / 1000);
  request.onload = () => arrived(upload, request);
  request.onerror = () => refuse(upload.row, { text: words("lost"), again: true });
  request.onloadend = () => {
    running -= 1;
    upload.request = null;
    next();
  };
  upload.request = request;
  running += 1;
  go();
}

function arrived(upload, request) {
  const field = document.getElementById(upload.id);
  if (request.status === 200 && field) {
    upload.row.remove();
    addLine(field, request.responseText);
    announce("");
  } else if ([422, 409, 503].includes(request.status))
    refuse(upload.row, { html: request.responseText, again: request.status !== 422 });
  else if (request.status === 413)
    refuse(upload.row, {
      text: words("tooLarge", { size: inWords(upload.file.size), limit: field?.dataset.megabytes }),
    });
  else
    refuse(upload.row, {
      text: words([400, 401].includes(request.status) ? "signedOut" : "lost"),
      again: true,
    });
}

function addLine(field, html) {
  lines(field).insertAdjacentHTML("beforeend", html);
  fresh.set(lines(field).lastElementChild.id, { id: field.id, html });
  changed(field);
}

function takeOff(button) {
  const [field, line] = [fieldOf(button), button.closest("li")];
  const name = line.querySelector(".zp-file__name").textContent;
  const [request, go] = post("detach", field, { attachment: button.value });
  request.onload = () => {
    if (request.status !== 204) return announce(words("lost"));
    fresh.delete(line.id);
    line.remove();
    const row = drawRow(name, field.querySelector("[data-now]"));
    uploads.set(row, { gone: button.value, row, id: field.id });
    removed(row, name);
    changed(field);
  };
  request.onerror = () => announce(words("lost"));
  go();
}

function putBack(upload) {
  const field = document.getElementById(upload.id);
  const [request, go] = post("restore", field, { attachment: upload.gone });
  request.onload = () => {
    if (request.status === 200) {
      upload.row.remove();
      addLine(field, request.responseText);
      lines(field).querySelector("li:last-child a").focus();
    } else if (request.status === 409 || request.status === 422)
      refuse(upload.row, { text: words("full", { label: field.dataset.label, n: field.dataset.most }) });
    else refuse(upload.row, { text: words("lost") });
  };
  request.onerror = () => announce(words("lost"));
  go();
}

const ACTS = {
  retry: (upload) => queue(upload),
  undo: putBack,
  cancel: (upload) => {
    waiting = waiting.filter((one) => one !== upload);
    upload.request?.abort();
    upload.row.remove();
  },
  close: (upload) => upload.row.remove(),
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-upload]");
  if (!button) return;
  event.preventDefault();
  if (button.dataset.upload === "remove") return takeOff(button);
  const upload = uploads.get(button.closest("li"));
  const field = fieldOf(button);
  ACTS[button.dataset.upload](upload);
  if (!button.isConnected) field.querySelector("input[type=file], a")?.focus();
});

document.addEventListener("change", (event) => {
  const field = event.target.type === "file" && fieldOf(event.target);
  if (!field) return;
  take(field, [...event.target.files]);
  event.target.value = "";
});

// An answer that was on its way before a file arrived draws the field without it: put its line back.
document.addEventListener("htmx:afterSettle", () => {
  for (const [id, line] of fresh) {
    fresh.delete(id);
    const field = document.getElementById(line.id);
    if (!document.getElementById(id) && field) addLine(field, line.html);
  }
});
