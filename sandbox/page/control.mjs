// What the page tells the sandbox, through the same addresses that tests use.

const PATIENCE = 5000;

/// POSTs a value to /__sandbox; raises what the sandbox has against it.
export async function tell(path, value) {
  const reply = await fetch(`/__sandbox${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: typeof value === "string" ? value : JSON.stringify(value),
    signal: AbortSignal.timeout(PATIENCE),
  });
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.error ?? `status ${reply.status}`);
  return answer;
}

export const orderPath = (reference) => `/orders/${encodeURIComponent(reference)}`;
