// A button that sends its form shows that it works, and a form that is on its way is not sent twice.
const AGAIN_MS = 15000;

function rest(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[data-busy]")) {
    delete button.dataset.busy;
    button.removeAttribute("aria-disabled");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.target || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-disabled", "true");
  if (event.submitter) event.submitter.dataset.busy = "";
  setTimeout(() => rest(form), AGAIN_MS);
});

// The back button may bring the page back as it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.querySelectorAll("form[data-sent]")) rest(form);
});
