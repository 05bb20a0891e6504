// Node's fetch. NODE_EXTRA_CA_CERTS names the CA.

import { credentials, inFlight, measure, order, url } from "./run.mjs";

async function post(path, headers, value) {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(value),
  });
  if (!response.ok) {
    throw new Error(`${path}: HTTP ${response.status}`);
  }
  return response.json();
}

const login = await post("/auth/login", {}, credentials());
const headers = { Authorization: `Bearer ${login.data.access_token}` };

await measure(async (first, last) => {
  let number = first;
  let accepted = 0;
  async function worker() {
    while (number <= last) {
      const stored = await post("/outbound", headers, order(number++));
      accepted += stored.success ? 1 : 0;
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker));
  return accepted;
});
