/*
 * The table of docs/orders.md, row by row: an order whose answer was lost is met by what the row
 * says is stored, in each of the ways in which that may be, and what the page says comes of it.
 */
#include "check.h"
#include "markdown_table.h"
#include "scene.h"

static const char page[] = "docs/orders.md";

/* What is sent, where a row has nothing else. */
#define ADDRESS                                                                                    \
    "{\"FullName\":\"Zoë Groß\",\"Address1\":\"1 Main St\",\"Town\":\"Köln\",\"PostCode\":"     \
    "\"01234\",\"CountryCode\":\"DE\"}"
#define FIRST                                                                                      \
    "\"SKU\":\"SKU-1\",\"ItemTitle\":\"Chair\",\"Qty\":2,\"PricePerUnit\":29.99,\"TaxRate\":19"
#define SECOND                                                                                     \
    "\"SKU\":\"SKU-2\",\"ItemTitle\":\"Table\",\"Qty\":1,\"PricePerUnit\":129.5,\"TaxRate\":7"
#define AT(line) ",\"OrderLineNumber\":\"" line "\""

static const char sent_order[] =
    "{\"ReferenceNumber\":\"R-1\",\"ReceivedDate\":\"2026-03-01T10:00:00Z\",\"DispatchBy\":"
    "\"2026-03-03T00:00:00Z\",\"Currency\":\"EUR\",\"PaymentStatus\":\"PAID\",\"ChannelBuyerName\":"
    "\"Zoë Groß\",\"PostalServiceCost\":4.9,\"Notes\":\"Ring "
    "twice,\\nplease\",\"OrderItems\":[{" FIRST AT("1") "},{" SECOND AT(
        "2") "}],\"DeliveryAddress\":" ADDRESS ",\"BillingAddress\":" ADDRESS "}";

/* Two lines of one SKU, a brand in a SKU. */
#define OF_ONE_SKU "OrderItems.1={" FIRST AT("2") "};OrderItems.1.Qty=5"
#define WITH_UNDERSCORE "OrderItems.0.SKU=\"A_1\";OrderItems.1.SKU=\"B_1\""

struct row {
    const char *name, *verdict;
    const char *sent;       /* how the order differs from the one above */
    const char *stored[20]; /* how what is stored differs from what was sent: each by itself */
    bool from_clock;
};

/* Differences are "path=value", or "-path" for what is missing, with ';' between them. */
static const struct row rows[] = {
    {"all that was sent", "yes", .stored = {""}},
    {"the same, with a `Status`, tracking, and other fields besides, in the order, its items or "
     "its "
     "addresses",
     "yes",
     .stored = {"Status=\"Pending\"", "Status=\"Dispatched\";TrackingNumber=\"T1\";Carrier=null",
                "OrderItems.0.StockId=7;OrderItems.1.Bin=[1]", "DeliveryAddress.Region=\"NRW\"",
                "BillingAddress.Company=\"\"", "History=[{\"at\":1}]"}},
    {"the same, cancelled", "yes", .stored = {"Status=\"Cancelled\";RefundAmount=5"}},
    {"no `ReferenceNumber`, or `null`", "can't be told",
     .stored = {"-ReferenceNumber", "ReferenceNumber=null"}},
    {"another `ReferenceNumber` (that is no answer to what was asked)", "can't be told",
     .stored = {"ReferenceNumber=\"R-2\"", "ReferenceNumber=\"r-1\"", "ReferenceNumber=\"\""}},
    {"no `OrderItems`, or `null`", "can't be told", .stored = {"-OrderItems", "OrderItems=null"}},
    {"no items in `OrderItems`, or more or fewer than were sent", "no",
     .stored = {"OrderItems=[]", "-OrderItems.1", "-OrderItems.0", "OrderItems.2={" SECOND "}"}},
    {"an item without `SKU` or `Qty`, or with `null` there", "can't be told",
     .stored = {"-OrderItems.0.SKU", "OrderItems.0.SKU=null", "-OrderItems.1.Qty",
                "OrderItems.1.Qty=null", "OrderItems.0={}", "OrderItems.0=null"}},
    {"an item without title, price, tax rate or line number, or with `null` there", "yes",
     .stored = {"-OrderItems.0.ItemTitle", "-OrderItems.0.PricePerUnit", "-OrderItems.1.TaxRate",
                "-OrderItems.1.OrderLineNumber", "OrderItems.1.ItemTitle=null",
                "OrderItems.1.PricePerUnit=null", "OrderItems.0.TaxRate=null",
                "OrderItems.0.OrderLineNumber=null"}},
    {"no address of delivery, or of the bill, or a part of one missing", "yes",
     .stored = {"-DeliveryAddress", "-BillingAddress", "DeliveryAddress=null", "BillingAddress={}",
                "-DeliveryAddress.Town", "BillingAddress.PostCode=null"}},
    {"anything else of the order missing or `null`", "yes",
     .stored = {"-Currency", "-PaymentStatus", "-ChannelBuyerName", "-Notes", "-PostalServiceCost",
                "-DispatchBy", "-ReceivedDate", "Currency=null", "PaymentStatus=null",
                "ChannelBuyerName=null", "Notes=null", "PostalServiceCost=null", "DispatchBy=null",
                "ReceivedDate=null"}},
    {"an empty text where one was sent", "no",
     .stored = {"Currency=\"\"", "Notes=\"\"", "DeliveryAddress.Town=\" \"",
                "OrderItems.0.ItemTitle=\"\"", "OrderItems.0.SKU=\"\""}},
    {"another currency, payment status, buyer, cost of postage, note or date of dispatch", "no",
     .stored = {"Currency=\"GBP\"", "PaymentStatus=\"UNPAID\"", "ChannelBuyerName=\"Zoë G.\"",
                "PostalServiceCost=5.9", "Notes=\"Ring once,\\nplease\"",
                "DispatchBy=\"2026-03-04T00:00:00Z\""}},
    {"another `ReceivedDate` than you gave", "no",
     .stored = {"ReceivedDate=\"2026-03-01T10:00:01Z\"", "ReceivedDate=\"2026-03-01\""}},
    {"another `ReceivedDate`, where yours came from the clock", "yes", .from_clock = true,
     .stored = {"ReceivedDate=\"2026-02-27T08:15:00Z\"", "ReceivedDate=\"yesterday\""}},
    {"another address of delivery, in any part", "no",
     .stored = {"DeliveryAddress.FullName=\"Z. Groß\"", "DeliveryAddress.PostCode=\"01235\"",
                "DeliveryAddress.CountryCode=\"AT\"", "DeliveryAddress=\"1 Main St\""}},
    {"another address for the bill, even where yours was filled in", "no",
     .stored = {"BillingAddress.FullName=\"Somebody Else\"", "BillingAddress.Town=\"Bonn\""}},
    {"another SKU, title, quantity, price, tax rate or line number of an item", "no",
     .stored = {"OrderItems.0.SKU=\"SKU-3\"", "OrderItems.0.SKU=\"sku-1\"",
                "OrderItems.0.ItemTitle=\"Stool\"", "OrderItems.0.Qty=3",
                "OrderItems.0.PricePerUnit=30.99", "OrderItems.0.TaxRate=7",
                "OrderItems.0.OrderLineNumber=\"7\""}},
    {"the items in another order", "yes",
     .stored = {"OrderItems=[{" SECOND AT("2") "},{" FIRST AT("1") "}]"}},
    {"the items in another order, without their line numbers", "yes",
     .stored = {"OrderItems=[{" SECOND "},{" FIRST "}]"}},
    {"two lines of one SKU, in another order", "yes", OF_ONE_SKU,
     .stored = {"OrderItems=[{" FIRST AT("2") "},{" FIRST AT("1") "}];OrderItems.0.Qty=5",
                "OrderItems=[{" FIRST "},{" FIRST "}];OrderItems.0.Qty=5"}},
    {"two lines of one SKU that have exchanged their quantities", "no", OF_ONE_SKU,
     .stored = {"OrderItems.0.Qty=5;OrderItems.1.Qty=2"}},
    {"a time in another zone, without its zone (UTC), or with another fraction of a second", "yes",
     .stored = {"DispatchBy=\"2026-03-03T01:00:00+01:00\"", "DispatchBy=\"2026-03-03T00:00:00\"",
                "DispatchBy=\"2026-03-03 00:00:00.123\"", "DispatchBy=\"2026-03-03\""}},
    {"a number as a text, or a text as a number (`\"2.0\"` for `2`, `1` for `\"1\"`)", "yes",
     .stored = {"OrderItems.0.Qty=\"2.0\"", "OrderItems.0.Qty=2.0",
                "OrderItems.0.PricePerUnit=\"29.990\"", "OrderItems.0.OrderLineNumber=1",
                "PostalServiceCost=\"4.90\""}},
    {"a price that went through a 32-bit float (`29.989999771118164` for `29.99`)", "yes",
     .stored = {"OrderItems.0.PricePerUnit=29.989999771118164",
                "OrderItems.0.PricePerUnit=\"29.9899998\"", "PostalServiceCost=4.900000095367432"}},
    {"a price that is rounded, or differs by a cent", "no",
     .stored = {"OrderItems.0.PricePerUnit=30", "OrderItems.0.PricePerUnit=29.98",
                "OrderItems.0.PricePerUnit=29.9", "PostalServiceCost=5"}},
    {"space around a text", "yes",
     .stored = {"Currency=\" EUR\"", "OrderItems.0.SKU=\"SKU-1  \"", "ReferenceNumber=\"R-1 \"",
                "DeliveryAddress.Town=\"Köln\\n\""}},
    {"line ends in a text that became CR LF, or LF", "yes",
     .stored = {"Notes=\"Ring twice,\\r\\nplease\"", "Notes=\"Ring twice,\\r\\nplease\\r\\n\""}},
    {"line ends in a text that became CR LF, or LF", "yes", "Notes=\"Ring twice,\\r\\nplease\"",
     .stored = {"Notes=\"Ring twice,\\nplease\""}},
    {"a text in other letters: capitals, accents, space within it, cut", "no",
     .stored = {"ChannelBuyerName=\"ZOË GROSS\"", "ChannelBuyerName=\"Zoe\\u0308 Groß\"",
                "ChannelBuyerName=\"Zoe Gross\"", "ChannelBuyerName=\"Zoë  Groß\"",
                "ChannelBuyerName=\"Zoë G\"", "Notes=\"Ring twice, please\""}},
    {"a postal code without its leading zero", "no",
     .stored = {"DeliveryAddress.PostCode=1234", "DeliveryAddress.PostCode=\"1234\""}},
    {"a brand before every SKU (`ACME_SKU-1` for `SKU-1`)", "yes",
     .stored = {"OrderItems.0.SKU=\"ACME_SKU-1\";OrderItems.1.SKU=\"ACME_SKU-2\""}},
    {"a brand before some of the SKUs, or another before each", "no",
     .stored = {"OrderItems.0.SKU=\"ACME_SKU-1\"", "OrderItems.1.SKU=\"ACME_SKU-2\"",
                "OrderItems.0.SKU=\"ACME_SKU-1\";OrderItems.1.SKU=\"OTHER_SKU-2\""}},
    {"something before a SKU that has an underscore itself (`OTHER_A_1` for `A_1`): it may be "
     "another "
     "thing",
     "no", WITH_UNDERSCORE,
     .stored = {"OrderItems.0.SKU=\"OTHER_A_1\"",
                "OrderItems.0.SKU=\"OTHER_A_1\";OrderItems.1.SKU=\"OTHER_B_1\""}},
    {"the same, where the order has a plain SKU too, with the same before it", "yes",
     "OrderItems.0.SKU=\"A_1\"",
     .stored = {"OrderItems.0.SKU=\"ACME_A_1\";OrderItems.1.SKU=\"ACME_SKU-2\""}},
    {"less than the SKU that was sent (`1` for `A_1`)", "no", WITH_UNDERSCORE,
     .stored = {"OrderItems.0.SKU=\"1\"", "OrderItems.0.SKU=\"1\";OrderItems.1.SKU=\"1\""}},
    {"a list, an object or a boolean where something else was sent", "no",
     .stored = {"Currency=[\"EUR\"]", "Currency={}", "OrderItems.0.Qty=true",
                "OrderItems={\"0\":1}", "DeliveryAddress=[]", "OrderItems.0.SKU=[\"SKU-1\"]"}},
};

/*
 * Differences.
 */

static json_t *child_of(json_t *parent, const char *name) {
    return json_is_array(parent) ? json_array_get(parent, (size_t)atoi(name))
                                 : json_object_get(parent, name);
}

static void set_child(json_t *parent, const char *name, json_t *value) {
    size_t place = (size_t)atoi(name);
    int failed;
    if (json_is_object(parent))
        failed = json_object_set_new(parent, name, value);
    else if (place == json_array_size(parent))
        failed = json_array_append_new(parent, value);
    else
        failed = json_array_set_new(parent, place, value);
    assert_int_equal(failed, 0);
}

static void remove_child(json_t *parent, const char *name) {
    int failed = json_is_array(parent) ? json_array_remove(parent, (size_t)atoi(name))
                                       : json_object_del(parent, name);
    assert_int_equal(failed, 0);
}

static void make_different(json_t *order, char *difference) {
    bool removes = *difference == '-';
    char *path = difference + removes, *value = strchr(path, '=');
    if (value)
        *value++ = '\0';
    json_t *parent = order;
    for (char *dot; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
        *dot = '\0';
        parent = child_of(parent, path);
        assert_non_null(parent);
    }
    if (removes)
        remove_child(parent, path);
    else
        set_child(parent, path, json_loads(value, JSON_DECODE_ANY, NULL));
}

static void make_all_different(json_t *order, const char *differences) {
    char text[700], *rest;
    assert_true(strlen(differences) < sizeof text);
    strcpy(text, differences);
    for (char *one = strtok_r(text, ";", &rest); one; one = strtok_r(NULL, ";", &rest))
        make_different(order, one);
}

/*
 * A call whose answer is lost.
 */

static spreetail_call *start_call(struct scene *scene, const char *body, bool from_clock) {
    return scene_start(scene, (struct spreetail_request){
                                  .method = "POST",
                                  .path = "/outbound",
                                  .body = body,
                                  .body_size = strlen(body),
                                  .reference = "R-1",
                                  .retries = 1,
                                  .idempotent = true,
                                  .settling = SPREETAIL_SETTLE_ORDER,
                                  .from_clock = from_clock,
                              });
}

static void settle(struct scene *scene, const spreetail_call *call, const char *stored) {
    bool lost = false;
    for (int i = 0; i < 20 && !spreetail_done(call); i++) {
        struct exchange *exchange = fake_running(&scene->fake, 0);
        if (!exchange)
            scene_take_news(scene);
        else if (strcmp(exchange->method, "GET") == 0)
            fake_answer(&scene->fake, exchange, 200, stored);
        else if (lost)
            fake_answer(&scene->fake, exchange, 409, "{\"success\":false,\"error\":\"exists\"}");
        else
            fake_fail(&scene->fake, exchange, EXCHANGE_LOST, true, 0);
        lost = true;
        scene_advance(scene, exchange ? 0 : spreetail_next_timeout(scene->client));
    }
}

static const char *verdict_on(const spreetail_call *call) {
    const struct spreetail_result *result = spreetail_result(call);
    if (result->error.kind == SPREETAIL_OK)
        return "yes";
    assert_int_equal(result->error.kind, SPREETAIL_CONFLICT);
    assert_int_equal(result->error.outcome, SPREETAIL_UNKNOWN);
    return strstr(result->error.message, "another order is stored") ? "no" : "can't be told";
}

/* Whether the verdict is the row's. */
static bool check_stored(const struct row *row, const char *differences) {
    void *state;
    json_t *order = json_loads(sent_order, 0, NULL);
    make_all_different(order, row->sent ? row->sent : "");
    char *body = json_dumps(order, 0);
    make_all_different(order, differences);
    json_t *envelope = json_pack("{s:b,s:o}", "success", true, "data", order);
    char *stored = json_dumps(envelope, 0);

    scene_setup_logged_in(&state);
    spreetail_call *call = start_call(state, body, row->from_clock);
    scene_step(state);
    settle(state, call, stored);
    const char *verdict = verdict_on(call);
    bool good = strcmp(verdict, row->verdict) == 0;
    if (!good)
        print_error("%s: '%s' is '%s'\n", row->name, differences, verdict);
    spreetail_drop(call);
    scene_teardown(&state);
    free(stored);
    json_decref(envelope);
    free(body);
    return good;
}

static void every_verdict_is_the_rows(void **state) {
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t j = 0; rows[i].stored[j]; j++)
            wrong += !check_stored(&rows[i], rows[i].stored[j]);
    assert_int_equal(wrong, 0);
}

static const struct row *row_of(const char *name) {
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static void the_page_has_these_rows_and_no_others(void **state) {
    (void)state;
    struct markdown_table *table = markdown_table_read(page, "What is stored");
    for (size_t i = 1; i < table->rows; i++) {
        const struct row *row = row_of(table->cells[i][0]);
        if (!row)
            fail_msg("nothing shows that '%s'", table->cells[i][0]);
        assert_string_equal(table->cells[i][1], row->verdict);
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (!markdown_table_row(table, rows[i].name))
            fail_msg("the page does not say '%s'", rows[i].name);
    markdown_table_free(table);
}

/*
 * Every field, in every way in which it alone may be different.
 */

/* The verdict when a field is missing. */
static const char *when_missing(const char *key) {
    static const char *const needed[] = {"ReferenceNumber", "OrderItems", "SKU", "Qty"};
    for (size_t i = 0; i < COUNT_OF(needed); i++)
        if (strcmp(key, needed[i]) == 0)
            return "can't be told";
    return "yes";
}

static void check_field(const char *path, const char *key, const json_t *value) {
    char difference[300];
    struct row row = {.name = path, .verdict = when_missing(key)};
    snprintf(difference, sizeof difference, "-%s", path);
    assert_true(check_stored(&row, difference));
    snprintf(difference, sizeof difference, "%s=null", path);
    assert_true(check_stored(&row, difference));

    row.verdict = strcmp(key, "ReferenceNumber") == 0 ? "can't be told" : "no";
    if (json_is_string(value))
        snprintf(difference, sizeof difference, "%s=\"x%.40s\"", path, json_string_value(value));
    else if (json_is_number(value))
        snprintf(difference, sizeof difference, "%s=%.17g", path, json_number_value(value) + 0.01);
    else
        snprintf(difference, sizeof difference, "%s=\"x\"", path);
    if (strchr(difference, '\n'))
        *strchr(difference, '\n') = ' ';
    assert_true(check_stored(&row, difference));
}

static void check_fields(const char *path, const json_t *object) {
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)object, key, value) {
        char below[100];
        snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", key);
        check_field(below, key, value);
        if (json_is_object(value))
            check_fields(below, value);
    }
}

static void a_field_may_be_missing_unless_the_order_is_known_by_it(void **state) {
    (void)state;
    json_t *order = json_loads(sent_order, 0, NULL);
    check_fields("", order);
    check_fields("OrderItems.0", json_array_get(json_object_get(order, "OrderItems"), 0));
    check_fields("OrderItems.1", json_array_get(json_object_get(order, "OrderItems"), 1));
    json_decref(order);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verdict_is_the_rows),
        cmocka_unit_test(the_page_has_these_rows_and_no_others),
        cmocka_unit_test(a_field_may_be_missing_unless_the_order_is_known_by_it),
    };
    return cmocka_run_group_tests_name("stored_order_table", tests, NULL, NULL);
}
