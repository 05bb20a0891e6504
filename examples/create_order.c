/*
 * Sends an order exactly once, from C, without any Lua.
 *
 *     cc create_order.c $(pkg-config --cflags --libs spreetail-core) -o create_order
 *
 * SPREETAIL_CLIENT_ID and SPREETAIL_CLIENT_SECRET are read from the environment by the library.
 */
#include <spreetail.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The order as JSON; the caller frees it. */
static char *write_order(const char *reference) {
    char received[32], dispatch[32];
    time_t now = time(NULL), later = now + 2 * 24 * 60 * 60;
    strftime(received, sizeof received, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    strftime(dispatch, sizeof dispatch, "%Y-%m-%dT%H:%M:%SZ", gmtime(&later));
    json_t *address =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "FullName", "Erika Mustermann", "Address1",
                  "Heidestraße 17", "Town", "Köln", "PostCode", "51147", "CountryCode", "DE");
    json_t *item =
        json_pack("{s:s, s:s, s:s, s:i, s:f, s:i}", "OrderLineNumber", "1", "SKU", "SKU-00001",
                  "ItemTitle", "Garden chair", "Qty", 2, "PricePerUnit", 39.95, "TaxRate", 19);
    json_t *order =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:[o], s:O, s:o}", "ReferenceNumber", reference,
                  "ReceivedDate", received, "DispatchBy", dispatch, "Currency", "EUR",
                  "PaymentStatus", "PAID", "ChannelBuyerName", "Erika Mustermann", "OrderItems",
                  item, "DeliveryAddress", address, "BillingAddress", address);
    char *text = json_dumps(order, JSON_COMPACT);
    json_decref(order);
    return text;
}

static void report(const struct spreetail_result *result) {
    if (result->error.kind == SPREETAIL_OK) {
        const char *status = json_string_value(json_object_get(result->data, "Status"));
        printf("%s is %s at the server\n", result->reference, status ? status : "stored");
    } else {
        printf("%s: %s (%s)\n", spreetail_kind_name(result->error.kind), result->error.message,
               spreetail_outcome_name(result->error.outcome));
    }
}

int main(int argc, char **argv) {
    struct spreetail_options options = {.retries = -1, .ca_file = getenv("SPREETAIL_CA_FILE")};
    struct spreetail_error error;
    spreetail_client *client = spreetail_open(&options, &error);
    if (!client) {
        fprintf(stderr, "%s\n", error.message);
        spreetail_error_clear(&error);
        return 1;
    }

    const char *reference = argc > 1 ? argv[1] : "EXAMPLE-C";
    char *body = write_order(reference);
    const struct spreetail_request request = {
        .method = "POST",
        .path = "/outbound",
        .body = body,
        .body_size = body ? strlen(body) : 0,
        .reference = reference,
        .retries = -1,
        .idempotent = true,                /* the server takes a reference once, */
        .settling = SPREETAIL_SETTLE_ORDER /* and a lost answer is settled by looking */
    };
    spreetail_call *call = body ? spreetail_start(client, &request) : NULL;
    while (call && !spreetail_done(call)) {
        spreetail_wait(client, 1);
        spreetail_step(client);
    }
    if (call)
        report(spreetail_result(call));
    bool created = call && spreetail_result(call)->error.kind == SPREETAIL_OK;

    if (call)
        spreetail_drop(call);
    spreetail_release(client);
    free(body);
    return created ? 0 : 1;
}
