// A chart of the last so many seconds: a stroke for each, from a height to a height.

const NAMESPACE = "http://www.w3.org/2000/svg";
const MARGIN = { top: 8, right: 4, bottom: 18, left: 46 };

function add(parent, name, attributes, text) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
}

/// Draws anew. `seconds`: how many; `lines`: `{ at, label }` with heights from 0 to 1; `strokes`: by kind (a CSS
/// class), a list of `{ ago, low, high }`.
export function draw(svg, { seconds, lines, strokes }) {
  const { clientWidth: width, clientHeight: height } = svg;
  if (width === 0) return;
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const step = inner.width / seconds;
  const x = (ago) => (MARGIN.left + inner.width - (ago - 0.5) * step).toFixed(1);
  const y = (at) => (MARGIN.top + inner.height * (1 - at)).toFixed(1);

  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren();
  for (const line of lines) {
    add(svg, "path", { class: "grid", d: `M${MARGIN.left} ${y(line.at)}H${width - MARGIN.right}` });
    add(svg, "text", { x: MARGIN.left - 6, y: Number(y(line.at)) + 4, "text-anchor": "end" }, line.label);
  }
  add(svg, "text", { x: MARGIN.left, y: height - 3 }, `${seconds / 60} min ago`);
  add(svg, "text", { x: width - MARGIN.right, y: height - 3, "text-anchor": "end" }, "now");
  for (const [kind, list] of Object.entries(strokes)) {
    const d = list.map(({ ago, low, high }) => `M${x(ago)} ${y(low)}V${y(high)}`).join("");
    add(svg, "path", { class: kind, d, "stroke-width": Math.max(1, step - 1).toFixed(1) });
  }
}
