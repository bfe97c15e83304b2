/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "check.h"
#include "cmd_fingerprint.h"
#include "cmd_keygen.h"
#include "fingerprint.h"
#include "keygen.h"
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* From the passphrase and the id below by Node's crypto.scryptSync() and npm's bech32. */
#define PASSPHRASE      "correct horse battery staple"
#define PASSPHRASE_TEXT "csk1xkw9qsv0eg0sf2sp0hyq4hl8qqpgugp9jakg3puw57n6kg2gsdjqrtfmn8"
#define PASSPHRASE_ID   "lamp-1"

static char directory_name[128];

static void remove_directory(void)
{
    if (rmdir(directory_name) != 0)
        perror(directory_name);
}

#define PATH_SIZE 256

/* Writes the path of a name in this run's directory to path. */
static void in_directory(char path[PATH_SIZE], const char *name)
{
    const char *parent = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";

    if (directory_name[0] == '\0') {
        snprintf(directory_name, sizeof directory_name, "%s/csign-keygen-XXXXXX", parent);
        if (mkdtemp(directory_name) == NULL) {
            perror(directory_name);
            abort();
        }
        atexit(remove_directory);
    }
    snprintf(path, PATH_SIZE, "%s/%s", directory_name, name);
}

/* What a run of a verb left. */
static struct {
    int status;
    char output[4096], errors[4096];
} left;

static void read_back(int fd, char *text, size_t size)
{
    ssize_t len = pread(fd, text, size - 1, 0);

    text[len < 0 ? 0 : len] = '\0';
    close(fd);
}

static int scratch_file(void)
{
    char path[PATH_SIZE];
    int fd;

    in_directory(path, "scratch");
    fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || unlink(path) != 0)
        abort();
    return fd;
}

/* What happens in the child before the verb runs; NULL: nothing. */
typedef void (*preparation)(void);

static _Noreturn void child(preparation prepare, char **argv, int in, int out, int err)
{
    int argc = 0;
    int status;

    while (argv[argc] != NULL)
        argc++;
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    alarm(60); /* a run that hangs fails */
    if (prepare != NULL)
        prepare();
    status = strcmp(argv[0], "keygen") == 0 ? cmd_keygen(argc, argv)
                                            : cmd_fingerprint(argc, argv);
    fflush(NULL);
    _exit(status);
}

/* Runs a verb in a child with these len bytes as standard input. */
static int run(preparation prepare, const char *input, size_t len, char **argv)
{
    int in = scratch_file(), out = scratch_file(), err = scratch_file();
    int wait_status = -1;
    pid_t pid;

    if (write(in, input, len) != (ssize_t)len || lseek(in, 0, SEEK_SET) != 0)
        abort();
    fflush(NULL);
    pid = fork();
    if (pid < 0)
        abort();
    if (pid == 0)
        child(prepare, argv, in, out, err);
    if (waitpid(pid, &wait_status, 0) != pid)
        abort();
    close(in);
    read_back(out, left.output, sizeof left.output);
    read_back(err, left.errors, sizeof left.errors);
    left.status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
    return left.status;
}

#define ARGV(...)            ((char *[]){__VA_ARGS__, NULL})
#define RUN_VERB(...)        run(NULL, "", 0, ARGV(__VA_ARGS__))
#define RUN_WITH(input, ...) run(NULL, (input), strlen(input), ARGV(__VA_ARGS__))

static bool is_one_complaint(void)
{
    const char *newline = strchr(left.errors, '\n');

    return strncmp(left.errors, "countersign: ", 13) == 0 && newline != NULL &&
           newline[1] == '\0';
}

static bool complains(const char *clause)
{
    if (is_one_complaint() && strstr(left.errors, clause) != NULL)
        return true;
    printf("# \"%s\" is not one line with \"%s\"\n", left.errors, clause);
    return false;
}

static bool exists(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0;
}

static mode_t mode_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? status.st_mode & 07777 : 0;
}

/* Whether the line is the text of a key, and its fingerprint this one. */
static bool is_key_line(const char *line, const char *fingerprint_line)
{
    char text[KEY_TEXT_LEN + 1], want[64], print[FINGERPRINT_LEN + 1];
    uint8_t key[KEY_TEXT_KEY];
    struct key_text_fault fault;

    if (strlen(line) != KEY_TEXT_LEN + 1 || line[KEY_TEXT_LEN] != '\n')
        return false;
    memcpy(text, line, KEY_TEXT_LEN);
    text[KEY_TEXT_LEN] = '\0';
    if (!key_text_decode(text, key, &fault))
        return false;
    fingerprint(key, sizeof key, print);
    snprintf(want, sizeof want, "fingerprint %s\n", print);
    return strcmp(fingerprint_line, want) == 0;
}

static void read_file(const char *path, char *content, size_t size)
{
    int fd = open(path, O_RDONLY);

    content[0] = '\0';
    if (fd >= 0)
        read_back(fd, content, size);
}

TEST(scrypt_gives_the_key_of_rfc_7914)
{
    /* Section 12, third vector, its first 32 bytes: scrypt's output of any length begins
     * with that of a shorter one. */
    static const uint8_t expected[KEY_TEXT_KEY] = {
        0x70, 0x23, 0xbd, 0xcb, 0x3a, 0xfd, 0x73, 0x48, 0x46, 0x1c, 0x06,
        0xcd, 0x81, 0xfd, 0x38, 0xeb, 0xfd, 0xa8, 0xfb, 0xba, 0x90, 0x4f,
        0x8e, 0x3e, 0xa9, 0xb5, 0x43, 0xf6, 0x54, 0x5d, 0xa1, 0xf2};
    static const struct keygen_cost cost = {16384, 8, 1};
    uint8_t key[KEY_TEXT_KEY];

    CHECK(keygen_scrypt(key, "pleaseletmein", "SodiumChloride", &cost));
    CHECK_BYTES(key, expected, sizeof expected);
}

TEST(scrypt_takes_several_repetitions_and_no_cost_that_is_none)
{
    /* Section 12, second vector. */
    static const uint8_t expected[KEY_TEXT_KEY] = {
        0xfd, 0xba, 0xbe, 0x1c, 0x9d, 0x34, 0x72, 0x00, 0x78, 0x56, 0xe7,
        0x19, 0x0d, 0x01, 0xe9, 0xfe, 0x7c, 0x6a, 0xd7, 0xcb, 0xc8, 0x23,
        0x78, 0x30, 0xe7, 0x73, 0x76, 0x63, 0x4b, 0x37, 0x31, 0x62};
    static const struct keygen_cost cost = {1024, 8, 16}, odd = {1000, 8, 1};
    uint8_t key[KEY_TEXT_KEY];

    CHECK(keygen_scrypt(key, "password", "NaCl", &cost));
    CHECK_BYTES(key, expected, sizeof expected);
    CHECK(!keygen_scrypt(key, "password", "NaCl", &odd));
}

TEST(fingerprints_are_those_that_node_computes)
{
    /* createHmac('sha256', key).update('countersign/1 fingerprint') in Node. */
    uint8_t key[1024] = {0};
    char text[FINGERPRINT_LEN + 1];

    fingerprint(key, 32, text);
    CHECK(strcmp(text, "dc0f-a085") == 0);
    fingerprint((const uint8_t *)"Jefe", 4, text);
    CHECK(strcmp(text, "f9ec-eb95") == 0);
    for (size_t i = 0; i < 32; i++)
        key[i] = (uint8_t)i;
    fingerprint(key, 32, text);
    CHECK(strcmp(text, "6586-a4e8") == 0);
    memset(key, 0xaa, sizeof key);
    fingerprint(key, sizeof key, text);
    CHECK(strcmp(text, "1882-ad9f") == 0);
}

TEST(keygen_prints_a_new_key_each_time_and_its_fingerprint_apart)
{
    char first[sizeof left.output];

    CHECK_EQUAL(RUN_VERB("keygen"), 0);
    CHECK(is_key_line(left.output, left.errors));
    memcpy(first, left.output, sizeof first);
    CHECK_EQUAL(RUN_VERB("keygen"), 0);
    CHECK(is_key_line(left.output, left.errors));
    CHECK(strcmp(first, left.output) != 0);
}

static void umask_000(void)
{
    umask(0);
}

static void umask_077(void)
{
    umask(077);
}

static void umask_777(void)
{
    umask(0777);
}

TEST(a_key_file_is_its_owners_alone_whatever_the_umask)
{
    static const preparation umasks[] = {umask_000, umask_077, umask_777};
    char file[PATH_SIZE], content[128];

    in_directory(file, "new.key");
    for (size_t i = 0; i < sizeof umasks / sizeof *umasks; i++) {
        CHECK_EQUAL(run(umasks[i], "", 0, ARGV("keygen", "-o", file)), 0);
        CHECK_EQUAL(mode_of(file), 0600);
        read_file(file, content, sizeof content);
        CHECK(is_key_line(content, left.output));
        CHECK(left.errors[0] == '\0');
        CHECK_EQUAL(unlink(file), 0);
    }
}

TEST(an_existing_file_is_never_overwritten)
{
    char file[PATH_SIZE], link[PATH_SIZE], content[128], again[128];

    in_directory(file, "old.key");
    in_directory(link, "link.key");
    CHECK_EQUAL(RUN_VERB("keygen", "-o", file), 0);
    read_file(file, content, sizeof content);
    CHECK_EQUAL(RUN_VERB("keygen", "--output", file), 1);
    CHECK(complains("exists already") && strstr(left.errors, file) != NULL);
    CHECK(left.output[0] == '\0');
    read_file(file, again, sizeof again);
    CHECK(strcmp(content, again) == 0);
    CHECK_EQUAL(unlink(file), 0);

    /* A dangling link is no way around either. */
    CHECK_EQUAL(symlink(file, link), 0);
    CHECK_EQUAL(RUN_VERB("keygen", "-o", link), 1);
    CHECK(!exists(file));
    CHECK_EQUAL(unlink(link), 0);
}

static void no_file_exceeds_10_bytes(void)
{
    /* Standard error is a file here and gets no further either. */
    static const struct rlimit ten = {10, 10};

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &ten);
}

TEST(a_file_that_cannot_be_completed_is_removed)
{
    char file[PATH_SIZE];

    in_directory(file, "full.key");
    CHECK_EQUAL(run(no_file_exceeds_10_bytes, "", 0, ARGV("keygen", "-o", file)), 1);
    CHECK(!exists(file));
}

TEST(a_file_that_cannot_be_made_is_told)
{
    char file[PATH_SIZE];

    in_directory(file, "none/new.key");
    CHECK_EQUAL(RUN_VERB("keygen", "-o", file), 1);
    CHECK(complains("No such file or directory"));
}

static void output_to_full_disk(void)
{
    dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
}

TEST(a_full_standard_output_is_told)
{
    char file[PATH_SIZE];

    CHECK_EQUAL(run(output_to_full_disk, "", 0, ARGV("keygen")), 1);
    CHECK(complains("cannot write to standard output"));
    CHECK_EQUAL(run(output_to_full_disk, "", 0, ARGV("keygen", "--help")), 1);

    in_directory(file, "printed.key");
    CHECK_EQUAL(RUN_VERB("keygen", "-o", file), 0);
    CHECK_EQUAL(run(output_to_full_disk, "", 0, ARGV("fingerprint", file)), 1);
    CHECK(complains("cannot write to standard output"));
    CHECK_EQUAL(unlink(file), 0);
}

TEST(a_passphrase_and_an_id_always_give_the_same_key)
{
    static const char *const inputs[] = {PASSPHRASE "\n", PASSPHRASE "\r\n", PASSPHRASE,
                                         PASSPHRASE "\nmore\n"};

    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        CHECK_EQUAL(RUN_WITH(inputs[i], "keygen", "--passphrase", "--id", PASSPHRASE_ID),
                    0);
        CHECK(strcmp(left.output, PASSPHRASE_TEXT "\n") == 0);
    }
    CHECK_EQUAL(RUN_WITH(PASSPHRASE "\n", "keygen", "--passphrase", "--id", "lamp-2"), 0);
    CHECK(is_key_line(left.output, left.errors));
    CHECK(strcmp(left.output, PASSPHRASE_TEXT "\n") != 0);
}

TEST(a_passphrase_that_is_none_is_refused)
{
    static const char nul[] = "correct\0horse\n";
    static char longest[KEYGEN_PASSPHRASE_MAX + 3];
    char **argv = ARGV("keygen", "--passphrase", "--id", "a");

    CHECK_EQUAL(run(NULL, "", 0, argv), 2);
    CHECK(complains("empty"));
    CHECK_EQUAL(run(NULL, "\n", 1, argv), 2);
    CHECK(complains("empty"));
    CHECK_EQUAL(run(NULL, nul, sizeof nul - 1, argv), 2);
    CHECK(complains("NUL"));
    memset(longest, 'x', sizeof longest - 1);
    CHECK_EQUAL(run(NULL, longest, KEYGEN_PASSPHRASE_MAX + 1, argv), 2);
    CHECK(complains("over 1023 bytes"));
    longest[KEYGEN_PASSPHRASE_MAX] = '\n';
    CHECK_EQUAL(run(NULL, longest, KEYGEN_PASSPHRASE_MAX + 1, argv), 0);
}

/* What a process does, as ps(1) tells: S sleeps, as when it waits for input. */
static char state_of(pid_t pid)
{
    char path[64], state = '?';
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "r");
    if (file == NULL || fscanf(file, "%*d %*s %c", &state) != 1)
        abort();
    fclose(file);
    return state;
}

static bool has_echo(int terminal)
{
    struct termios mode;

    return tcgetattr(terminal, &mode) == 0 && (mode.c_lflag & ECHO) != 0;
}

/* Types a line once the program waits for it with the echo off, which is a moment after
 * its prompt: an earlier line would be shown, an earlier Ctrl-C forgotten. */
static void type_line(int terminal, pid_t pid, const char *line)
{
    while (has_echo(terminal) || state_of(pid) != 'S') {
        if (state_of(pid) == 'Z')
            return;
        usleep(1000);
    }
    if (write(terminal, line, strlen(line)) != (ssize_t)strlen(line))
        abort();
}

/* Reads what the terminal shows until the program ends, and types a line at each prompt.
 */
static void use_terminal(int terminal, pid_t pid, const char *const *lines, char *screen,
                         size_t size)
{
    size_t shown = 0, answered = 0;
    ssize_t got;

    screen[0] = '\0';
    while (shown < size - 1 &&
           (got = read(terminal, screen + shown, size - 1 - shown)) > 0) {
        shown += (size_t)got;
        screen[shown] = '\0';
        if (*lines == NULL || strstr(screen + answered, "Passphrase: ") == NULL)
            continue;
        answered = shown;
        type_line(terminal, pid, *lines++);
    }
}

/* Runs keygen --passphrase with a terminal as standard input and standard error and a
 * file as standard output, and types these lines. */
static int type_passphrases(const char *const *lines, char *screen, size_t size)
{
    int out = scratch_file();
    int terminal, wait_status = -1;
    pid_t pid = forkpty(&terminal, NULL, NULL, NULL);

    if (pid < 0)
        abort();
    if (pid == 0)
        child(NULL, ARGV("keygen", "--passphrase", "--id", PASSPHRASE_ID), STDIN_FILENO,
              out, STDERR_FILENO);
    use_terminal(terminal, pid, lines, screen, size);
    close(terminal);
    if (waitpid(pid, &wait_status, 0) != pid)
        abort();
    read_back(out, left.output, sizeof left.output);
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
}

TEST(a_terminal_is_asked_twice_and_shows_no_passphrase)
{
    static const char *const same[] = {PASSPHRASE "\n", PASSPHRASE "\n", NULL};
    char screen[4096];

    CHECK_EQUAL(type_passphrases(same, screen, sizeof screen), 0);
    CHECK(strcmp(left.output, PASSPHRASE_TEXT "\n") == 0);
    CHECK(strstr(screen, "Passphrase: ") != NULL);
    CHECK(strstr(screen, "Verifying - Passphrase: ") != NULL);
    CHECK(strstr(screen, "horse") == NULL);
    CHECK(strstr(screen, "fingerprint ") != NULL);
}

TEST(two_different_passphrases_make_no_key)
{
    static const char *const different[] = {PASSPHRASE "\n", "correct horse\n", NULL};
    static const char *const none[] = {"\n", "\n", NULL};
    char screen[4096];

    CHECK_EQUAL(type_passphrases(different, screen, sizeof screen), 2);
    CHECK(left.output[0] == '\0' && strstr(screen, "horse") == NULL);
    CHECK(strstr(screen, "countersign: keygen: no passphrase") != NULL);
    CHECK_EQUAL(type_passphrases(none, screen, sizeof screen), 2);
    CHECK(left.output[0] == '\0');
}

TEST(ctrl_c_at_the_prompt_makes_no_key)
{
    static const char *const interrupt[] = {"cor\x03", NULL};
    char screen[4096];

    CHECK_EQUAL(type_passphrases(interrupt, screen, sizeof screen), 2);
    CHECK(left.output[0] == '\0');
}

TEST(wrong_usage_of_keygen_is_told_and_makes_no_key)
{
    char id[66];

    memset(id, 'i', 65);
    id[65] = '\0';
    CHECK_EQUAL(RUN_VERB("keygen", "--passphrase"), 2);
    CHECK(complains("--passphrase needs --id") && left.output[0] == '\0');
    CHECK_EQUAL(RUN_VERB("keygen", "--id", "lamp"), 2);
    CHECK(complains("--id goes with --passphrase only") && left.output[0] == '\0');
    CHECK_EQUAL(RUN_WITH("x\n", "keygen", "--passphrase", "--id", ""), 2);
    CHECK(complains("1 to 64 bytes"));
    CHECK_EQUAL(RUN_WITH("x\n", "keygen", "--passphrase", "--id", id), 2);
    CHECK(complains("1 to 64 bytes"));
    id[64] = '\0';
    CHECK_EQUAL(RUN_WITH("x\n", "keygen", "--passphrase", "--id", id), 0);
    CHECK_EQUAL(RUN_VERB("keygen", "--unknown"), 2);
    CHECK(complains("option") && left.output[0] == '\0');
    CHECK_EQUAL(RUN_VERB("keygen", "-x"), 2);
    CHECK(complains("option"));
    CHECK_EQUAL(RUN_VERB("keygen", "-o"), 2);
    CHECK(complains("lacks its value"));
    CHECK_EQUAL(RUN_VERB("keygen", "-o", ""), 2);
    CHECK(complains("-o needs the name of a file"));
}

TEST(a_passphrase_on_the_command_line_is_refused_and_not_repeated)
{
    CHECK_EQUAL(RUN_VERB("keygen", "--passphrase=sesame", "--id", "lamp"), 2);
    CHECK(is_one_complaint() && strstr(left.errors, "sesame") == NULL);
    CHECK_EQUAL(RUN_VERB("keygen", "--passphrase", "sesame", "--id", "lamp"), 2);
    CHECK(is_one_complaint() && strstr(left.errors, "sesame") == NULL);
}

TEST(each_verb_has_a_help_text)
{
    CHECK_EQUAL(RUN_VERB("keygen", "--help"), 0);
    CHECK(strncmp(left.output, "usage: countersign keygen ", 26) == 0);
    CHECK(strstr(left.output, "csk1q") == NULL && left.errors[0] == '\0');
    CHECK_EQUAL(RUN_VERB("fingerprint", "--help"), 0);
    CHECK(strncmp(left.output, "usage: countersign fingerprint ", 31) == 0);
}

TEST(fingerprint_tells_that_of_the_key_file)
{
    char file[PATH_SIZE], told[sizeof left.output];

    in_directory(file, "told.key");
    CHECK_EQUAL(RUN_WITH(PASSPHRASE "\n", "keygen", "--passphrase", "--id", PASSPHRASE_ID,
                         "-o", file),
                0);
    memcpy(told, left.output, sizeof told);
    CHECK_EQUAL(RUN_VERB("fingerprint", file), 0);
    CHECK(strcmp(left.output, "f83d-c6ae\n") == 0);
    CHECK(strncmp(told, "fingerprint ", 12) == 0 && strcmp(told + 12, left.output) == 0);

    CHECK_EQUAL(chmod(file, 0640), 0);
    CHECK_EQUAL(RUN_VERB("fingerprint", file), 2);
    CHECK(complains("chmod 600 ") && left.output[0] == '\0');
    CHECK_EQUAL(unlink(file), 0);
    CHECK_EQUAL(RUN_VERB("fingerprint", file), 2);
    CHECK(complains("No such file"));
}

TEST(wrong_usage_of_fingerprint_is_told)
{
    CHECK_EQUAL(RUN_VERB("fingerprint"), 2);
    CHECK(complains("one key file"));
    CHECK_EQUAL(RUN_VERB("fingerprint", "a", "b"), 2);
    CHECK(complains("one key file"));
    CHECK_EQUAL(RUN_VERB("fingerprint", "--what"), 2);
    CHECK(complains("one key file"));
}

TEST(a_key_on_the_command_line_is_refused_and_not_repeated)
{
    CHECK_EQUAL(RUN_VERB("fingerprint", PASSPHRASE_TEXT), 2);
    CHECK(complains("command line") && strstr(left.errors, "csk1xkw") == NULL);
    CHECK_EQUAL(RUN_VERB("fingerprint", "text:sesame"), 2);
    CHECK(complains("command line") && strstr(left.errors, "sesame") == NULL);
}

TEST(a_message_stays_one_line_whatever_a_file_is_called)
{
    CHECK_EQUAL(RUN_VERB("fingerprint", "no\nsuch\x1b[2Jfile"), 2);
    CHECK(complains("no?such?[2Jfile"));
}

TESTS(RUN(scrypt_gives_the_key_of_rfc_7914),
      RUN(scrypt_takes_several_repetitions_and_no_cost_that_is_none),
      RUN(fingerprints_are_those_that_node_computes),
      RUN(keygen_prints_a_new_key_each_time_and_its_fingerprint_apart),
      RUN(a_key_file_is_its_owners_alone_whatever_the_umask),
      RUN(an_existing_file_is_never_overwritten),
      RUN(a_file_that_cannot_be_completed_is_removed),
      RUN(a_file_that_cannot_be_made_is_told), RUN(a_full_standard_output_is_told),
      RUN(a_passphrase_and_an_id_always_give_the_same_key),
      RUN(a_passphrase_that_is_none_is_refused),
      RUN(a_terminal_is_asked_twice_and_shows_no_passphrase),
      RUN(two_different_passphrases_make_no_key), RUN(ctrl_c_at_the_prompt_makes_no_key),
      RUN(wrong_usage_of_keygen_is_told_and_makes_no_key),
      RUN(a_passphrase_on_the_command_line_is_refused_and_not_repeated),
      RUN(each_verb_has_a_help_text), RUN(fingerprint_tells_that_of_the_key_file),
      RUN(wrong_usage_of_fingerprint_is_told),
      RUN(a_key_on_the_command_line_is_refused_and_not_repeated),
      RUN(a_message_stays_one_line_whatever_a_file_is_called))
