-- An order that the sandbox takes.

return function(reference)
  local address = {
    FullName = "Erika Muster", Address1 = "Weg 1", Town = "Rheine", PostCode = "48429", CountryCode = "DE",
  }
  return {
    ReferenceNumber = reference, ReceivedDate = "2025-03-01T10:00:00Z", DispatchBy = "2025-03-02T10:00:00Z",
    Currency = "EUR", PaymentStatus = "PAID", ChannelBuyerName = "Erika Muster",
    DeliveryAddress = address, BillingAddress = address,
    OrderItems = { {
      SKU = "SKU-00001", ItemTitle = "Product 1", Qty = 1, PricePerUnit = 9.99, TaxRate = 19,
      OrderLineNumber = "1",
    } },
  }
end
