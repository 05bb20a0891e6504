// The last requests, the newest first.

import { byId, cell, element, highlight, row, setText } from "./element.mjs";
import { clock, duration, shortPath } from "./format.mjs";

const MOST = 100;

// What nginx notes where nothing was answered.
const UNANSWERED = { 444: "closed", 499: "gone", 0: "lost" };

function kind(status) {
  if (status >= 500 || status in UNANSWERED) return "failed";
  return status >= 400 ? "refused" : "ok";
}

function line(request) {
  const path = shortPath(request.path);
  return row(
    cell("time", clock(request.at)), cell("method", request.method),
    cell("path", element("span", { title: request.path }, path)),
    cell("fault", request.fault ? element("span", { class: "tag" }, request.fault) : ""),
    cell(`number code ${kind(request.status)}`, UNANSWERED[request.status] ?? String(request.status)),
    cell("number took", duration(request.seconds)),
  );
}

function note(shown, busy, listed) {
  if (shown === 0) return "none yet";
  return busy ? `all are counted, the first ${listed} of a second are listed` : "";
}

export function requests() {
  const body = document.querySelector("#requests tbody");
  let busy = false;
  return (news, anew) => {
    if (anew) {
      busy = false;
      body.replaceChildren();
    }
    const lines = news.requests.map(line).reverse();
    highlight(lines, !anew);
    body.prepend(...lines);
    while (body.rows.length > MOST) body.lastChild.remove();
    busy ||= news.seconds.some((second) => Math.max(second.ok ?? 0, second.refused ?? 0, second.failed ?? 0) > news.listed);
    setText(byId("requests-note"), note(body.rows.length, busy, news.listed));
  };
}
