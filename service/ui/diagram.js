// The diagram of an instance: where it has been, where it is now. Loaded by the instance page only.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "./css/page-diagram.css";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

const MARGIN = 24;
const READABLE = 0.95; // labels of 12 px stay above 11

function fit(canvas) {
  canvas.zoom("fit-viewport", "auto");
  const box = canvas.viewbox();
  canvas.viewbox({
    x: box.x - MARGIN,
    y: box.y - MARGIN,
    width: box.width + 2 * MARGIN,
    height: box.height + 2 * MARGIN,
  });
}

// Keep a window inside the drawing with its margin, so that no half of it is empty paper.
function within(wanted, start, whole, seen) {
  const [first, last] = [start - MARGIN, start + whole + MARGIN - seen];
  return last < first ? wanted : Math.min(Math.max(wanted, first), last);
}

// Large diagrams start readable, at the present step; the button shows all of it.
function place(canvas, registry, now) {
  fit(canvas);
  const here = now.map((id) => registry.get(id)).find((shape) => shape?.width);
  if (canvas.zoom() >= READABLE || !here) return;
  canvas.zoom(READABLE, { x: here.x + here.width / 2, y: here.y + here.height / 2 });
  const box = canvas.viewbox();
  const all = box.inner;
  canvas.viewbox({
    ...box,
    x: within(here.x + here.width / 2 - box.width / 2, all.x, all.width, box.width),
    y: within(here.y + here.height / 2 - box.height / 2, all.y, all.height, box.height),
  });
}

async function show(frame) {
  const viewer = new NavigatedViewer({ container: frame });
  const answer = await fetch(frame.dataset.src, { headers: { Accept: "application/json" } });
  if (!answer.ok) {
    frame.textContent = frame.dataset.failed;
    return;
  }
  const { xml, visited, now } = await answer.json();
  try {
    await viewer.importXML(xml);
  } catch {
    // a process without a picture: the history beside it says the same in words
    viewer.destroy();
    frame.textContent = frame.dataset.none;
    frame.dataset.ready = "none";
    return;
  }
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  for (const id of visited) if (registry.get(id)) canvas.addMarker(id, "zp-was-here");
  for (const id of now) if (registry.get(id)) canvas.addMarker(id, "zp-is-here");
  place(canvas, registry, now);
  const zoom = viewer.get("zoomScroll");
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () =>
      button.dataset.zoom === "fit" ? fit(canvas) : zoom.stepZoom(Number(button.dataset.zoom)),
    );
  }
  addEventListener("beforeprint", () => fit(canvas)); // paper cannot be moved: it gets all of the drawing
  frame.dataset.ready = "true";
}

for (const frame of document.querySelectorAll("[data-diagram]")) show(frame);
