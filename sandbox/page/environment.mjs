// The lines that a shell needs to use this sandbox and to send it an order, shown until the first has come.

import { byId } from "./element.mjs";
import { attempt } from "./notice.mjs";

export function environment() {
  byId("copy").addEventListener("click", () => attempt("Copy", async () => {
    await navigator.clipboard.writeText(byId("environment").textContent);
    byId("copy").textContent = "Copied";
  }));
  return (news) => {
    if (news.environment) byId("environment").textContent = news.environment;
  };
}
