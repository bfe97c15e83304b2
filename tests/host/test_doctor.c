/* SPDX-License-Identifier: MIT */
/* `countersign doctor`: each cause is brought about, and is found by its number; no other
 * one is. */
#include "false_device.h"
#include "serve_fixture.h"

#include "cause.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/file.h>

#define DEVICE  "[device]\nid = lamp-1\naddress = %s\ndeadline = 400\n"
#define KEY     "key = text:" OWNER_KEY "\n"
#define TABLE   "[commands]\non = 01\noff = 02\necho = 03\nhidden = 04\n"
#define ANSWERS "[answers]\ndone = a0\nfailed = a1\n"

#define FILES 16

/* What the program said of a device file. */
struct visit {
    struct process program;
    int status;
    const char *said;
};

static void visit_end(struct visit *v)
{
    process_end(&v->program);
}

/* Starts the doctor on a file of this text, in which %s is the address. Words, up to
 * NULL, stand before FILE and behind it. */
static void visit_begin(struct visit *v, const char *address, const char *text,
                        const char *const *words)
{
    static char state[600];
    static unsigned files;
    const char *argv[16] = {COUNTERSIGN_PROGRAM, "doctor", "--timeout", "700"};
    const char *environment[] = {state, NULL};
    struct process_options options = {.environment = environment};
    char name[32], file[4096];
    size_t count = 4;

    snprintf(state, sizeof state, "XDG_STATE_HOME=%s", test_path("state"));
    snprintf(name, sizeof name, "client-%u.ini", files++ % FILES);
    snprintf(file, sizeof file, text, address);
    while (words != NULL && *words != NULL && strcmp(*words, "FILE") != 0)
        argv[count++] = *words++;
    argv[count++] = test_file(name, file, 0600);
    while (words != NULL && *words != NULL && *++words != NULL)
        argv[count++] = *words;
    process_start(&v->program, argv, &options);
    process_close_in(&v->program);
}

static void visit_await(struct visit *v)
{
    v->status = process_wait(&v->program);
    v->said = process_rest(&v->program);
}

static void visit(struct visit *v, const char *address, const char *text,
                  const char *const *words)
{
    visit_begin(v, address, text, words);
    visit_await(v);
}

static unsigned count_found(const char *said)
{
    unsigned count = 0;

    for (const char *at = strstr(said, "FOUND "); at != NULL;
         at = strstr(at + 1, "FOUND "))
        count++;
    return count;
}

/* Whether it found this cause, told a cure and the word, and nothing else. */
static bool found(const struct visit *v, enum cause cause)
{
    char head[64];
    bool is_there;

    snprintf(head, sizeof head, "FOUND  %d %s: ", (int)cause, cause_word(cause));
    is_there =
        strstr(v->said, head) != NULL && strstr(v->said, "\n       cure: ") != NULL;
    if (is_there && count_found(v->said) == 1 && v->status == 1)
        return true;
    print_message("expected %s and nothing else, exit status 1; got %d and:\n%s", head,
                  v->status, v->said);
    return false;
}

static bool finds(const char *address, const char *text, const char *const *words,
                  enum cause cause)
{
    struct visit v;
    bool good;

    visit(&v, address, text, words);
    good = found(&v, cause);
    visit_end(&v);
    return good;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* A device by one text, the doctor at a file of another, and what it finds. */
struct row {
    const char *device, *client;
    const char *const *words;
    enum cause cause;
};

struct meeting {
    struct lamp lamp;
    struct visit visit;
};

static void meeting_begin(struct meeting *m, const struct row *row)
{
    char text[4096];

    snprintf(text, sizeof text, row->device, "tcp://127.0.0.1:0");
    lamp_begin(&m->lamp, text);
    visit_begin(&m->visit, m->lamp.address, row->client, row->words);
}

static bool meeting_end(struct meeting *m, const struct row *row)
{
    bool good;

    visit_await(&m->visit);
    good = found(&m->visit, row->cause);
    visit_end(&m->visit);
    lamp_end(&m->lamp);
    return good;
}

/* All at once, for they mostly wait. */
static bool all_meet(const struct row *rows, size_t count)
{
    struct meeting meetings[FILES];
    bool good = true;

    assert_true(count <= FILES);
    for (size_t i = 0; i < count; i++)
        meeting_begin(&meetings[i], &rows[i]);
    for (size_t i = 0; i < count; i++)
        good = meeting_end(&meetings[i], &rows[i]) && good;
    return good;
}

#define ALL_MEET(rows) all_meet(rows, sizeof(rows) / sizeof *(rows))

static bool meets(const char *device, const char *client, const char *const *words,
                  enum cause cause)
{
    const struct row row = {device, client, words, cause};

    return all_meet(&row, 1);
}

TEST(a_healthy_device_is_found_healthy)
{
    static const char *const files[] = {DEVICE KEY TABLE,
                                        DEVICE KEY "profile = classic\n" TABLE ANSWERS};
    struct lamp lamp;
    struct visit v;
    char text[2048];

    for (size_t i = 0; i < 2; i++) {
        snprintf(text, sizeof text, files[i], "tcp://127.0.0.1:0");
        lamp_begin(&lamp, text);
        visit(&v, lamp.address, files[i], WORDS("--run", "on"));
        CHECK_EQUAL(v.status, 0);
        CHECK(strstr(v.said, "nothing found\n") != NULL);
        CHECK(strstr(v.said, "ok     run: on: done") != NULL);
        CHECK(strstr(v.said, "ok     deadline: ") != NULL);
        visit_end(&v);
        lamp_end(&lamp);
    }
}

TEST(without_run_no_command_runs)
{
    struct lamp lamp;
    struct visit v;
    const char *trace = test_path("ran");
    char text[2048];

    unlink(trace);
    snprintf(text, sizeof text,
             DEVICE KEY "profile = classic\n" TABLE ANSWERS
                        "[run]\non = /usr/bin/touch %s\n",
             "tcp://127.0.0.1:0", trace);
    lamp_begin(&lamp, text);
    visit(&v, lamp.address, DEVICE KEY "profile = classic\n" TABLE ANSWERS, NULL);
    CHECK_EQUAL(v.status, 0);
    CHECK(access(trace, F_OK) != 0);
    visit_end(&v);
    lamp_end(&lamp);
}

TEST(a_mistake_in_the_file_is_found)
{
    CHECK(finds("tcp://127.0.0.1:1", DEVICE KEY "wake = many\n" TABLE, NULL, CAUSE_FILE));
    CHECK(finds("tcp://127.0.0.1", DEVICE KEY TABLE, NULL, CAUSE_FILE));
}

TEST(a_key_that_cannot_be_had_is_found)
{
    static const char device[] = DEVICE KEY TABLE;

    const struct row rows[] = {
        {device, DEVICE "key = file:missing.key\n" TABLE, NULL, CAUSE_KEY},
        {device, DEVICE "key = file:open.key\n" TABLE, NULL, CAUSE_KEY},
        {device, DEVICE "key = file:cut.key\n" TABLE, NULL, CAUSE_KEY}};

    test_file("open.key", "text:" OWNER_KEY "\n", 0644);
    test_file("cut.key", "csk1qqqq\n", 0600);
    CHECK(ALL_MEET(rows));
}

TEST(no_key_is_ever_printed)
{
    struct visit v;

    visit(&v, "tcp://127.0.0.1:1", DEVICE KEY TABLE, NULL);
    CHECK(strstr(v.said, OWNER_KEY) == NULL);
    CHECK(strstr(process_error_rest(&v.program), OWNER_KEY) == NULL);
    visit_end(&v);
}

TEST(a_key_that_the_file_itself_does_not_list_is_found)
{
    struct visit v;

    visit(&v, "tcp://127.0.0.1:1",
          DEVICE KEY TABLE "[keys]\nguest = text:" GUEST_KEY " : on\n", NULL);
    CHECK(strstr(v.said, "FOUND  102 key-unlisted: ") != NULL);
    visit_end(&v);
    visit(&v, "tcp://127.0.0.1:1",
          DEVICE KEY TABLE "[keys]\nowner = text:" OWNER_KEY " : on\n", NULL);
    CHECK(strstr(v.said, "key-unlisted") == NULL);
    CHECK(strstr(v.said, "ok     key: it is owner in [keys]\n") != NULL);
    visit_end(&v);
}

TEST(an_answer_that_equals_a_code_is_found)
{
    static const char text[] = DEVICE KEY "profile = classic\noverlap = allow\n" TABLE
                                          "[answers]\ndone = 01\nfailed = a1\n";

    CHECK(meets(text, text, NULL, CAUSE_OVERLAP));
}

TEST(a_state_file_that_cannot_be_used_is_found)
{
    static const char text[] = DEVICE KEY TABLE;
    const char *directory = test_path("state/countersign");

    mkdir(test_path("state"), 0700);
    assert_int_equal(mkdir(directory, 0700), 0);
    assert_int_equal(chmod(directory, 0777), 0);
    CHECK(meets(text, text, NULL, CAUSE_STATE));
    assert_int_equal(rmdir(directory), 0);
}

/* The state file that send makes; its name does not depend on the address. */
static const char *state_file_make(void)
{
    struct lamp lamp;
    const char *argv[] = {COUNTERSIGN_PROGRAM, "send", NULL, "on", NULL};
    char directory[600], state[600], text[2048];
    static char path[900];
    const char *environment[] = {state, NULL};
    struct process_options options = {.environment = environment};
    struct process p;
    struct dirent *entry;
    DIR *opened;

    snprintf(state, sizeof state, "XDG_STATE_HOME=%s", test_path("state"));
    snprintf(directory, sizeof directory, "%s/countersign", test_path("state"));
    snprintf(text, sizeof text, DEVICE KEY TABLE, "tcp://127.0.0.1:0");
    lamp_begin(&lamp, text);
    snprintf(text, sizeof text, DEVICE KEY TABLE, lamp.address);
    argv[2] = test_file("sender.ini", text, 0600);
    assert_int_equal(process_run(&p, argv, &options, NULL), 0);
    process_end(&p);
    lamp_end(&lamp);
    opened = opendir(directory);
    assert_non_null(opened);
    while ((entry = readdir(opened)) != NULL) {
        if (entry->d_name[0] != '.')
            snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
    }
    closedir(opened);
    return path;
}

/* Nothing listens at the address of these tests, so that they need not wait. */
static bool found_in_state(const struct visit *v, const char *what)
{
    const char *line = strstr(v->said, "FOUND  110 state-file: ");

    if (line != NULL && strstr(line, what) != NULL && count_found(v->said) == 2 &&
        strstr(v->said, "FOUND  121 nothing-listens: ") != NULL && v->status == 1)
        return true;
    print_message("expected 110 with '%s', then 121; got:\n%s", what, v->said);
    return false;
}

TEST(a_state_file_that_another_has_or_that_is_damaged_is_found)
{
    static const char text[] = DEVICE KEY TABLE;
    const char *path = state_file_make();
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct visit v;

    assert_int_equal(flock(fd, LOCK_EX), 0);
    visit(&v, "tcp://127.0.0.1:1", text, NULL);
    CHECK(found_in_state(&v, "is locked: another send"));
    visit_end(&v);
    assert_int_equal(flock(fd, LOCK_UN), 0);
    assert_int_equal(ftruncate(fd, 600), 0);
    visit(&v, "tcp://127.0.0.1:1", text, NULL);
    CHECK(found_in_state(&v, "is damaged"));
    visit_end(&v);
    close(fd);
    unlink(path);
}

/* As root without what lets root do all. */
static void visit_without_rights(struct visit *v)
{
    const char *argv[] = {
        "/usr/bin/setpriv", "--bounding-set", "-all", COUNTERSIGN_PROGRAM,
        "doctor",           "client.ini",     NULL};
    char state[600], text[2048];
    const char *environment[] = {state, NULL};
    struct process_options options = {.directory = test_directory(),
                                      .environment = environment};

    snprintf(state, sizeof state, "XDG_STATE_HOME=%s", test_path("state"));
    snprintf(text, sizeof text, DEVICE KEY TABLE, "tcp://127.0.0.1:1");
    test_file("client.ini", text, 0600);
    v->status =
        process_run(&v->program, geteuid() == 0 ? argv : argv + 3, &options, NULL);
    v->said = process_rest(&v->program);
}

static bool is_found_without_rights(const char *what)
{
    struct visit v;
    bool good;

    visit_without_rights(&v);
    good = found_in_state(&v, what);
    visit_end(&v);
    return good;
}

TEST(a_state_file_or_directory_that_this_user_may_not_use_is_found)
{
    char file[900], directory[600];

    snprintf(file, sizeof file, "%s", state_file_make());
    snprintf(directory, sizeof directory, "%s", test_path("state/countersign"));
    assert_int_equal(chmod(file, 0400), 0);
    CHECK(is_found_without_rights("cannot be written: "));
    assert_int_equal(chmod(file, 0200), 0);
    CHECK(is_found_without_rights("cannot be read: "));
    assert_int_equal(unlink(file), 0);
    assert_int_equal(chmod(directory, 0500), 0);
    CHECK(is_found_without_rights("no state file can be made in "));
    assert_int_equal(chmod(directory, 0700), 0);
}

TEST(an_address_where_nobody_is_is_found)
{
    static const char text[] = DEVICE KEY TABLE;

    CHECK(finds("tcp://no-such-host.invalid:1", text, NULL, CAUSE_NAME));
    CHECK(finds("tcp://127.0.0.1:1", text, NULL, CAUSE_REFUSED));
    CHECK(finds("unix:nowhere.sock", text, NULL, CAUSE_ABSENT));
    CHECK(finds("serial:/dev/no-such-line", text, NULL, CAUSE_ABSENT));
    CHECK(finds("serial:/dev/null", text, NULL, CAUSE_NO_LINE));
}

/* A queue of one place that is full: what comes then gets no answer, as behind a cable
 * that leads nowhere. */
TEST(a_way_that_leads_nowhere_is_found)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t len = sizeof name;
    int waiting[3], listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char address[64];

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *)&name, len), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&name, &len), 0);
    for (size_t i = 0; i < 3; i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(waiting[i], (struct sockaddr *)&name, len);
    }
    snprintf(address, sizeof address, "tcp://127.0.0.1:%d", ntohs(name.sin_port));
    CHECK(finds(address, DEVICE KEY TABLE, NULL, CAUSE_UNREACHED));
    for (size_t i = 0; i < 3; i++)
        close(waiting[i]);
    close(listener);
}

TEST(a_line_that_another_program_has_is_found)
{
    int master = line_open(test_path("line"));
    int other = open(test_path("line"), O_RDWR | O_NOCTTY | O_CLOEXEC);
    char address[600];

    assert_int_equal(flock(other, LOCK_EX), 0);
    snprintf(address, sizeof address, "serial:%s?boot=0", test_path("line"));
    CHECK(finds(address, DEVICE KEY TABLE, NULL, CAUSE_BUSY));
    close(other);
    close(master);
}

/* Root may do all, so it is run without what lets it. */
TEST(a_socket_that_this_user_may_not_use_is_found)
{
    static const char *const argv_tail[] = {"doctor", "client.ini"};
    const char *argv[] = {
        "/usr/bin/setpriv", "--bounding-set", "-all", COUNTERSIGN_PROGRAM,
        argv_tail[0],       argv_tail[1],     NULL};
    struct process_options options = {.directory = test_directory()};
    struct visit v;
    struct lamp lamp;
    char text[2048];

    snprintf(text, sizeof text, DEVICE KEY TABLE, "unix:lamp.sock");
    test_file("client.ini", text, 0600);
    lamp_begin(&lamp, text);
    assert_int_equal(chmod(test_path("lamp.sock"), 0), 0);
    v.status = process_run(&v.program, geteuid() == 0 ? argv : argv + 3, &options, NULL);
    v.said = process_rest(&v.program);
    CHECK(found(&v, CAUSE_PERMISSION));
    visit_end(&v);
    lamp_end(&lamp);
}

/* Somebody who listens and is no device. */
struct stranger {
    pthread_t thread;
    int listener, stop[2];
    bool hangs_up;
    ssize_t wake; /* answers no fewer bytes, and next time one more; 0: answers all */
    const char *greeting;
    char address[64];
};

static void *stranger_serve(void *context)
{
    struct stranger *s = context;
    struct pollfd fds[] = {{.fd = s->listener, .events = POLLIN},
                           {.fd = s->stop[0], .events = POLLIN}};
    char dropped[512];

    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        int fd = accept(s->listener, NULL, NULL);

        ssize_t got = s->wake == 0 ? 0 : read(fd, dropped, sizeof dropped);

        if (got >= s->wake)
            (void)send(fd, s->greeting, strlen(s->greeting), MSG_NOSIGNAL);
        if (got == s->wake && got > 0)
            s->wake++;
        while (!s->hangs_up && read(fd, dropped, sizeof dropped) > 0)
            ;
        close(fd);
    }
    return NULL;
}

static void stranger_begin(struct stranger *s)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t len = sizeof name;

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&name, len), 0);
    assert_int_equal(listen(s->listener, 5), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&name, &len), 0);
    assert_int_equal(pipe(s->stop), 0);
    snprintf(s->address, sizeof s->address, "tcp://127.0.0.1:%d", ntohs(name.sin_port));
    assert_int_equal(pthread_create(&s->thread, NULL, stranger_serve, s), 0);
}

static void stranger_end(struct stranger *s)
{
    close(s->stop[1]);
    pthread_join(s->thread, NULL);
    close(s->stop[0]);
    close(s->listener);
}

TEST(who_is_no_device_is_found)
{
    struct {
        struct stranger stranger;
        enum cause cause;
    } rows[] = {
        {{.greeting = "", .hangs_up = true}, CAUSE_HUNG_UP},
        {{.greeting = ""}, CAUSE_SILENT},
        {{.greeting = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"}, CAUSE_STRANGER},
        {{.greeting =
              "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n"
              "Content-Type: text/plain\r\n\r\n",
          .hangs_up = true},
         CAUSE_STRANGER},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        stranger_begin(&rows[i].stranger);
        CHECK(finds(rows[i].stranger.address, DEVICE KEY TABLE, NULL, rows[i].cause));
        stranger_end(&rows[i].stranger);
    }
}

TEST(a_longer_wake_is_looked_for_once)
{
    struct stranger s = {.greeting = "x", .wake = 40};
    struct visit v;

    stranger_begin(&s);
    visit(&v, s.address, DEVICE KEY TABLE, NULL);
    CHECK_EQUAL(count_found(v.said), 2);
    CHECK(strstr(v.said, "FOUND  133 wake-length: the device's wake has 40 ") != NULL);
    CHECK(strstr(v.said, "FOUND  131 no-challenge: ") != NULL);
    visit_end(&v);
    stranger_end(&s);
}

TEST(a_classic_device_that_searches_longer_than_send_waits_is_found)
{
    struct stranger s = {.greeting = "\1\2\3\4\5\6\7\10\1\2\3\4\5\6\7\10"};

    stranger_begin(&s);
    CHECK(finds(s.address, DEVICE KEY "profile = classic\nwake = 0\n" TABLE ANSWERS, NULL,
                CAUSE_SLOW));
    stranger_end(&s);
}

#define TIMELESS "[device]\nid = lamp-1\naddress = %s\n" KEY
#define SHORT    TIMELESS "deadline = 400\n"
#define PLAIN    SHORT TABLE

TEST(what_is_not_set_alike_is_found)
{
    const struct row rows[] = {
        {PLAIN, SHORT "wake = 23\n" TABLE, NULL, CAUSE_WAKE},
        {SHORT "wake = 23\n" TABLE, PLAIN, NULL, CAUSE_WAKE},
        {PLAIN, SHORT "challenge = 23\n" TABLE, NULL, CAUSE_CHALLENGE},
        {SHORT "challenge = 23\n" TABLE, PLAIN, NULL, CAUSE_CHALLENGE},
        {SHORT "tag = 32\n" TABLE, PLAIN, NULL, CAUSE_TAG},
        {PLAIN, SHORT "tag = 19\n" TABLE, NULL, CAUSE_TAG},
        {PLAIN, SHORT "hash = blake2s\n" TABLE, NULL, CAUSE_HASH},
        {SHORT "hash = blake2s\n" TABLE, PLAIN, NULL, CAUSE_HASH},
        {SHORT "payload = 100\n" TABLE, PLAIN, NULL, CAUSE_PAYLOAD},
        {TIMELESS "deadline = 900\n" TABLE, PLAIN, NULL, CAUSE_WAITS_LONGER},
        {PLAIN, TIMELESS "deadline = 900\n" TABLE, NULL, CAUSE_WAITS_LESS}};

    CHECK(ALL_MEET(rows));
}

TEST(another_profile_is_found)
{
    static const char sealed[] = DEVICE KEY TABLE;
    static const char classic[] = DEVICE KEY "profile = classic\n" TABLE ANSWERS;
    const struct row rows[] = {{sealed, classic, NULL, CAUSE_PROFILE},
                               {classic, sealed, NULL, CAUSE_PROFILE}};

    CHECK(ALL_MEET(rows));
}

TEST(another_hash_or_wake_of_classic_is_found)
{
    static const char classic[] = DEVICE KEY "profile = classic\n" TABLE ANSWERS;
    static const char sha1[] =
        DEVICE KEY "profile = classic\nhash = sha1\n" TABLE ANSWERS;
    static const char sha512[] =
        DEVICE KEY "profile = classic\nhash = sha512\n" TABLE ANSWERS;
    static const char woken[] = DEVICE KEY "profile = classic\nwake = 0\n" TABLE ANSWERS;
    const struct row rows[] = {{classic, sha1, NULL, CAUSE_HASH},
                               {sha1, sha512, NULL, CAUSE_HASH},
                               {sha512, classic, NULL, CAUSE_HASH},
                               {woken, classic, NULL, CAUSE_WAKE},
                               {classic, woken, NULL, CAUSE_WAKE}};

    CHECK(ALL_MEET(rows));
}

TEST(several_differences_are_found_at_once_and_the_key_is_proven_behind_them)
{
    struct lamp lamp;
    struct visit v;
    char text[2048];

    snprintf(text, sizeof text, DEVICE KEY TABLE, "tcp://127.0.0.1:0");
    lamp_begin(&lamp, text);
    visit(&v, lamp.address, DEVICE KEY "wake = 12\nchallenge = 24\ntag = 20\n" TABLE,
          NULL);
    CHECK_EQUAL(v.status, 1);
    CHECK_EQUAL(count_found(v.said), 3);
    CHECK(strstr(v.said, "cure: write wake = 16, ") != NULL);
    CHECK(strstr(v.said, "cure: write challenge = 16, ") != NULL);
    CHECK(strstr(v.said, "cure: write tag = 16, ") != NULL);
    CHECK(strstr(v.said, "ok     key: the device proved that it has it") != NULL);
    visit_end(&v);
    lamp_end(&lamp);
}

TEST(a_classic_command_runs_with_the_lengths_that_were_found)
{
    static const char text[] = DEVICE KEY "profile = classic\n" TABLE ANSWERS;
    struct lamp lamp;
    struct visit v;
    char device[2048];

    snprintf(device, sizeof device, text, "tcp://127.0.0.1:0");
    lamp_begin(&lamp, device);
    visit(&v, lamp.address,
          DEVICE KEY "profile = classic\nwake = 20\nchallenge = 24\n" TABLE ANSWERS,
          WORDS("--run", "on"));
    CHECK_EQUAL(count_found(v.said), 2);
    CHECK(strstr(v.said, "ok     run: on: done") != NULL);
    visit_end(&v);
    lamp_end(&lamp);
}

TEST(another_key_or_id_is_found)
{
    static const char device[] = DEVICE KEY TABLE;
    const struct row rows[] = {
        {device, DEVICE "key = text:" GUEST_KEY "\n" TABLE, NULL, CAUSE_REFUSES},
        {"[device]\naddress = %s\ndeadline = 400\n" KEY TABLE, device, NULL, CAUSE_ID}};

    CHECK(ALL_MEET(rows));
}

TEST(what_becomes_of_a_command_is_found)
{
    static const char device[] =
        DEVICE TABLE "[keys]\nowner = text:" OWNER_KEY " : on, off, echo\n"
                     "[run]\noff = /bin/false\necho = /bin/sh -c \"exit 2\"\n";
    static const char client[] = DEVICE KEY TABLE "more = 05\n";
    const struct row rows[] = {
        {device, client, WORDS("--run", "off"), CAUSE_FAILED},
        {device, client, WORDS("--run", "echo", "FILE", "argument"), CAUSE_ARGUMENTS},
        {device, client, WORDS("--run", "hidden"), CAUSE_NOT_ALLOWED},
        {device, client, WORDS("--run", "more"), CAUSE_NO_COMMAND},
        {device, client, WORDS("--run", "nothing"), CAUSE_NO_COMMAND}};

    CHECK(ALL_MEET(rows));
}

TEST(a_classic_device_with_another_key_or_code_is_found_by_a_command)
{
    static const char device[] = DEVICE KEY "profile = classic\n" TABLE ANSWERS;
    const struct row rows[] = {
        {device, DEVICE "key = text:" GUEST_KEY "\nprofile = classic\n" TABLE ANSWERS,
         WORDS("--run", "on"), CAUSE_REFUSES},
        {device, DEVICE KEY "profile = classic\n[commands]\non = 77\n" ANSWERS,
         WORDS("--run", "on"), CAUSE_REFUSES},
        {device,
         DEVICE KEY "profile = classic\n" TABLE "[answers]\ndone = b0\nfailed = b1\n",
         WORDS("--run", "on"), CAUSE_REPLY}};

    CHECK(ALL_MEET(rows));
}

/* A device that misbehaves; it has no limits, so that the last cause is another. */
static void meet_trick(enum trick trick, struct visit *v)
{
    struct false_device device;
    char address[64];

    false_device_start(&device, true);
    device.trick = trick;
    device.message = 1;
    device.k = 5;
    snprintf(address, sizeof address, "tcp://127.0.0.1:%d", device.port);
    visit(v, address, DEVICE "key = hex:" FALSE_DEVICE_KEY_HEX "\n" TABLE, NULL);
    false_device_stop(&device);
}

TEST(a_device_that_misbehaves_is_found)
{
    struct visit v;

    meet_trick(FLIP, &v);
    CHECK(found(&v, CAUSE_REPLY));
    visit_end(&v);
    meet_trick(SILENT, &v);
    CHECK(found(&v, CAUSE_SLOW));
    visit_end(&v);
    meet_trick(REPEAT, &v);
    CHECK(strstr(v.said, "FOUND  139 repeated-challenge: ") != NULL);
    visit_end(&v);
}

TEST(a_line_is_examined_as_far_as_it_shows)
{
    struct false_device device;
    struct visit v;
    int master = line_open(test_path("line"));
    char address[600];

    snprintf(address, sizeof address, "serial:%s?boot=0", test_path("line"));
    false_device_start_on_line(&device, true, master);
    visit(&v, address, DEVICE "key = hex:" FALSE_DEVICE_KEY_HEX "\n" TABLE,
          WORDS("--timeout", "3000"));
    CHECK_EQUAL(v.status, 0);
    CHECK(strstr(v.said, "ok     key: the device proved") != NULL);
    CHECK(strstr(v.said, "-      deadline: not examined: ") != NULL);
    visit_end(&v);
    CHECK(finds(address, DEVICE KEY TABLE, WORDS("--timeout", "1500"), CAUSE_REFUSES));
    CHECK(finds(address,
                DEVICE "challenge = 9\nkey = hex:" FALSE_DEVICE_KEY_HEX "\n" TABLE,
                WORDS("--timeout", "1500"), CAUSE_CHALLENGE));
    false_device_stop(&device);
}

TEST(wrong_usage_is_refused)
{
    static const char *const rows[][6] = {
        {"doctor"},
        {"doctor", "--timeout", "0", "lamp.ini"},
        {"doctor", "--timeout", "soon", "lamp.ini"},
        {"doctor", "--run"},
        {"doctor", "--strange", "lamp.ini"},
        {"doctor", "lamp.ini", "on"},
        {"doctor", "--run", "on", "lamp.ini", "a", "b"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *argv[8] = {COUNTERSIGN_PROGRAM};
        struct process p;

        for (size_t j = 0; j < 6 && rows[i][j] != NULL; j++)
            argv[j + 1] = rows[i][j];
        CHECK_EQUAL(process_run(&p, argv, NULL, NULL), 2);
        if (strstr(process_error_rest(&p), "; see countersign doctor --help") == NULL)
            fail_msg("row %zu: %s", i, process_error_rest(&p));
        process_end(&p);
    }
}

TESTS(RUN(a_healthy_device_is_found_healthy), RUN(without_run_no_command_runs),
      RUN(a_mistake_in_the_file_is_found), RUN(a_key_that_cannot_be_had_is_found),
      RUN(no_key_is_ever_printed), RUN(a_key_that_the_file_itself_does_not_list_is_found),
      RUN(an_answer_that_equals_a_code_is_found),
      RUN(a_state_file_that_cannot_be_used_is_found),
      RUN(a_state_file_that_another_has_or_that_is_damaged_is_found),
      RUN(a_state_file_or_directory_that_this_user_may_not_use_is_found),
      RUN(an_address_where_nobody_is_is_found), RUN(a_way_that_leads_nowhere_is_found),
      RUN(a_line_that_another_program_has_is_found),
      RUN(a_socket_that_this_user_may_not_use_is_found), RUN(who_is_no_device_is_found),
      RUN(a_longer_wake_is_looked_for_once),
      RUN(a_classic_device_that_searches_longer_than_send_waits_is_found),
      RUN(what_is_not_set_alike_is_found), RUN(another_profile_is_found),
      RUN(another_hash_or_wake_of_classic_is_found),
      RUN(several_differences_are_found_at_once_and_the_key_is_proven_behind_them),
      RUN(a_classic_command_runs_with_the_lengths_that_were_found),
      RUN(another_key_or_id_is_found), RUN(what_becomes_of_a_command_is_found),
      RUN(a_classic_device_with_another_key_or_code_is_found_by_a_command),
      RUN(a_device_that_misbehaves_is_found), RUN(a_line_is_examined_as_far_as_it_shows),
      RUN(wrong_usage_is_refused))
