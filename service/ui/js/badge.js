// The counts of the bar go on by themselves: asked for while somebody looks, and said when there is more than before.
const EVERY_MS = 30000;
const bell = document.querySelector("[data-badge-from]");
const said = document.getElementById("badge-said");
let stopped = !bell;

const number = (text) => Number.parseInt(text, 10) || 0;

function show(name, text) {
  let more = false;
  for (const count of document.querySelectorAll(`[data-badge="${name}"]`)) {
    more ||= number(text) > number(count.textContent);
    count.textContent = text;
    count.hidden = !text;
  }
  return more;
}

async function ask() {
  if (stopped || document.hidden) return;
  try {
    const answer = await fetch(bell.dataset.badgeFrom, { cache: "no-cache", credentials: "same-origin" });
    if (answer.status === 401 || answer.redirected) stopped = true; // the session has ended: the next click says so
    if (!answer.ok || stopped) return;
    const counts = await answer.json();
    const more = [show("unread", counts.unread), show("todo", counts.todo)].includes(true);
    if (more) said.textContent = counts.said;
  } catch {
    // The house does not answer now: the counts stay as they are.
  }
}

if (bell) {
  setInterval(ask, EVERY_MS);
  document.addEventListener("visibilitychange", ask);
}
