// "/" goes to the search field; Ctrl or Cmd with Enter presses the main button of the form.
const writing = (node) => node.matches("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !writing(event.target) && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector("input[type=search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const button = event.target.form?.querySelector("[data-main]");
    if (!button) return;
    event.preventDefault();
    button.click();
  }
});
