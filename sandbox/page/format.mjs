// Numbers and times as people read them.

const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const whole = new Intl.NumberFormat("en");

/// Seconds since the epoch, on the clock of whoever looks.
export const clock = (seconds) => time.format(seconds * 1000);

export const count = (number) => whole.format(number);

export const counted = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;

export function duration(seconds) {
  const milliseconds = seconds * 1000;
  if (milliseconds < 1) return `${milliseconds.toFixed(2)} ms`;
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${milliseconds.toFixed(0)} ms`;
  return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
}

/// How long something lasts still.
export function left(seconds) {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/// What an order says of itself may be anything: a test can store what it likes.
export const word = (value) => (typeof value === "string" ? value : JSON.stringify(value) ?? "");

export const money = (total, currency) => (total == null ? "" : `${total.toFixed(2)} ${word(currency ?? "")}`);

/// A path without what all paths begin with.
export const shortPath = (path) => path.replace(/^\/api\/api\/v1(?=\/)/, "");
