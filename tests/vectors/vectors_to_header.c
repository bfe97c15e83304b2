/* SPDX-License-Identifier: MIT */
/* vectors_to_header.c: writes vectors.json as C arrays, for tests on hosts and targets.
 *
 *     vectors_to_header vectors.json vectors.h
 */
#include <jansson.h>
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

/* As an initialiser of struct bytes: the bytes as a string literal, and their number. */
static void print_bytes(const json_t *object, const char *name)
{
    const char *hex = text_of(object, name);

    fprintf(out, "{(const uint8_t *)\"");
    for (const char *at = hex; *at != 0; at += 2)
        fprintf(out, "\\x%x%x", hex_digit(at[0]), hex_digit(at[1]));
    fprintf(out, "\", %zu}, ", strlen(hex) / 2);
}

/* The same for a name that may be missing. */
static void print_optional(const json_t *object, const char *name)
{
    if (json_object_get(object, name) == NULL)
        fprintf(out, "{NULL, 0}, ");
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

static void print_conversation(const json_t *conversation, size_t first, size_t count)
{
    const json_t *id = json_object_get(conversation, "id");
    const json_t *tag = json_object_get(conversation, "tag");
    int is_sealed = strcmp(text_of(conversation, "profile"), "sealed") == 0;

    fprintf(out, "    {%d, &csign_%s, \"%s\", %d, ", is_sealed, text_of(conversation, "hash"),
            id ? json_string_value(id) : "", tag ? (int)json_integer_value(tag) : 0);
    print_bytes(conversation, "key");
    print_bytes(conversation, "wake");
    print_bytes(conversation, "challenge");
    print_optional(conversation, "derived_key");
    fprintf(out, "%zu, %zu},\n", first, count);
}

static void print_conversations(const json_t *list)
{
    size_t index;
    const json_t *conversation;
    size_t first = 0;

    fprintf(out, "static const struct vector_exchange vector_exchanges[] = {\n");
    json_array_foreach(list, index, conversation)
    {
        const json_t *exchanges = json_object_get(conversation, "exchanges");
        for (size_t i = 0; i < json_array_size(exchanges); i++)
            print_exchange(json_array_get(exchanges, i));
    }
    fprintf(out, "};\n\nstatic const struct vector_conversation vector_conversations[] = {\n");
    json_array_foreach(list, index, conversation)
    {
        size_t count = json_array_size(json_object_get(conversation, "exchanges"));
        print_conversation(conversation, first, count);
        first += count;
    }
    fprintf(out, "};\n\n");
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

    fprintf(out, "static const struct vector_source vector_sources[] = {\n");
    json_array_foreach(list, index, source)
    {
        fprintf(out, "    {&csign_%s, ", text_of(source, "hash"));
        print_bytes(source, "u");
        print_counter(source);
        print_bytes(source, "entropy");
        print_bytes(source, "challenge");
        fprintf(out, "},\n");
    }
    fprintf(out, "};\n\n");
}

int main(int argc, char **argv)
{
    json_error_t error;
    json_t *root = argc == 3 ? json_load_file(argv[1], 0, &error) : NULL;

    if (root == NULL)
        fail("usage: vectors_to_header vectors.json vectors.h");
    out = fopen(argv[2], "w");
    if (out == NULL)
        fail(argv[2]);
    fprintf(out, "/* Made from vectors.json. */\n#ifndef VECTORS_H\n#define VECTORS_H\n\n"
                 "#include \"vector_types.h\"\n\n");
    print_conversations(json_object_get(root, "exchanges"));
    print_sources(json_object_get(root, "challenge_source"));
    fprintf(out, "#endif\n");
    json_decref(root);
    return fclose(out) == 0 ? 0 : 1;
}
