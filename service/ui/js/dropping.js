// Files that are dragged or pasted: into the field under them, or into the only one that the page has.
import { take } from "./upload.js";
import { announce, words } from "./upload_row.js";

const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

function fieldFor(node) {
  const here = node?.closest?.("[data-files]");
  const all = document.querySelectorAll("[data-files]");
  return here ?? (all.length === 1 ? all[0] : null);
}

function mark(field) {
  const before = document.querySelector("[data-over]");
  if (before === field) return;
  before?.removeAttribute("data-over");
  field?.setAttribute("data-over", "");
  if (field) announce(words("dropHere", { label: field.dataset.label }));
}

document.addEventListener("dragover", (event) => {
  if (!holdsFiles(event) || !document.querySelector("[data-files]")) return;
  event.preventDefault(); // else the browser leaves the page to show the file
  const field = fieldFor(event.target);
  event.dataTransfer.dropEffect = field ? "copy" : "none";
  mark(field);
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) mark(null);
});
document.addEventListener("drop", (event) => {
  if (!holdsFiles(event) || !document.querySelector("[data-files]")) return;
  event.preventDefault();
  mark(null);
  const field = fieldFor(event.target);
  if (field) take(field, [...event.dataTransfer.files]);
});

document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  const field =
    files.length && fieldFor(document.querySelector("[data-files]:hover") ?? document.activeElement);
  if (!field) return;
  event.preventDefault();
  take(field, files);
});
