// On a narrow screen the stepper scrolls sideways: the page one is on comes into view.
for (const now of document.querySelectorAll(".zp-steps > [aria-current]")) {
  const list = now.parentElement;
  list.scrollLeft = now.offsetLeft - list.offsetLeft - (list.clientWidth - now.offsetWidth) / 2;
}
