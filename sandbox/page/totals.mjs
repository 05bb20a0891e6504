// What was counted since the start or the last reset.

import { byId, element, setText } from "./element.mjs";
import { count } from "./format.mjs";

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

const TOTALS = {
  Orders: (stats) => stats.orders,
  Requests: (stats) => sum(Object.values(stats.requests)),
  Logins: (stats) => stats.logins,
  Connections: (stats) => stats.connections.total,
  "In flight": (stats) => stats.in_flight,
};

export function totals() {
  const values = new Map();
  for (const name of Object.keys(TOTALS)) {
    values.set(name, element("dd", {}, "0"));
    byId("totals").append(element("div", {}, element("dt", {}, name), values.get(name)));
  }
  return (news) => {
    for (const [name, value] of values) setText(value, count(TOTALS[name](news.stats)));
  };
}
