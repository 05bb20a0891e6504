#include "stored_order.h"

#include "check.h"

unsigned any_of(struct random *random, unsigned count) {
    return (unsigned)(random_unit(random) * count);
}

bool chance(struct random *random, unsigned percent) {
    return any_of(random, 100) < percent;
}

/*
 * An order.
 */

static const char *const received[] = {
    "2026-03-01T10:00:00Z",      "2026-03-01T10:00:00.000Z",  "2026-03-01T12:00:00+02:00",
    "2026-03-01 10:00:00",       "2026-03-01T10:00Z",         "2026-03-01T05:30:00-0430",
    "2026-03-01t10:00:00.9999z", "2026-03-01T10:00:00+00:00", "2026-03-02T00:00:00+14",
};

static json_t *random_item(struct random *random, unsigned line) {
    char sku[40], number[12];
    snprintf(sku, sizeof sku, "%sSKU%u", chance(random, 20) ? "ACME_" : "", any_of(random, 5));
    snprintf(number, sizeof number, "%u", line);
    json_t *item =
        json_pack("{s:s,s:s,s:i,s:f,s:i,s:s}", "SKU", sku, "ItemTitle", "A thing", "Qty",
                  1 + (int)any_of(random, 3), "PricePerUnit", 0.01 * (1 + any_of(random, 5000)),
                  "TaxRate", 19, "OrderLineNumber", number);
    assert_non_null(item);
    return item;
}

json_t *random_order(struct random *random) {
    json_t *address = json_pack("{s:s,s:s,s:s,s:s}", "FullName", "Ada L.", "Address1", "1 Main St",
                                "PostCode", "01234", "CountryCode", "DE");
    json_t *items = json_array();
    unsigned count = 1 + any_of(random, 4);
    for (unsigned line = 1; line <= count; line++)
        json_array_append_new(items, random_item(random, line));
    json_t *order =
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:f,s:o,s:o,s:o}", "ReferenceNumber", "R-1",
                  "ReceivedDate", received[0], "DispatchBy", "2026-03-03T00:00:00Z", "Currency",
                  "EUR", "PaymentStatus", "PAID", "ChannelBuyerName", "Ada L.", "Notes",
                  "Ring twice,\nplease", "PostalServiceCost", 4.9, "OrderItems", items,
                  "DeliveryAddress", address, "BillingAddress", json_deep_copy(address));
    assert_non_null(order);
    return order;
}

/*
 * Written otherwise.
 */

static json_t *number_otherwise(const json_t *number, struct random *random) {
    char text[40];
    double value = json_number_value(number);
    switch (any_of(random, 5)) {
    case 0:
        return json_real(value);
    case 3:
        return json_real((double)(float)value);
    case 1:
        snprintf(text, sizeof text, "%.2f", value);
        return json_string(text);
    case 2:
        return json_real(value + value * 1e-15); /* after some arithmetic in between */
    default:
        return json_deep_copy(number);
    }
}

static json_t *text_otherwise(const json_t *text, struct random *random) {
    char padded[200];
    const char *whole = json_string_value(text), *line_end = strchr(whole, '\n');
    int before = line_end ? (int)(line_end - whole) : 0;
    if (line_end && chance(random, 50))
        snprintf(padded, sizeof padded, "%.*s\r\n%s", before, whole, line_end + 1);
    else
        snprintf(padded, sizeof padded, "%*s%s%*s", (int)any_of(random, 3), "", whole,
                 (int)any_of(random, 3), "");
    return json_string(padded);
}

static json_t *otherwise(const char *key, const json_t *value, struct random *random);

/* Also in another order, since each item has its line number. */
static json_t *list_otherwise(const json_t *list, struct random *random) {
    json_t *written = json_array();
    size_t index;
    json_t *item;
    json_array_foreach (list, index, item) {
        size_t place = any_of(random, (unsigned)json_array_size(written) + 1);
        json_array_insert_new(written, place, otherwise("", item, random));
    }
    return written;
}

/* What servers may leave out; nothing in which another order differs. */
static bool may_be_missing(const char *key) {
    static const char *const keys[] = {"ReceivedDate", "PaymentStatus", "TaxRate", "CountryCode",
                                       "OrderLineNumber"};
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static json_t *object_otherwise(const json_t *object, struct random *random) {
    json_t *written = json_pack("{s:s,s:n,s:i}", "Status", "Pending", "TrackingNumber", "Id", 77);
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)object, key, value) {
        if (!may_be_missing(key) || chance(random, 70))
            json_object_set_new(written, key, otherwise(key, value, random));
        else if (chance(random, 50))
            json_object_set_new(written, key, json_null());
    }
    return written;
}

static json_t *otherwise(const char *key, const json_t *value, struct random *random) {
    if (json_is_object(value))
        return object_otherwise(value, random);
    if (json_is_array(value))
        return list_otherwise(value, random);
    if (chance(random, 60) || strcmp(key, "SKU") == 0)
        return json_deep_copy(value);
    if (json_is_number(value))
        return number_otherwise(value, random);
    if (strcmp(key, "ReceivedDate") == 0)
        return json_string(received[any_of(random, COUNT_OF(received))]);
    return text_otherwise(value, random);
}

/* A brand before every SKU: known for one if any of them has none. */
static void put_brand(json_t *items) {
    size_t index;
    json_t *item;
    json_array_foreach (items, index, item) {
        char text[60];
        snprintf(text, sizeof text, "NEW_%s", json_string_value(json_object_get(item, "SKU")));
        json_object_set_new(item, "SKU", json_string(text));
    }
}

static bool has_plain_sku(const json_t *items) {
    size_t index;
    json_t *item;
    json_array_foreach (items, index, item)
        if (!strchr(json_string_value(json_object_get(item, "SKU")), '_'))
            return true;
    return false;
}

json_t *written_otherwise(const json_t *order, struct random *random) {
    json_t *written = otherwise("", order, random), *items = json_object_get(written, "OrderItems");
    if (has_plain_sku(items) && chance(random, 40))
        put_brand(items);
    return written;
}

/*
 * Another order.
 */

static void change_item(json_t *item, struct random *random) {
    switch (any_of(random, 4)) {
    case 0:
        json_object_set_new(item, "Qty",
                            json_integer(1 + json_integer_value(json_object_get(item, "Qty"))));
        break;
    case 1:
        json_object_set_new(
            item, "PricePerUnit",
            json_real(0.01 + json_real_value(json_object_get(item, "PricePerUnit"))));
        break;
    case 2:
        json_object_set_new(item, "SKU", json_string("SKU77"));
        break;
    default:
        json_object_set_new(item, "ItemTitle", json_string("Another thing"));
    }
}

static void change_address(json_t *address, struct random *random) {
    if (chance(random, 50))
        json_object_set_new(address, "PostCode", json_string("01235"));
    else
        json_object_set_new(address, "FullName", json_string("Ada K."));
}

json_t *another_order(const json_t *order, struct random *random) {
    json_t *other = json_deep_copy(order);
    json_t *items = json_object_get(other, "OrderItems");
    switch (any_of(random, 8)) {
    case 0:
        json_object_set_new(other, "Currency", json_string("GBP"));
        break;
    case 5:
        json_object_set_new(other, "Notes", json_string("Ring twice, please"));
        break;
    case 1:
        json_object_set_new(other, "DispatchBy", json_string("2026-03-04T00:00:00Z"));
        break;
    case 2:
        change_address(
            json_object_get(other, chance(random, 50) ? "DeliveryAddress" : "BillingAddress"),
            random);
        break;
    case 3:
        json_array_append_new(items, random_item(random, (unsigned)json_array_size(items) + 1));
        break;
    case 4:
        json_array_remove(items, any_of(random, (unsigned)json_array_size(items)));
        break;
    default:
        change_item(json_array_get(items, any_of(random, (unsigned)json_array_size(items))),
                    random);
    }
    return other;
}
