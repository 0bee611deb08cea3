// What is written in the decision shows beside the field it is about, with the same number.
const form = () => document.querySelector("[data-marks]");

const note = (number, text) => {
  const line = document.createElement("div");
  const mark = document.createElement("span");
  const said = document.createElement("p");
  line.className = "zp-note";
  line.dataset.drawn = "";
  mark.className = "zp-mark";
  mark.textContent = number;
  said.textContent = text;
  line.append(mark, said);
  return line;
};

const draw = () => {
  for (const old of document.querySelectorAll("[data-drawn]")) old.remove();
  for (const old of document.querySelectorAll("[data-place].zp-marked")) old.classList.remove("zp-marked");
  const marks = form();
  if (!marks) return;
  const { marks: rows, where, why } = marks.dataset;
  for (let at = 0; ; at += 1) {
    const field = document.getElementsByName(`${rows}[${at}].${where}`)[0];
    if (!field) return;
    const reason = document.getElementsByName(`${rows}[${at}].${why}`)[0]?.value ?? "";
    const place = [...document.querySelectorAll("[data-place]")].find(
      (one) => one.dataset.place === field.value,
    );
    if (!place) continue;
    place.classList.add("zp-marked");
    (place.querySelector("dd") ?? place).append(note(at + 1, reason));
  }
};

const ours = (event) => event.target.closest?.("[data-marks]");
document.addEventListener("htmx:afterSettle", draw);
document.addEventListener("input", (event) => ours(event) && draw());
document.addEventListener("change", (event) => ours(event) && draw());
draw();
