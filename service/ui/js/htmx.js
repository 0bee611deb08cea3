// htmx with morphing: answers of the server replace only what changed, so the focus stays where it is.
import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";

// Why a file was refused stays until another one is chosen: only its own field answers that.
const mayGo = (node) => !node.matches?.("[data-s=bad]");

htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph",
  handleSwap: (style, target, fragment) =>
    style === "morph"
      ? Idiomorph.morph(target, fragment.children, {
          morphStyle: "outerHTML",
          ignoreActiveValue: true,
          callbacks: { beforeNodeRemoved: mayGo },
        })
      : false,
});

// The server asks for the focus by data-focus: a new row, or the first error.
document.addEventListener("htmx:afterSettle", () => {
  const wanted = document.querySelector("[data-focus]");
  if (!wanted) return;
  wanted.removeAttribute("data-focus");
  wanted.focus();
});

export default htmx;
