// Common phrases go into the opinion at the end of what is there.
document.addEventListener("click", (event) => {
  const phrase = event.target.closest("[data-phrase-for]");
  if (!phrase) return;
  const field = document.getElementById(phrase.dataset.phraseFor);
  if (!field) return;
  field.value = field.value
    ? `${field.value.trimEnd()} ${phrase.textContent.trim()}`
    : phrase.textContent.trim();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
