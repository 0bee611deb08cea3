// htmx with morphing: answers of the server replace only what changed, so the focus stays where it is.
import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";

// What a script keeps on the page is not in any answer: files on their way, and why one was refused.
const ofTheServer = (node) => !node.matches?.("[data-keep]");

// What stands in the field that is being typed in stays, unless somebody else has just changed it there.
const isMine = (fragment) =>
  !fragment.querySelector(`[data-fresh] [id="${CSS.escape(document.activeElement?.id ?? "")}"]`);

htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph",
  handleSwap: (style, target, fragment) =>
    style === "morph"
      ? Idiomorph.morph(target, fragment.children, {
          morphStyle: "outerHTML",
          ignoreActiveValue: isMine(fragment),
          callbacks: { beforeNodeMorphed: ofTheServer, beforeNodeRemoved: ofTheServer },
        })
      : false,
});

// The server asks for the focus by data-focus: a new row, or the first error. It moves with the answer and not when
// that has settled: what somebody quick has begun to type elsewhere by then would go on in the new field. For the same
// reason it stays where they have begun to type since the button was pressed.
let typing = null; // the id of the field that was typed in last, none since a button was pressed
document.addEventListener("input", (event) => {
  typing = event.target.id;
});
document.addEventListener("click", (event) => {
  if (event.target.closest("button")) typing = null;
});
document.addEventListener("htmx:afterSwap", () => {
  const wanted = document.querySelector("[data-focus]");
  if (!wanted) return;
  wanted.removeAttribute("data-focus");
  if (!typing || document.activeElement?.id !== typing) wanted.focus();
});

export default htmx;
