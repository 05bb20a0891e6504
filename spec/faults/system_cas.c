/*
 * Another system's CAs, by LD_PRELOAD: libcurl says that it was built to trust those in
 * SYSTEM_CA_FILE and SYSTEM_CA_PATH, where these are set. It goes on trusting its own when nobody
 * tells it what to.
 */
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef curl_version_info_data *version_info_fn(CURLversion);

/* By name: where a module has brought libcurl into the process, RTLD_NEXT doesn't find it. */
static version_info_fn *real_version_info(void) {
    void *symbol = dlsym(dlopen("libcurl.so.4", RTLD_LAZY), "curl_version_info");
    version_info_fn *function;

    memcpy(&function, &symbol, sizeof function);
    return function;
}

curl_version_info_data *curl_version_info(CURLversion age) {
    static curl_version_info_data told;

    told = *real_version_info()(age);
    if (getenv("SYSTEM_CA_FILE"))
        told.cainfo = getenv("SYSTEM_CA_FILE");
    if (getenv("SYSTEM_CA_PATH"))
        told.capath = getenv("SYSTEM_CA_PATH");
    return &told;
}
