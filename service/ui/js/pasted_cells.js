// What was copied out of a spreadsheet, and how each kind of field reads a cell: as the import on the server does.
const YES = new Set(["是", "有", "√", "✓", "1", "y", "yes", "true", "对"]);
const NO = new Set(["否", "无", "×", "0", "n", "no", "false", "错"]);
const DAY = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/;
const BETWEEN = /[、,;/|\n，；]/;

/** Full-width digits, letters and signs in half width. */
export const halfWidth = (text) =>
  text.replace(/[！-～]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0)).replaceAll("　", " ");

/** The cells of a copied table: tabs, lines, and quotes around what holds either of them. */
export function cellsOf(text) {
  const table = [[]];
  const cell = /(?:"((?:[^"]|"")*)"(?=[\t\n]|$)|([^\t\n]*))([\t\n]|$)/gy;
  const all = text.replaceAll("\r\n", "\n").replace(/\n$/, "");
  for (let found = cell.exec(all); found; found = cell.exec(all)) {
    table.at(-1).push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"'));
    if (found[3] === "") break;
    if (found[3] === "\n") table.push([]);
  }
  return table;
}

const titleOf = (option) => (option.labels?.[0] ?? option).textContent;
function choose(options, text) {
  const wanted = halfWidth(text.trim());
  const same = (one) => one.value === wanted || halfWidth(titleOf(one).trim()) === wanted;
  return [...options].find((one) => one.value && same(one))?.value;
}

function ticked(text) {
  const said = halfWidth(text.trim()).toLowerCase();
  return YES.has(said) ? ["on"] : NO.has(said) ? [] : null;
}

function day(text) {
  const found = DAY.exec(halfWidth(text.trim()));
  return found && `${found[1]}-${found[2].padStart(2, "0")}-${found[3].padStart(2, "0")}`;
}

/** The values that a column takes for a text, null where the text is nothing that it could hold. */
export function valuesOf(controls, text) {
  const [first] = controls;
  if (first.type === "checkbox" && controls.length === 1 && first.value === "on") return ticked(text);
  if (first.type === "checkbox") {
    const parts = text.split(BETWEEN).filter((part) => part.trim());
    const values = parts.map((part) => choose(controls, part));
    return values.includes(undefined) ? null : values;
  }
  const options = first.type === "radio" ? controls : first.options;
  const plain = options
    ? choose(options, text)
    : first.type === "date"
      ? day(text)
      : first.inputMode === "decimal"
        ? halfWidth(text.trim()).replace(/[,，]/g, "")
        : first.localName === "textarea"
          ? text.trim()
          : text.trim().replace(/\s+/g, " ");
  return plain ? [plain] : null;
}

/** Put values into the controls of a column. */
export function put(controls, values) {
  for (const one of controls) {
    if (one.type === "checkbox" || one.type === "radio") one.checked = values.includes(one.value);
    else one.value = values[0] ?? "";
  }
  controls[0].dispatchEvent(new Event("input", { bubbles: true }));
}

/** What the controls of a column hold. */
export const held = (controls) =>
  controls
    .filter((one) => (one.type !== "checkbox" && one.type !== "radio") || one.checked)
    .map((one) => one.value);
