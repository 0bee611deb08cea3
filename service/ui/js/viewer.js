// A file beside its form: pages that the server drew. Without a script, its link opens it in a new tab.
const ZOOMS = [50, 75, 100, 125, 150, 200, 300];
const WIDTHS = [480, 800, 1200, 1600, 2400];
const KEYS = {
  ArrowLeft: "previous",
  PageUp: "previous",
  ArrowRight: "next",
  PageDown: "next",
  "+": "larger",
  "=": "larger",
  "-": "smaller",
  0: "fit",
  r: "rotate",
  R: "rotate",
  Escape: "close",
};
const paper = document.getElementById("paper");
const main = paper?.closest("main");
const tabs = document.querySelector("[data-paper-tabs]");
const find = (what) => paper.querySelector(`[data-${what}]`);
const links = () => [...document.querySelectorAll("a[data-paper]")];
const words = (name, given) => paper.dataset[name].replace(/\{(\w+)\}/g, (_, key) => given[key]);

let shown = null; // the file that is looked at

function draw() {
  const [picture, bed] = [paper.querySelector("img"), find("bed")];
  const style = getComputedStyle(bed);
  const room = bed.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
  const width = Math.round((room * shown.zoom) / 100);
  const wanted = width * devicePixelRatio;
  const drawn = WIDTHS.find((one) => one >= wanted) ?? WIDTHS.at(-1);
  const address = (number) =>
    `${shown.href}/pages/${number}?w=${drawn}&turn=${shown.turn}&view=${encodeURIComponent(shown.view)}`;
  picture.style.width = `${width}px`;
  picture.alt = words("picture", { name: shown.name, n: shown.number });
  picture.hidden = false;
  picture.src = address(shown.number);
  find("place").textContent = words("page", { n: shown.number, m: shown.pages });
  find("zoomed").textContent = `${shown.zoom}%`;
  paper.querySelector("[data-view=previous]").disabled = shown.number <= 1;
  paper.querySelector("[data-view=next]").disabled = shown.number >= shown.pages;
  if (shown.number < shown.pages) new Image().src = address(shown.number + 1);
}

async function open(link) {
  const name = link.textContent.trim();
  const mine = {
    href: link.getAttribute("href"),
    name,
    number: 1,
    zoom: 100,
    turn: 0,
    pages: 0,
    view: "",
    link,
  };
  shown = mine;
  const picture = paper.querySelector("img");
  picture.hidden = true;
  find("place").textContent = "";
  find("said").textContent = words("loading", { name });
  find("download").href = `${mine.href}?download=1`;
  list();
  side(true);
  const answer = await fetch(`${mine.href}/pages`).catch(() => null);
  if (shown !== mine) return; // another file was chosen meanwhile
  if (!answer?.ok) {
    find("said").textContent = paper.dataset.unreadable;
    return;
  }
  Object.assign(mine, await answer.json());
  find("said").textContent = "";
  draw();
}

// The files of the page, as they are now, to choose from.
function list() {
  const which = find("which");
  which.replaceChildren(
    ...links().map((link) => new Option(link.textContent.trim(), link.getAttribute("href"))),
  );
  which.value = shown.href;
}

function side(open) {
  paper.hidden = !open;
  main.classList.toggle("zp-with-paper", open);
  for (const tab of tabs.querySelectorAll("button"))
    tab.setAttribute("aria-pressed", String((tab.dataset.tab === "files") === open));
  if (open) paper.scrollIntoView({ block: "nearest" });
}

const ACTS = {
  previous: () => shown.number > 1 && turnTo(shown.number - 1),
  next: () => shown.number < shown.pages && turnTo(shown.number + 1),
  larger: () => zoom(ZOOMS.find((one) => one > shown.zoom)),
  smaller: () => zoom(ZOOMS.findLast((one) => one < shown.zoom)),
  fit: () => zoom(100),
  rotate: () => {
    shown.turn = (shown.turn + 90) % 360;
    draw();
  },
  close: () => {
    side(false);
    const back = links().find((one) => one.getAttribute("href") === shown.href);
    (back ?? main).focus();
  },
};

function turnTo(number) {
  shown.number = number;
  draw();
  find("bed").scrollTo(0, 0);
}

function zoom(to) {
  if (!to) return;
  shown.zoom = to;
  draw();
}

function act(name) {
  if (name === "close" || shown.pages) ACTS[name]();
}

let later = 0;
window.addEventListener("resize", () => {
  clearTimeout(later);
  later = setTimeout(() => shown?.pages && !paper.hidden && draw(), 150);
});

function counted() {
  const count = links().length;
  tabs.hidden = count === 0;
  tabs.querySelector("[data-count]").textContent = count;
}

if (paper && tabs) {
  counted();
  document.addEventListener("htmx:afterSettle", counted);
  document.addEventListener("zp:save", counted);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-paper]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link);
      find("bed").focus();
    }
    const tab = event.target.closest("[data-tab]");
    if (tab?.dataset.tab === "form") side(false);
    else if (tab && shown && links().some((one) => one.getAttribute("href") === shown.href)) side(true);
    else if (tab) open(links()[0]);
    const button = event.target.closest("[data-view]");
    if (button) act(button.dataset.view);
  });
  paper.addEventListener("keydown", (event) => {
    const name = KEYS[event.key];
    if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("select") && name !== "close") return;
    event.preventDefault();
    act(name);
  });
  find("which").addEventListener("change", (event) => {
    open(links().find((one) => one.getAttribute("href") === event.target.value));
  });
  paper.querySelector("img").addEventListener("error", () => {
    paper.querySelector("img").hidden = true;
    find("said").textContent = paper.dataset.unreadable;
  });
}
