// What a client in JavaScript does besides sending: arguments URL COUNT IN_FLIGHT, the order, the line that
// it prints: how many were accepted in all, seconds, seconds of CPU.

import process from "node:process";

export const url = process.argv[2];
export const inFlight = Number(process.argv[4]);
const count = Number(process.argv[3]);

const NOTE =
  "Please leave the parcel with the neighbours at number 114 when nobody opens: the bell is loud, " +
  "but the garden is long. The gate is open from seven in the morning until nine in the evening. Large " +
  "parcels may be left in the shed behind the house, on the left, which is dry and has no lock. Thank you.";

function address() {
  return {
    FullName: "Erika Mustermann",
    Company: "Muster und Sohn Gartenbau GmbH",
    Address1: "Breite Strasse 112",
    Town: "Rheine",
    PostCode: "48429",
    CountryCode: "DE",
  };
}

function item(number) {
  return {
    SKU: `SKU-0000${number}`,
    ItemTitle: "Garden chair, foldable, acacia, with green cushion",
    Qty: number,
    PricePerUnit: 19.99,
    TaxRate: 19,
    OrderLineNumber: String(number),
  };
}

// The order of ../order.lua, made afresh each time, with a reference of its own.
export function order(number) {
  return {
    ReferenceNumber: `BENCH-${String(number).padStart(7, "0")}`,
    ReceivedDate: "2026-03-01T10:00:00Z",
    DispatchBy: "2026-03-02T10:00:00Z",
    Currency: "EUR",
    PaymentStatus: "PAID",
    ChannelBuyerName: "Erika Mustermann",
    OrderItems: [item(1), item(2)],
    DeliveryAddress: address(),
    BillingAddress: address(),
    Notes: NOTE,
  };
}

// What is sent to log in.
export function credentials() {
  return {
    client_id: process.env.SPREETAIL_CLIENT_ID,
    client_secret: process.env.SPREETAIL_CLIENT_SECRET,
  };
}

// Measures `sendOrders(first, last)`, which resolves to how many were accepted. Before that a few are
// sent, so that connections are there and everything has been loaded.
export async function measure(sendOrders) {
  let accepted = await sendOrders(1, inFlight);
  const began = process.hrtime.bigint();
  const before = process.cpuUsage();
  accepted += await sendOrders(inFlight + 1, inFlight + count);
  const cpu = process.cpuUsage(before);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  console.log(accepted, seconds.toFixed(6), ((cpu.user + cpu.system) / 1e6).toFixed(6));
}
