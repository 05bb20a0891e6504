/*
 * A program that logs in and posts one order, as somebody would write it with libcurl's defaults:
 *
 *     first_order BASE_URL CA_FILE CREDENTIALS ORDER
 *
 * CA_FILE stands for the bundle that libcurl trusts by default. Prints the CPU seconds that the
 * process has used; succeeds when the order was accepted.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct answer {
    char text[8192];
    size_t size;
};

static size_t keep(char *bytes, size_t one, size_t size, void *context) {
    struct answer *answer = context;
    if (size > sizeof answer->text - 1 - answer->size)
        return 0;
    memcpy(answer->text + answer->size, bytes, one * size);
    answer->size += size;
    answer->text[answer->size] = '\0';
    return size;
}

/* Posts the body to the path; returns the status, 0 where there is none. */
static long post(CURL *easy, const char *base_url, const char *path, const char *body,
                 struct answer *answer) {
    char url[512];
    long status = 0;
    snprintf(url, sizeof url, "%s%s", base_url, path);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
    if (curl_easy_perform(easy) == CURLE_OK)
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

int main(int argc, char **argv) {
    static const char before[] = "\"access_token\":\"";
    struct answer login = {.size = 0}, stored = {.size = 0};
    char authorization[8192];
    if (argc != 5)
        return 2;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(easy, CURLOPT_CAINFO, argv[2]);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    long status = post(easy, argv[1], "/auth/login", argv[3], &login);
    const char *token = status == 200 ? strstr(login.text, before) : NULL;
    if (!token)
        return 1;
    token += sizeof before - 1;
    snprintf(authorization, sizeof authorization, "Authorization: Bearer %.*s",
             (int)strcspn(token, "\""), token);
    headers = curl_slist_append(headers, authorization);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    status = post(easy, argv[1], "/outbound", argv[4], &stored);
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    curl_global_cleanup();
    printf("%.6f\n", (double)clock() / CLOCKS_PER_SEC);
    return status == 200 ? 0 : 1;
}
