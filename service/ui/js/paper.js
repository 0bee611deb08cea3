// On a wide screen a file opens beside the form it belongs to; elsewhere its link opens a new tab.
const wide = matchMedia("(min-width: 80em)");

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-paper]");
  const paper = document.getElementById("paper");
  if (!link || !paper || !wide.matches || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  paper.hidden = false;
  paper.closest(".zp-desk").classList.add("zp-desk--paper");
  paper.querySelector("[data-paper-name]").textContent = link.textContent;
  const frame = paper.querySelector(link.dataset.paper === "image" ? "img" : "iframe");
  for (const other of paper.querySelectorAll("img, iframe")) other.hidden = other !== frame;
  frame.src = link.href;
});
