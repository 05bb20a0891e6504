// The dialog that asks for the tracking number of an order.

import { orderPath, tell } from "./control.mjs";
import { byId } from "./element.mjs";
import { attempt } from "./notice.mjs";

/// Asks, and has the order dispatched; `done` is called when it is.
export function dispatch(reference, done) {
  const dialog = byId("dispatch");
  const form = dialog.querySelector("form");
  byId("dispatch-reference").textContent = reference;
  byId("tracking").value = "";
  byId("dispatch-cancel").onclick = () => dialog.close();
  form.onsubmit = (event) => {
    event.preventDefault();
    dialog.close();
    attempt(`Dispatch ${reference}`, async () => {
      await tell(orderPath(reference), {
        status: "Processed", tracking_number: byId("tracking").value, carrier: byId("carrier").value || undefined,
      });
      done();
    });
  };
  dialog.showModal();
}
