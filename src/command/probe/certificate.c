#include "certificate.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "text.h"

static void read_name(char *text, size_t room, const X509_NAME *name) {
    BIO *out = BIO_new(BIO_s_mem());
    if (out && X509_NAME_print_ex(out, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
        int size = BIO_read(out, text, (int)room - 1);
        text[size > 0 ? size : 0] = '\0';
        text_make_readable(text, strlen(text));
    }
    BIO_free(out);
}

static int64_t read_time(const ASN1_TIME *time) {
    struct tm parts;
    return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

/* The name as text in `text`, which has room for one; false for kinds that no host has. */
static bool show_name(char *text, size_t room, const GENERAL_NAME *name) {
    const ASN1_STRING *value = name->d.ia5; /* an address is one, too */
    const unsigned char *bytes = ASN1_STRING_get0_data(value);
    int size = ASN1_STRING_length(value);
    if (name->type == GEN_DNS)
        return snprintf(text, room, "%.*s", size, (const char *)bytes) > 0;
    return name->type == GEN_IPADD &&
           inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text, (socklen_t)room) &&
           (size == 4 || size == 16);
}

static void read_names(struct certificate *certificate, const X509 *from) {
    GENERAL_NAMES *names = X509_get_ext_d2i(from, NID_subject_alt_name, NULL, NULL);
    size_t size = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        char text[256], *end = certificate->names + size;
        size_t room = sizeof certificate->names - size;
        if (!show_name(text, sizeof text, sk_GENERAL_NAME_value(names, i)))
            continue;
        int written = snprintf(end, room, "%s%s", size ? ", " : "", text);
        if (written < 0 || (size_t)written >= room) {
            *end = '\0'; /* whole names only */
            break;
        }
        size += (size_t)written;
    }
    text_make_readable(certificate->names, size);
    GENERAL_NAMES_free(names);
}

void certificate_read(struct certificate *certificate, X509 *from) {
    memset(certificate, 0, sizeof *certificate);
    read_name(certificate->subject, sizeof certificate->subject, X509_get_subject_name(from));
    read_name(certificate->issuer, sizeof certificate->issuer, X509_get_issuer_name(from));
    read_names(certificate, from);
    certificate->not_before = read_time(X509_get0_notBefore(from));
    certificate->not_after = read_time(X509_get0_notAfter(from));
}
