// The last logins, and what became of their tokens. No token and no secret comes here whole.

import { tell } from "./control.mjs";
import { byId, cell, element, highlight, row, setText } from "./element.mjs";
import { clock, left } from "./format.mjs";
import { announce, attempt } from "./notice.mjs";

const MOST = 20;

function state(login, news) {
  if (!login.ok) return ["refused", "refused"];
  if (login.generation !== news.generation) return ["revoked", "other"];
  if (login.expires <= news.now) return ["expired", "other"];
  return [`valid for ${left(login.expires - news.now)}`, "processed"];
}

function entry(login) {
  const status = element("span", { class: "status" });
  const tr = row(cell("time", clock(login.at)), cell("client", element("span", { title: login.client_id }, login.client_id)), cell("token", login.token ?? ""),
    cell("state", status));
  return {
    tr,
    show(news) {
      const [text, look] = state(login, news);
      setText(status, text);
      status.dataset.status = look;
    },
  };
}

export function logins(askNow) {
  const body = document.querySelector("#logins tbody");
  let entries = [];
  byId("revoke").addEventListener("click", () => attempt("Revoke all tokens", async () => {
    await tell("/faults", { revoke: true });
    announce("All tokens are revoked");
    askNow();
  }));
  return (news, anew) => {
    if (anew) {
      entries = [];
      body.replaceChildren();
    }
    const added = news.logins.map(entry).reverse();
    highlight(added.map((each) => each.tr), !anew);
    for (const old of entries.slice(MOST - added.length)) old.tr.remove();
    entries = [...added, ...entries].slice(0, MOST);
    body.prepend(...added.map((each) => each.tr));
    for (const each of entries) each.show(news);
  };
}
