// Faults that are worth a switch: what happens to clients sooner or later. Each is a rule as tests send it.

export const PRESETS = [
  { name: "Orders answer 503", path: "/outbound", method: "POST", status: 503 },
  { name: "Orders are stored, their answers lost", path: "/outbound", method: "POST", when: "after", close: true },
  { name: "Everything takes 3 seconds", delay: 3 },
  { name: "One request in ten fails", chance: 0.1, status: 500 },
  { name: "One in three is too many", chance: 0.33, status: 429, headers: { "Retry-After": "1" } },
  { name: "Connections are closed", close: true },
  { name: "Answers are cut short", truncate: true },
  { name: "Logins are refused", path: "/auth/login", status: 401 },
  { name: "Stock answers a page", path: "/inventory", status: 502, body: "<h1>Bad gateway</h1>",
    content_type: "text/html" },
];
