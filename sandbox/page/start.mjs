// Puts the page together: what is new goes to each part of it.

import { byId } from "./element.mjs";
import { environment } from "./environment.mjs";
import { faults } from "./faults.mjs";
import { follow } from "./feed.mjs";
import { history } from "./history.mjs";
import { logins } from "./logins.mjs";
import { announce } from "./notice.mjs";
import { orders } from "./orders.mjs";
import { requests } from "./requests.mjs";
import { totals } from "./totals.mjs";

const WORDS = { live: "Live", lost: "Lost" };

function showState(state) {
  const before = document.body.dataset.state;
  if (before === state) return;
  document.body.dataset.state = state;
  byId("state").textContent = WORDS[state];
  byId("lost").hidden = state !== "lost";
  if (before !== "connecting" || state === "lost") {
    announce(state === "lost" ? "The sandbox does not answer" : "The sandbox answers again");
  }
}

let askNow = () => {};
const ask = () => askNow();
const parts = [totals(), environment(), history(), orders(ask), faults(ask), requests(), logins(ask)];

askNow = follow((news, anew) => {
  showState("live");
  for (const show of parts) show(news, anew);
}, () => showState("lost"));
