/* SPDX-License-Identifier: MIT */
/* vectors_to_header.c: writes vectors.json as C arrays, for tests on hosts and targets.
 *
 *     vectors_to_header vectors.json vectors.h [HASH]
 *
 * With a hash only its vectors, for targets that cannot hold them all.
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *out;

static void fail(const char *what)
{
    fprintf(stderr, "vectors_to_header: %s\n", what);
    exit(1);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    if (text == NULL)
        fail(name);
    return text;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = strchr(digits, c);

    if (at == NULL || c == 0)
        fail("not hex");
    return (int)(at - digits);
}

/* What becomes vector_bytes: each string of bytes once. */
static uint8_t bytes[65536];
static size_t byte_count;

static size_t place_of(const uint8_t *wanted, size_t len)
{
    const uint8_t *found = memmem(bytes, byte_count, wanted, len);
    size_t place = found ? (size_t)(found - bytes) : byte_count;

    if (found == NULL) {
        if (byte_count + len > sizeof bytes)
            fail("too many bytes");
        memcpy(bytes + byte_count, wanted, len);
        byte_count += len;
    }
    return place;
}

/* As an initialiser of struct bytes. */
static void print_place(const void *wanted, size_t len)
{
    fprintf(out, "{%zu, %zu}, ", place_of(wanted, len), len);
}

static size_t bytes_of(const char *hex, uint8_t *to)
{
    size_t len = strlen(hex) / 2;

    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    return len;
}

static void print_bytes(const json_t *object, const char *name)
{
    uint8_t raw[1024];
    const char *hex = text_of(object, name);

    if (strlen(hex) > 2 * sizeof raw)
        fail("too long");
    print_place(raw, bytes_of(hex, raw));
}

/* The same for a name that may be missing. */
static void print_optional(const json_t *object, const char *name)
{
    if (json_object_get(object, name) == NULL)
        fprintf(out, "{0, 0}, ");
    else
        print_bytes(object, name);
}

static void print_exchange(const json_t *exchange)
{
    static const char *const optional[] = {"arguments", "request_tag", "answer", "reply"};

    fprintf(out, "    {");
    print_bytes(exchange, "code");
    print_bytes(exchange, "request");
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
        print_optional(exchange, optional[i]);
    fprintf(out, "},\n");
}

/* Sealed: each code of the conversation once. Classic: the code. */
static void print_codes(const json_t *conversation, int is_sealed)
{
    const json_t *exchanges = json_object_get(conversation, "exchanges");
    uint8_t codes[256];
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(exchanges); i++) {
        uint8_t code[256];
        size_t len = bytes_of(text_of(json_array_get(exchanges, i), "code"), code);

        if (is_sealed && memchr(codes, code[0], count) != NULL)
            continue;
        memcpy(codes + count, code, len);
        count += len;
    }
    print_place(codes, count);
}

static void print_conversation(const json_t *conversation, size_t first, size_t count)
{
    const json_t *id = json_object_get(conversation, "id");
    const json_t *tag = json_object_get(conversation, "tag");
    int is_sealed = strcmp(text_of(conversation, "profile"), "sealed") == 0;
    const char *id_text = id ? json_string_value(id) : "";

    fprintf(out, "    {%d, %d, &csign_%s, ", is_sealed,
            tag ? (int)json_integer_value(tag) : 0, text_of(conversation, "hash"));
    print_place(id_text, strlen(id_text));
    print_bytes(conversation, "key");
    print_bytes(conversation, "wake");
    print_bytes(conversation, "challenge");
    print_optional(conversation, "derived_key");
    print_codes(conversation, is_sealed);
    fprintf(out, "%zu, %zu},\n", first, count);
}

static void print_conversations(const json_t *list)
{
    size_t index;
    const json_t *conversation;
    size_t first = 0, sealed = 0;

    fprintf(out,
            "static const struct vector_exchange vector_exchanges[] CSIGN_FLASH = {\n");
    json_array_foreach(list, index, conversation)
    {
        const json_t *exchanges = json_object_get(conversation, "exchanges");
        for (size_t i = 0; i < json_array_size(exchanges); i++)
            print_exchange(json_array_get(exchanges, i));
    }
    fprintf(out, "};\n\nstatic const struct vector_conversation vector_conversations[] "
                 "CSIGN_FLASH = {\n");
    json_array_foreach(list, index, conversation)
    {
        size_t count = json_array_size(json_object_get(conversation, "exchanges"));
        print_conversation(conversation, first, count);
        first += count;
        sealed += strcmp(text_of(conversation, "profile"), "sealed") == 0;
    }
    fprintf(out, "};\n\n#define VECTOR_SEALED_COUNT %zu\n\n", sealed);
}

static void print_counter(const json_t *source)
{
    json_int_t counter = json_integer_value(json_object_get(source, "counter"));

    fprintf(out, "%" JSON_INTEGER_FORMAT "U, %" JSON_INTEGER_FORMAT "U, ", counter >> 32,
            counter & 0xffffffff);
}

static void print_sources(const json_t *list)
{
    size_t index;
    const json_t *source;

    fprintf(out, "#define VECTOR_SOURCE_COUNT %zu\n", json_array_size(list));
    if (json_array_size(list) == 0)
        return;
    fprintf(out,
            "\nstatic const struct vector_source vector_sources[] CSIGN_FLASH = {\n");
    json_array_foreach(list, index, source)
    {
        fprintf(out, "    {&csign_%s, ", text_of(source, "hash"));
        print_bytes(source, "u");
        print_counter(source);
        print_bytes(source, "entropy");
        print_bytes(source, "challenge");
        fprintf(out, "},\n");
    }
    fprintf(out, "};\n");
}

static void print_vector_bytes(void)
{
    fprintf(out, "\nstatic const uint8_t vector_bytes[] CSIGN_FLASH = {");
    for (size_t i = 0; i < byte_count; i++)
        fprintf(out, "%s0x%02x,", i % 16 == 0 ? "\n    " : " ", bytes[i]);
    fprintf(out, "\n};\n\n");
}

/* Takes out what is of another hash. */
static void keep_hash(json_t *list, const char *hash)
{
    for (size_t i = json_array_size(list); hash != NULL && i-- > 0;)
        if (strcmp(text_of(json_array_get(list, i), "hash"), hash) != 0)
            (void)json_array_remove(list, i);
}

int main(int argc, char **argv)
{
    json_error_t error;
    json_t *root = argc == 3 || argc == 4 ? json_load_file(argv[1], 0, &error) : NULL;
    const char *hash = argc == 4 ? argv[3] : NULL;

    if (root == NULL)
        fail("usage: vectors_to_header vectors.json vectors.h [HASH]");
    out = fopen(argv[2], "w");
    if (out == NULL)
        fail(argv[2]);
    keep_hash(json_object_get(root, "exchanges"), hash);
    keep_hash(json_object_get(root, "challenge_source"), hash);
    if (json_array_size(json_object_get(root, "exchanges")) == 0)
        fail("no vectors of that hash");
    fprintf(out, "/* Made from vectors.json. */\n#ifndef VECTORS_H\n#define VECTORS_H\n\n"
                 "#include \"vector_types.h\"\n\n");
    print_conversations(json_object_get(root, "exchanges"));
    print_sources(json_object_get(root, "challenge_source"));
    print_vector_bytes();
    fprintf(out, "#endif\n");
    json_decref(root);
    return fclose(out) == 0 ? 0 : 1;
}
