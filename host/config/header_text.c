/* SPDX-License-Identifier: MIT */
#include "header_text.h"

#include "header_names.h"

#include <stdlib.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

struct text {
    FILE *to;
    const struct device_file *file;
    const char *prefix;           /* of tables */
    char macro[HEADER_NAME_SIZE]; /* of macros and constants */
};

bool header_prefix_is_good(const char *prefix)
{
    size_t len = strspn(prefix, LETTERS "0123456789_");

    return len >= 1 && len <= HEADER_PREFIX_MAX && prefix[len] == '\0' &&
           strchr(LETTERS, prefix[0]) != NULL;
}

static void put_number(const struct text *text, const char *name, unsigned long value,
                       const char *remark)
{
    fprintf(text->to, "#define %s_%s %lu%s%s%s\n", text->macro, name, value,
            remark[0] == '\0' ? "" : " /* ", remark, remark[0] == '\0' ? "" : " */");
}

static void put_word(const struct text *text, const char *name, const char *before,
                     const char *word, const char *after)
{
    fprintf(text->to, "#define %s_%s %s%s%s\n", text->macro, name, before, word, after);
}

/* Octal, since a hex escape would swallow the digits behind it; '?' for trigraphs. */
static void put_string(const struct text *text, const char *name, const char *string)
{
    fprintf(text->to, "#define %s_%s \"", text->macro, name);
    for (; *string != '\0'; string++) {
        unsigned char byte = (unsigned char)*string;

        if (byte < 0x20 || byte >= 0x7f || strchr("\"\\?", byte) != NULL)
            fprintf(text->to, "\\%03o", (unsigned)byte);
        else
            putc(byte, text->to);
    }
    fputs("\"\n", text->to);
}

static void put_head(const struct text *text)
{
    fprintf(
        text->to,
        "/* Made by countersign header from a device file; change that, not this. What\n"
        " * client and device set alike is in here, and no secret.\n"
        " *\n"
        " *     static %s_WORK work;\n"
        " *     static const csign_settings settings = %s_SETTINGS(&work.head);\n"
        " *     static csign_slot slots[2];\n"
        " *     static %s_KEYED keyed[2];\n"
        " *     static csign_device device = %s_INIT(&settings, slots, keyed, 2);\n"
        " *     static uint8_t memory[%s_SERVER_BYTES];      for each connection\n"
        " */\n"
        "#ifndef %s_FILE_H\n"
        "#define %s_FILE_H\n\n"
        "#include <Countersign.h>\n\n",
        text->macro, text->macro, text->macro, text->macro, text->macro, text->macro,
        text->macro);
}

static void put_place(const struct text *text)
{
    const struct address *address = &text->file->address;

    if (address->kind == ADDRESS_TCP) {
        put_string(text, "HOST", address->host);
        put_number(text, "PORT", strtoul(address->port, NULL, 10), "");
    }
    if (address->kind == ADDRESS_SERIAL)
        put_number(text, "BAUD", address->baud, "");
}

static void put_profile(const struct text *text)
{
    const struct device_file *file = text->file;
    const char *profile = file->is_sealed ? "csign_sealed" : "csign_classic";

    put_number(text, "IS_SEALED", file->is_sealed, "");
    put_word(text, "SERVER_PROFILE", profile, "_server", "");
    put_word(text, "CLIENT_PROFILE", profile, "_client", "");
    put_word(text, "HASH", "csign_", file->hash_name, "");
    put_word(text, "WORK", "csign_", file->hash_name, "_work");
    put_word(text, "KEYED", "csign_", file->hash_name, "_keyed");
    put_number(text, "DIGEST", file->hash->digest_size, "bytes");
}

static void put_lengths(const struct text *text)
{
    const struct device_file *file = text->file;
    unsigned request = file->is_sealed ? file->payload : 0;
    /* The longer of the two costs memory, so that an equal length is for nothing; 9 is
     * what the answer to `last` takes. */
    unsigned reply = request == 0 ? 0 : request < 9 ? 9 : request;

    put_string(text, "ID", file->id);
    put_number(text, "ID_LEN", strlen(file->id), "bytes");
    put_number(text, "WAKE", file->wake, "bytes");
    put_number(text, "CHALLENGE", file->challenge, "bytes");
    put_number(text, "TAG", file->is_sealed ? file->tag : 0, "bytes; sealed only");
    put_number(text, "REQUEST_MAX", request, "bytes of code and arguments; sealed only");
    fprintf(text->to, "#ifndef %s_REPLY_MAX\n", text->macro);
    put_number(text, "REPLY_MAX", reply, "bytes of status and data; sealed only");
    fputs("#endif\n", text->to);
    put_number(text, "IS_LINK", file->address.kind == ADDRESS_SERIAL, "");
    put_number(text, "DEADLINE_MS", file->deadline_ms, "");
    put_number(text, "LIMIT_MS", file->limit_ms, "for a handler");
    put_number(text, "MAY_OVERLAP", file->may_overlap, "for csign_device_check()");
}

/* kind: ROW and CODE, or ANSWER_ROW and ANSWER_CODE; no other name here begins so. */
static void put_constants(const struct text *text, const struct name_table *table,
                          const char *kind)
{
    char name[HEADER_NAME_SIZE];
    size_t row;

    for (row = 0; row < table->count; row++) {
        header_name(name, table->names[row]);
        fprintf(text->to, "%s%s_%sROW_%s = %zu", row == 0 ? "\nenum {\n    " : ",\n    ",
                text->macro, kind, name, row);
        if (table->len == 1)
            fprintf(text->to, ",\n    %s_%sCODE_%s = 0x%02x", text->macro, kind, name,
                    table->codes[row]);
    }
    fputs("\n};\n", text->to);
}

static void put_bytes(const struct text *text, const struct name_table *table, size_t row)
{
    for (size_t i = 0; i < table->len; i++)
        fprintf(text->to, "%s0x%02x", i == 0 ? "" : ", ",
                table->codes[row * table->len + i]);
}

/* A code of several bytes is no constant of C's, but what initialises an array. */
static void put_long_codes(const struct text *text, const struct name_table *table,
                           const char *kind)
{
    char name[HEADER_NAME_SIZE];

    for (size_t row = 0; table->len > 1 && row < table->count; row++) {
        header_name(name, table->names[row]);
        fprintf(text->to, "#define %s_%sCODE_%s {", text->macro, kind, name);
        put_bytes(text, table, row);
        fputs("}\n", text->to);
    }
}

static void put_table(const struct text *text, const struct name_table *table,
                      const char *name, const char *kind)
{
    put_constants(text, table, kind);
    put_long_codes(text, table, kind);
    fprintf(text->to, "\nstatic const uint8_t %s_%s[] CSIGN_FLASH = {\n", text->prefix,
            name);
    for (size_t row = 0; row < table->count; row++) {
        fputs("    ", text->to);
        put_bytes(text, table, row);
        fprintf(text->to, ", /* %s */\n", table->names[row]);
    }
    fputs("};\n", text->to);
}

static void put_tables(const struct text *text)
{
    const struct name_table *commands = &text->file->commands;
    const struct name_table *answers = &text->file->answers;

    fputs("\n/* Rows are in the device file's order, and rights belong to rows. */\n",
          text->to);
    put_number(text, "COMMANDS_COUNT", commands->count, "");
    put_number(text, "COMMANDS_LEN", commands->len, "bytes of a code");
    put_number(text, "ANSWERS_COUNT", answers->count, "0: the device does not answer");
    put_number(text, "ANSWERS_LEN", answers->len, "bytes of an answer");
    put_table(text, commands, "codes", "");
    if (answers->count > 0)
        put_table(text, answers, "answers", "ANSWER_");
}

static void put_settings(const struct text *text)
{
    const char *m = text->macro;

    fprintf(text->to,
            "\n/* Initialisers: csign_settings; csign_table; csign_device; "
            "csign_client_config. */\n"
            "#define %s_SETTINGS(work) \\\n"
            "    {{&%s_HASH, (work)}, %s_ID, %s_ID_LEN, %s_WAKE, \\\n"
            "     %s_CHALLENGE, %s_TAG, %s_REQUEST_MAX, %s_REPLY_MAX, \\\n"
            "     %s_IS_LINK, %s_DEADLINE_MS}\n",
            m, m, m, m, m, m, m, m, m, m, m);
}

static void put_views(const struct text *text)
{
    const char *m = text->macro, *p = text->prefix;

    fprintf(text->to,
            "#define %s_COMMANDS {%s_codes, %s_COMMANDS_COUNT, %s_COMMANDS_LEN}\n", m, p,
            m, m);
    if (text->file->answers.count > 0)
        fprintf(text->to,
                "#define %s_ANSWERS {%s_answers, %s_ANSWERS_COUNT, %s_ANSWERS_LEN}\n", m,
                p, m, m);
    else
        fprintf(text->to, "#define %s_ANSWERS {NULL, 0, 0}\n", m);
}

static void put_initialisers(const struct text *text)
{
    const char *m = text->macro;

    fprintf(text->to,
            "#define %s_INIT(settings, slots, keyed, count) \\\n"
            "    {(settings), &%s_SERVER_PROFILE, %s_COMMANDS, %s_ANSWERS, \\\n"
            "     (slots), (keyed), (count), NULL, NULL}\n"
            "#define %s_CLIENT_INIT(settings, keyed) \\\n"
            "    {(settings), &%s_CLIENT_PROFILE, (keyed), %s_ANSWERS, \\\n"
            "     %s_COMMANDS_LEN, CSIGN_REPLY_MS}\n",
            m, m, m, m, m, m, m, m);
}

static void put_memory(const struct text *text)
{
    const char *m = text->macro;

    fputs("\n/* Bytes of memory for each connection. */\n", text->to);
    if (text->file->is_sealed) {
        fprintf(text->to,
                "#define %s_SERVER_BYTES \\\n"
                "    CSIGN_SEALED_SERVER_BYTES(%s_WAKE, %s_CHALLENGE, %s_TAG, \\\n"
                "                              %s_REQUEST_MAX, %s_REPLY_MAX)\n"
                "#define %s_CLIENT_BYTES \\\n"
                "    CSIGN_SEALED_CLIENT_BYTES(%s_WAKE, %s_CHALLENGE, %s_TAG, \\\n"
                "                              %s_REQUEST_MAX, %s_REPLY_MAX)\n",
                m, m, m, m, m, m, m, m, m, m, m, m);
        return;
    }
    fprintf(text->to,
            "#define %s_SERVER_BYTES \\\n"
            "    CSIGN_CLASSIC_SERVER_BYTES(%s_CHALLENGE, %s_DIGEST)\n"
            "#define %s_CLIENT_BYTES \\\n"
            "    CSIGN_CLASSIC_CLIENT_BYTES(%s_WAKE, %s_CHALLENGE, %s_DIGEST)\n",
            m, m, m, m, m, m, m);
}

void header_text(FILE *to, const struct device_file *file, const char *prefix)
{
    struct text text = {.to = to, .file = file, .prefix = prefix};

    header_name(text.macro, prefix);
    put_head(&text);
    put_place(&text);
    put_profile(&text);
    put_lengths(&text);
    put_tables(&text);
    put_settings(&text);
    put_views(&text);
    put_initialisers(&text);
    put_memory(&text);
    fputs("\n#endif\n", to);
}
