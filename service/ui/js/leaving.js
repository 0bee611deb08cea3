// Whoever leaves the page, closes it or turns to another takes the last keystrokes along: the request outlives the page.
import { unsent } from "./draft.js";

const OURS = /^(csrf_token|_tab|_seen|_row:)/;

function leave() {
  const form = document.querySelector("form[data-draft]");
  const names = unsent();
  if (!form || !names.size) return;
  const all = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  const lists = new Set(all.map(([name]) => name).filter((name) => name.startsWith("_row:")));
  const body = new FormData(); // a request that outlives its page may hold 64 kB: only what was typed goes along
  for (const [name, value] of all) {
    const path = name.replace(/^_has:/, "");
    if (OURS.test(name) || names.has(path) || lists.has(`_row:${path}`)) body.append(name, value);
  }
  body.append("_action", "leave");
  fetch(form.action, { method: "POST", body, keepalive: true }).catch(() => {});
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") leave();
});
addEventListener("pagehide", leave);
