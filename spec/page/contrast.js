// The body of a function: texts that are too faint on what they stand on, by the measure of WCAG 2 (4.5 to 1).

const LEAST = 4.5;

function parts(color) {
  const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
  return { rgb: [red, green, blue], alpha };
}

function luminance(rgb) {
  const [red, green, blue] = rgb.map((each) => {
    const share = each / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function ground(node) {
  for (let each = node; each; each = each.parentElement) {
    const { rgb, alpha } = parts(getComputedStyle(each).backgroundColor);
    if (alpha === 1) return rgb;
  }
  return [255, 255, 255];
}

const found = new Set();
for (const node of document.querySelectorAll("body *")) {
  const says = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== "");
  // What can't be pressed now may be faint.
  if (!says || node.closest("[hidden], dialog:not([open]), [aria-disabled=true], .skip, noscript")) continue;
  const style = getComputedStyle(node);
  const color = node.closest("svg") ? style.fill : style.color;
  const [dark, light] = [luminance(parts(color).rgb), luminance(ground(node))].sort((a, b) => a - b);
  const contrast = (light + 0.05) / (dark + 0.05);
  if (contrast < LEAST) {
    found.add(`${node.localName}.${node.getAttribute("class")} "${node.textContent.trim().slice(0, 20)}": ${contrast.toFixed(2)}`);
  }
}
return [...found];
