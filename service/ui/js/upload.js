// A file goes up when it is chosen; the progress bar of its field moves.
const bar = (element) => element.closest("[data-files]")?.querySelector("progress");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.type !== "file") return;
  const progress = bar(event.target);
  if (progress) progress.hidden = false;
});

document.addEventListener("htmx:xhr:progress", (event) => {
  const progress = bar(event.target);
  if (!progress || !event.detail.lengthComputable) return;
  progress.max = event.detail.total;
  progress.value = event.detail.loaded;
});

// Taken or taken away: let the rest of the form know what is still missing.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.matches?.("[data-files]"))
    event.target.dispatchEvent(new CustomEvent("zp:save", { bubbles: true }));
});
