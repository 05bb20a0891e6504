// Elements, made in one expression.

/// Attributes as given (absent where the value is null or false), handlers as `onclick`; children are elements or
/// text, and text stays text.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (value != null && value !== false) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export const byId = (id) => document.getElementById(id);

/// A table's row: the roles are said aloud, because narrow screens lay rows out as blocks.
export function row(...cells) {
  return element("tr", { role: "row" }, ...cells);
}

export function cell(kind, ...children) {
  return element("td", { role: "cell", class: kind }, ...children);
}

/// Marks rows that came while somebody looked on.
export function highlight(rows, wanted) {
  if (wanted) for (const tr of rows) tr.classList.add("new");
}

/// Sets a text only where it is another one: what somebody has selected stays selected.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
