// The orders, the newest first, with what the warehouse may do to each.

import { orderPath, tell } from "./control.mjs";
import { dispatch } from "./dispatch.mjs";
import { byId, cell, element, highlight, row, setText } from "./element.mjs";
import { clock, count, counted, money, word } from "./format.mjs";
import { announce, attempt } from "./notice.mjs";

const MOST = 100;
const KNOWN = { Pending: "pending", Processed: "processed", Cancelled: "cancelled" };

// What may be done to an order, by what is stored of it. The API itself refuses to cancel what was processed.
const ACTIONS = {
  Process: (order) => order.status === "Pending",
  "Dispatch…": (order) => !order.tracking_number && order.status !== "Cancelled",
  Cancel: (order) => order.status === "Pending",
};

function entry(reference, perform) {
  const name = element("a", { href: `/__sandbox${orderPath(reference)}`, title: "The stored record" }, reference);
  const status = element("span", { class: "status" });
  const cells = {
    tracking: cell("tracking"), total: cell("total number"), created: cell("created"),
  };
  const buttons = Object.keys(ACTIONS).map((action) => element("button", {
    type: "button", "aria-label": `${action.replace("…", "")} ${reference}`,
    onclick: (event) => event.target.ariaDisabled !== "true" && perform(action),
  }, action));
  const tr = row(cell("reference", name), cell("state", status), ...Object.values(cells),
    cell("actions", ...buttons));

  // A button that has had its day stays where it is, and keeps the focus.
  function show(order) {
    setText(status, word(order.status));
    status.dataset.status = KNOWN[order.status] ?? "other";
    setText(cells.tracking, [order.tracking_number, order.carrier].filter((part) => part != null).map(word).join(" "));
    setText(cells.total, money(order.total, order.currency));
    cells.total.title = counted(order.items, "item", "items");
    setText(cells.created, clock(Date.parse(order.created) / 1000));
    for (const button of buttons) button.ariaDisabled = String(!ACTIONS[button.textContent](order));
  }
  return { tr, show };
}

export function orders(askNow) {
  const body = document.querySelector("#orders tbody");
  const entries = new Map();

  const change = (reference, what, status) => attempt(`${what} ${reference}`, async () => {
    await tell(orderPath(reference), { status });
    askNow();
  });
  const doers = {
    Process: (reference) => change(reference, "Process", "Processed"),
    Cancel: (reference) => change(reference, "Cancel", "Cancelled"),
    "Dispatch…": (reference) => dispatch(reference, askNow),
  };

  // In the order in which they were stored, the newest first.
  function place(made, number) {
    made.number = number;
    const below = [...body.rows].find((tr) => Number(tr.dataset.number) < number);
    made.tr.dataset.number = number;
    body.insertBefore(made.tr, below ?? null);
  }

  function forget(reference) {
    entries.get(reference)?.tr.remove();
    entries.delete(reference);
  }

  function take(order, anew) {
    if (order.forgotten) return forget(order.reference);
    let known = entries.get(order.reference);
    if (known && known.number !== order.number) {
      forget(order.reference);
      known = undefined;
    }
    if (!known) {
      known = { reference: order.reference, ...entry(order.reference, (action) => doers[action](order.reference)) };
      entries.set(order.reference, known);
      place(known, order.number);
      highlight([known.tr], !anew);
    }
    known.show(order);
  }

  function keepNewest() {
    const all = [...entries.values()].sort((a, b) => b.number - a.number);
    for (const old of all.slice(MOST)) forget(old.reference);
  }

  return (news, anew) => {
    const before = anew ? 0 : Number(byId("orders").dataset.stored ?? 0);
    if (anew) [...entries.keys()].forEach(forget);
    for (const order of news.orders) take(order, anew);
    keepNewest();
    const stored = news.stats.orders;
    byId("orders").dataset.stored = stored;
    byId("first-order").hidden = entries.size > 0 || stored > 0;
    byId("orders-scroll").hidden = entries.size === 0;
    setText(byId("orders-note"), stored > entries.size ? `the last ${entries.size} of ${count(stored)}` : "");
    if (!anew && stored > before) announce(counted(stored - before, "new order", "new orders"));
  };
}
