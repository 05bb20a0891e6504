/*
 * Guards what keeps secrets out of what people read: a text (and a tree of JSON) in which the
 * secret and the token stand at places that the input gives. After scrubbing neither is found.
 *
 * Neither has an asterisk in it here: the mask is made of these, and a secret that is a part of
 * the mask can't be told from it.
 */
#include "client.h"
#include "fake.h"
#include "input.h"

struct planted {
    char secret[40], token[40];
};

/* A word of `count` characters that the input chooses, from '!' to '~', never an asterisk. */
static void choose_word(struct input *input, char *word, size_t count) {
    for (size_t i = 0; i < count; i++) {
        word[i] = (char)('!' + input_byte(input) % ('~' - '!' + 1));
        if (word[i] == '*')
            word[i] = '-';
    }
    word[count] = '\0';
}

static void choose_words(struct input *input, struct planted *planted) {
    unsigned size = input_byte(input);
    choose_word(input, planted->secret, 1 + size % 16);
    choose_word(input, planted->token, 1 + size / 16 % 16);
}

/* The rest of the input, with some bytes that stand for the secret, the token, or a part. */
static void write_text(struct input *input, const struct planted *planted, struct buffer *text) {
    while (input->left) {
        char c = (char)input_byte(input);
        if (c == 1)
            buffer_add_text(text, planted->secret);
        else if (c == 2)
            buffer_add_text(text, planted->token);
        else if (c == 3)
            buffer_printf(text, "Bearer %s", planted->token);
        else if (c == 4)
            buffer_add(text, planted->secret, strlen(planted->secret) / 2);
        else
            buffer_add(text, &c, c != '\0');
    }
}

static spreetail_client *open_client(struct fake *fake, const struct planted *planted) {
    const struct spreetail_options options = {
        .client_id = "channel-7",
        .client_secret = planted->secret,
        .base_url = "https://api.example.test/v1",
    };
    struct spreetail_error error;
    fake_init(fake);
    spreetail_client *client = client_open(&options, fake_platform(fake, 1), &error);
    must(client, "no client");
    must(token_accept(&client->tokens, planted->token, strlen(planted->token), USEC_PER_SEC),
         "no token");
    return client;
}

static void check_clean(const struct planted *planted, const char *text, size_t size) {
    must(!memmem(text, size, planted->secret, strlen(planted->secret)), "the secret is left");
    must(!memmem(text, size, planted->token, strlen(planted->token)), "the token is left");
}

static void check_clean_json(const struct planted *planted, const json_t *value) {
    const char *key;
    size_t index;
    json_t *child;
    if (json_is_string(value))
        check_clean(planted, json_string_value(value), json_string_length(value));
    json_array_foreach (value, index, child)
        check_clean_json(planted, child);
    json_object_foreach ((json_t *)value, key, child) {
        check_clean(planted, key, strlen(key));
        check_clean_json(planted, child);
    }
}

/* As the server's words, as the name of a field, and behind a NUL. */
static json_t *tree_of(const struct buffer *text) {
    json_t *words = json_stringn(text->data, text->size), *list = json_array();
    json_t *tree = json_object();
    if (words)
        json_object_set(tree, text->data, words);
    json_object_set(tree, "words", words);
    json_array_append_new(list, words);
    json_array_append_new(list, json_pack("s%", "x\0y", (size_t)3));
    json_object_set_new(tree, "list", list);
    return tree;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct input input = input_of(bytes, size);
    struct planted planted;
    struct buffer text = {0};
    struct fake fake;
    choose_words(&input, &planted);
    buffer_add_text(&text, "");
    write_text(&input, &planted, &text);
    spreetail_client *client = open_client(&fake, &planted);

    json_t *tree = tree_of(&text);
    client_scrub_json(client, tree);
    check_clean_json(&planted, tree);
    json_decref(tree);

    client_scrub(client, text.data);
    check_clean(&planted, text.data, strlen(text.data));
    buffer_free(&text);
    spreetail_release(client);
    return 0;
}
