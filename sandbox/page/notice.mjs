// What is said besides: to those who hear the page, what has come in; to all, what went wrong.

import { byId } from "./element.mjs";

const QUIET = 4000; // ms between two announcements: many that come at once are one
let waiting = [];
let timer;

function say() {
  timer = undefined;
  if (waiting.length === 0) return;
  byId("announcement").textContent = waiting.join(". ");
  waiting = [];
  timer = setTimeout(say, QUIET);
}

/// Politely: when the reader has nothing else to say.
export function announce(text) {
  waiting = waiting.slice(-4).concat(text);
  timer ??= setTimeout(say, 300);
}

export function complain(text) {
  byId("complaint").textContent = text;
}

/// Does something that may fail; what failed is shown until something succeeds.
export async function attempt(what, action) {
  try {
    await action();
    complain("");
  } catch (error) {
    complain(`${what}: ${error.message}`);
  }
}
