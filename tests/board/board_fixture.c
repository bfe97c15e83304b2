/* SPDX-License-Identifier: MIT */
#include "board_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device_file.h"

enum { WORDS_MAX = 24, TEXT_MAX = 8192 };

static void read_text(char *text, const char *path)
{
    FILE *file = fopen(path, "r");
    size_t len;

    if (file == NULL)
        fail_msg("no %s", path);
    len = fread(text, 1, TEXT_MAX - 1, file);
    text[len] = '\0';
    fclose(file);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Rewrites one line of the device file: the one that begins with word. */
static void change_line(const char *path, const char *word, const char *line)
{
    static char text[TEXT_MAX], made[TEXT_MAX + 512];
    char *at, *end;

    read_text(text, path);
    at = strncmp(text, word, strlen(word)) == 0 ? text : NULL;
    for (char *next = strchr(text, '\n'); at == NULL && next != NULL;
         next = strchr(next + 1, '\n'))
        if (strncmp(next + 1, word, strlen(word)) == 0)
            at = next + 1;
    if (at == NULL)
        fail_msg("%s has no %s", path, word);
    end = at + strcspn(at, "\n");
    snprintf(made, sizeof made, "%.*s%s%s", (int)(at - text), text, line, end);
    write_text(path, made);
}

static void name_paths(struct device *d, const char *name)
{
    memset(d, 0, sizeof *d);
    snprintf(d->sketch, sizeof d->sketch, "%.*s", (int)strcspn(name, "-"), name);
    snprintf(d->directory, sizeof d->directory, "%s", test_path(name));
    snprintf(d->file, sizeof d->file, "%s/%s.ini", d->directory, d->sketch);
    snprintf(d->image, sizeof d->image, "%s/eeprom", d->directory);
    snprintf(d->serial, sizeof d->serial, "%s/line", d->directory);
    snprintf(d->origin, sizeof d->origin,
             strchr(name, '-') != NULL ? FIRMWARE "%s/%s.ini"
                                       : COUNTERSIGN_ROOT "/examples/%s/%s.ini",
             name, d->sketch);
}

void device_prepare(struct device *d, const char *name)
{
    static char text[TEXT_MAX];

    name_paths(d, name);
    if (mkdir(d->directory, 0700) != 0)
        return;
    read_text(text, d->origin);
    write_text(d->file, text);
}

/* The two sketches of the demonstration are built there. */
static const char *firmware(const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, FIRMWARE "board_%s.elf", name);
    if (access(path, R_OK) != 0)
        snprintf(path, sizeof path, DEMO_FIRMWARE "board_%s.elf", name);
    return path;
}

/* What the board itself is told, whatever the copy says where it can be reached. */
static void take_address(struct device *d)
{
    struct device_file file;
    char error[1024], link[320];

    if (!device_file_read(&file, d->origin, DEVICE_FILE_FOR_HEADER, error, sizeof error))
        fail_msg("%s", error);
    d->is_line = file.address.kind == ADDRESS_SERIAL;
    d->port = d->is_line ? 0 : (uint16_t)strtoul(file.address.port, NULL, 10);
    memcpy(link, d->serial, sizeof link);
    snprintf(d->serial, sizeof d->serial, "serial:%s?baud=%u&boot=100", link,
             d->is_line ? file.address.baud : 57600);
    device_file_free(&file);
}

/* From then on the program reaches the board under the device file's address. */
static void move_address(struct device *d)
{
    char line[512];

    if (d->is_line)
        snprintf(line, sizeof line, "address = %s", d->serial);
    else
        snprintf(line, sizeof line, "address = tcp://127.0.0.1:%u",
                 (unsigned)bench_port(&d->board, d->port));
    change_line(d->file, "address", line);
}

void device_start_blank(struct device *d, const char *name, ...)
{
    char map[64], link[320];
    const char *option, *value = NULL;
    va_list args;

    device_prepare(d, name);
    memcpy(link, d->serial, sizeof link);
    take_address(d);
    snprintf(map, sizeof map, "%u=127.0.0.1:0", d->is_line ? 9u : (unsigned)d->port);
    va_start(args, name);
    option = va_arg(args, const char *);
    if (option != NULL)
        value = va_arg(args, const char *);
    va_end(args);
    bench_start(&d->board, firmware(name), "--map", map, "--uart", "pty", "--uart-link",
                link, option, value, NULL);
    move_address(d);
}

void device_start(struct device *d, const char *name)
{
    device_start_blank(d, name, NULL);
    if (access(d->image, R_OK) == 0) {
        bench_do(&d->board, "eeprom restore %s", d->image);
        device_boot(d);
        return;
    }
    if (device_provision(d, NULL) != 0)
        fail_msg("provision: %s", d->out);
    bench_do(&d->board, "eeprom save %s", d->image);
    device_restart(d);
}

void device_boot(struct device *d)
{
    if (d->is_line)
        bench_do(&d->board, "run 500ms");
    else
        bench_do(&d->board, "run-until within 3s uart ready\\n");
    bench_do(&d->board, "run 5ms"); /* a socket listens again */
}

void device_restart(struct device *d)
{
    bench_do(&d->board, "power off");
    bench_do(&d->board, "power on");
    device_boot(d);
}

static void keep_output(struct device *d, struct process *program)
{
    const char *out = process_rest(program);
    size_t len = strlen(out);

    if (len >= sizeof d->out)
        len = sizeof d->out - 1;
    memcpy(d->out, out, len);
    snprintf(d->out + len, sizeof d->out - len, "%s", process_error_rest(program));
}

static int run_program(struct device *d, const char *const *argv)
{
    char state[320];
    const char *environment[] = {state, NULL};
    const struct process_options options = {.environment = environment};
    struct process program;
    int status;

    snprintf(state, sizeof state, "XDG_STATE_HOME=%s/state", d->directory);
    status = process_run(&program, argv, &options, NULL);
    keep_output(d, &program);
    process_end(&program);
    return status;
}

/* On a line the program waits by the clock, for a device to start and for silence, and so
 * the board has to go on meanwhile. */
static int run_beside(struct device *d, const char *const *argv, bool is_line)
{
    int status;

    bench_do(&d->board, "%s", is_line ? "pace real" : "turns 250ms");
    status = run_program(d, argv);
    bench_do(&d->board, "%s", is_line ? "pace lockstep" : "turns off");
    if (is_line)
        bench_do(&d->board, "run 10ms"); /* it sees that the line was closed */
    return status;
}

int device_provision(struct device *d, const char *option)
{
    const char *argv[] = {COUNTERSIGN_PROGRAM, "provision", d->file, "--port",
                          d->serial,           option,      NULL};

    return run_beside(d, argv, true);
}

int device_run(struct device *d, ...)
{
    const char *argv[WORDS_MAX] = {COUNTERSIGN_PROGRAM};
    size_t count = 1;
    va_list args;

    va_start(args, d);
    while (count < WORDS_MAX - 1 && (argv[count] = va_arg(args, const char *)) != NULL) {
        if (strcmp(argv[count], "FILE") == 0)
            argv[count] = d->file;
        count++;
    }
    va_end(args);
    argv[count] = NULL;
    return run_beside(d, argv, d->is_line);
}

static int send_words(struct device *d, const char *file, const char *words)
{
    const char *argv[WORDS_MAX] = {COUNTERSIGN_PROGRAM, "send", file};
    size_t count = 3;
    char text[512];

    snprintf(text, sizeof text, "%s", words);
    for (char *word = strtok(text, " "); word != NULL && count < WORDS_MAX - 1;
         word = strtok(NULL, " "))
        argv[count++] = word;
    argv[count] = NULL;
    return run_beside(d, argv, d->is_line);
}

int device_send(struct device *d, const char *words)
{
    return send_words(d, d->file, words);
}

int device_send_as(struct device *d, const char *key, const char *words)
{
    static char text[TEXT_MAX];
    char file[340], line[320];

    read_text(text, d->file);
    snprintf(file, sizeof file, "%s.other", d->file);
    write_text(file, text);
    snprintf(line, sizeof line, "key = file:%s", key);
    change_line(file, "key = ", line);
    return send_words(d, file, words);
}

bool device_said(const struct device *d, const char *text)
{
    return strstr(d->out, text) != NULL;
}

int device_level(struct device *d, const char *pin)
{
    const char *answer = bench_do(&d->board, "pin %s", pin);

    if (strstr(answer, "level=high") != NULL)
        return 1;
    return strstr(answer, "level=low") != NULL ? 0 : -1;
}

uint64_t device_edges(struct device *d, const char *pin)
{
    return bench_number(bench_do(&d->board, "pin %s", pin), "edges");
}

int device_connect(struct device *d)
{
    return bench_connect(&d->board, d->port);
}

void device_stop(struct device *d)
{
    assert_true(bench_stop(&d->board));
}
