// The lines that a shell needs to use this sandbox, shown until the first order has come.

import { byId } from "./element.mjs";
import { attempt } from "./notice.mjs";

const FIRST_ORDER = 'eval "$(make -s env LUA=5.4)"\nlua5.4 examples/create_order.lua R-1\n';

export function environment() {
  byId("copy").addEventListener("click", () => attempt("Copy", async () => {
    await navigator.clipboard.writeText(byId("environment").textContent);
    byId("copy").textContent = "Copied";
  }));
  return (news) => {
    if (news.environment) byId("environment").textContent = news.environment + FIRST_ORDER;
  };
}
