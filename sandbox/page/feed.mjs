// What is new, asked for again and again: short questions rather than one long answer, so that a sandbox
// which is gone, restarted or reset needs nothing special, and a page that nobody sees costs nothing.

const PAUSE = 400;
const PAUSE_WHEN_LOST = 1000;
const PATIENCE = 5000;

async function ask(seen) {
  const reply = await fetch(`/__sandbox/news?${new URLSearchParams(seen)}`, { signal: AbortSignal.timeout(PATIENCE) });
  if (!reply.ok) throw new Error(`the sandbox answered with ${reply.status}`);
  return reply.json();
}

/// Calls `onNews(news, anew)` with what came since the last time (`anew`: all that there is, forget the rest), and
/// `onLost()` while nobody answers. Returns a function that asks at once.
export function follow(onNews, onLost) {
  let seen = {};
  let timer;
  let asking = false;
  let hurry = false;

  async function turn() {
    const news = await ask(seen).catch(() => null);
    if (!news) {
      onLost();
      return PAUSE_WHEN_LOST;
    }
    const anew = news.run !== seen.run;
    seen = { run: news.run, ...news.last };
    onNews(news, anew);
    return PAUSE;
  }

  async function askNow() {
    hurry = asking;
    if (asking) return;
    clearTimeout(timer);
    asking = true;
    let pause = PAUSE_WHEN_LOST;
    try {
      pause = await turn();
    } finally {
      asking = false;
      if (!document.hidden) timer = setTimeout(askNow, hurry ? 0 : pause);
    }
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) askNow();
  });
  askNow();
  return askNow;
}
