// The body of a function: what sticks out of the window to the right, or is wider than what it is in.

const width = document.documentElement.clientWidth;
const name = (node) => `${node.localName}#${node.id}.${node.className}`;
const found = [];
if (document.documentElement.scrollWidth > width) found.push(`the page: ${document.documentElement.scrollWidth}`);
for (const node of document.querySelectorAll("body *")) {
  // What is for ears only, what scrolls by itself on purpose, and what is drawn.
  if (node.closest(".unseen, thead, pre, textarea, svg, .skip, dialog:not([open]), [hidden]")) continue;
  const box = node.getBoundingClientRect();
  if (box.width > 0 && (box.right > width + 0.5 || box.left < -0.5)) found.push(`${name(node)}: ${box.left} to ${box.right}`);
  if (node.matches(".scroll") && node.scrollWidth > node.clientWidth) found.push(`${name(node)} scrolls sideways`);
}
return found;
