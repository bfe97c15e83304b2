/* SPDX-License-Identifier: MIT */
#include "address.h"
#include "check.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

static struct address address;
static char error[512];

static bool parse(const char *text)
{
    snprintf(error, sizeof error, "none");
    return address_parse(&address, text, "/dir", error, sizeof error);
}

static bool parses_to(const char *text, const char *expected)
{
    char formatted[301];

    if (!parse(text))
        return false;
    address_format(&address, formatted, sizeof formatted);
    return strcmp(formatted, expected) == 0;
}

static bool is_refused(const char *text, const char *says)
{
    if (!parse(text) && strstr(error, says) != NULL && strstr(error, "; ") != NULL &&
        strchr(error, '\n') == NULL)
        return true;
    print_error("# \"%s\" gave \"%s\"\n", text, error);
    return false;
}

TEST(an_address_survives_its_text)
{
    CHECK(parses_to("tcp://127.0.0.1:7531", "tcp://127.0.0.1:7531"));
    CHECK(parses_to("tcp://lamp.example:0", "tcp://lamp.example:0"));
    CHECK(parses_to("tcp://[::1]:65535", "tcp://[::1]:65535"));
    CHECK(parses_to("tcp://[fe80::1%eth0]:1", "tcp://[fe80::1%eth0]:1"));
    CHECK(parses_to("unix:/run/lamp.sock", "unix:/run/lamp.sock"));
    CHECK(parses_to("unix:lamp.sock", "unix:/dir/lamp.sock"));
    CHECK(parses_to("serial:/dev/ttyS0", "serial:/dev/ttyS0?baud=115200&boot=2000"));
    CHECK(parses_to("serial:tty?boot=0", "serial:/dir/tty?baud=115200&boot=0"));
    CHECK(parses_to("serial:/t?boot=60000&baud=4000000",
                    "serial:/t?baud=4000000&boot=60000"));
    CHECK(parses_to("serial:/t?baud=300", "serial:/t?baud=300&boot=2000"));
}

TEST(an_address_that_is_none_is_refused_with_a_cure)
{
    static const char *const texts[] = {"",
                                        "tcp:",
                                        "tcp://",
                                        "lamp:80",
                                        "TCP://lamp:80",
                                        "udp://lamp:80",
                                        "tcp://lamp",
                                        "tcp://lamp:",
                                        "tcp://lamp:x",
                                        "tcp://lamp:65536",
                                        "tcp://lamp:080",
                                        "tcp://lamp:-1",
                                        "tcp://lamp:80/",
                                        "tcp://:80",
                                        "tcp://::1:80",
                                        "tcp://[::1]",
                                        "tcp://[::1]80",
                                        "tcp://[::1:80",
                                        "tcp://[]:80",
                                        "tcp://a b:80",
                                        "tcp://a@b:80",
                                        "unix:",
                                        "serial:"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK(is_refused(texts[i], "address"));
    CHECK(is_refused("serial:/t?", "option"));
    CHECK(is_refused("serial:/t?parity=even", "option"));
    CHECK(is_refused("serial:/t?boot=1&boot=1", "option"));
    CHECK(is_refused("serial:/t?baud=115201", "baud rate"));
    CHECK(is_refused("serial:/t?baud=0", "baud rate"));
    CHECK(is_refused("serial:/t?boot=60001", "boot"));
    CHECK(is_refused("serial:/t?boot=", "boot"));
}

TEST(a_path_that_the_system_would_cut_is_refused)
{
    char text[512];

    snprintf(text, sizeof text, "unix:/%0106d", 0);
    CHECK(parse(text) && strlen(address.path) == 107);
    snprintf(text, sizeof text, "unix:/%0107d", 0);
    CHECK(is_refused(text, "too long"));
    snprintf(text, sizeof text, "unix:%0103d", 0);
    CHECK(is_refused(text, "too long"));
    snprintf(text, sizeof text, "serial:/%0255d", 0);
    CHECK(is_refused(text, "too long"));
    snprintf(text, sizeof text, "tcp://%0256d:80", 0);
    CHECK(is_refused(text, "host"));
}

static int begin(unsigned index, bool *is_pending)
{
    snprintf(error, sizeof error, "none");
    return address_connect(&address, index, is_pending, error, sizeof error);
}

/* Waits until the connection is there and tells errno's value for it. */
static int outcome_of(int fd, bool is_pending)
{
    struct pollfd writable = {fd, POLLOUT, 0};
    int failure = 0;
    socklen_t size = sizeof failure;

    if (is_pending && poll(&writable, 1, PROCESS_PATIENCE_MS) != 1)
        return ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 ? failure : errno;
}

static bool has_flags(int fd)
{
    return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 &&
           (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

static int option_of(int fd, int level, int option)
{
    int value = -1;
    socklen_t size = sizeof value;

    return getsockopt(fd, level, option, &value, &size) == 0 ? value : -1;
}

static int listen_at(const char *text)
{
    if (!parse(text))
        return -1;
    snprintf(error, sizeof error, "none");
    return address_listen(&address, error, sizeof error);
}

TEST(port_0_becomes_the_port_that_a_client_reaches)
{
    int listener = listen_at("tcp://127.0.0.1:0"), client, peer;
    bool is_pending;

    CHECK(listener >= 0 && error[0] == '\0');
    CHECK(has_flags(listener) && option_of(listener, SOL_SOCKET, SO_ACCEPTCONN) == 1);
    CHECK(atoi(address.port) > 0 && strcmp(address.host, "127.0.0.1") == 0);
    client = begin(0, &is_pending);
    CHECK(client >= 0 && has_flags(client));
    CHECK_EQUAL(outcome_of(client, is_pending), 0);
    CHECK_EQUAL(option_of(client, IPPROTO_TCP, TCP_NODELAY), 1);
    peer = accept(listener, NULL, NULL);
    CHECK(peer >= 0);
    close(peer);
    close(client);
    close(listener);
}

TEST(a_port_that_is_taken_is_told_with_its_address)
{
    int first = listen_at("tcp://127.0.0.1:0"), second;
    char says[64];

    CHECK(first >= 0);
    snprintf(says, sizeof says, "tcp://127.0.0.1:%s: ", address.port);
    second = address_listen(&address, error, sizeof error);
    CHECK(second == -1 && errno == EADDRINUSE);
    CHECK(strncmp(error, says, strlen(says)) == 0);
    close(first);
}

TEST(a_name_has_addresses_up_to_an_end)
{
    bool is_pending;
    unsigned index;
    int fd;

    CHECK(parse("tcp://localhost:9"));
    for (index = 0; index < 16; index++) {
        fd = begin(index, &is_pending);
        if (fd < 0 && errno == 0)
            break;
        if (fd >= 0)
            close(fd);
        CHECK(error[0] == '\0');
    }
    CHECK(index >= 1 && index < 16 && error[0] == '\0');
}

TEST(a_name_that_nobody_knows_is_told_by_the_resolver)
{
    bool is_pending;

    CHECK(parse("tcp://no..name:80"));
    CHECK_EQUAL(begin(0, &is_pending), -1);
    CHECK(error[0] != '\0' && strchr(error, '\n') == NULL && errno == 0);
    CHECK_EQUAL(listen_at("tcp://no..name:80"), -1);
    CHECK(strncmp(error, "tcp://no..name:80: ", 19) == 0);
}

static const char *socket_text(void)
{
    static char text[300];

    snprintf(text, sizeof text, "unix:%s", test_path("lamp.sock"));
    return text;
}

TEST(a_unix_socket_is_for_user_and_group_alone)
{
    mode_t old = umask(0);
    int listener = listen_at(socket_text()), client;
    struct stat status;
    bool is_pending;

    umask(old);
    CHECK(listener >= 0 && has_flags(listener));
    CHECK_EQUAL(stat(address.path, &status), 0);
    CHECK_EQUAL(status.st_mode & 0777, 0660);
    client = begin(0, &is_pending);
    CHECK(client >= 0 && has_flags(client) && outcome_of(client, is_pending) == 0);
    CHECK(begin(1, &is_pending) == -1 && error[0] == '\0' && errno == 0);
    close(client);
    close(listener);
    CHECK_EQUAL(unlink(address.path), 0);
}

TEST(a_socket_left_behind_is_replaced_and_a_served_one_is_not)
{
    int first = listen_at(socket_text()), second;

    CHECK(first >= 0);
    CHECK_EQUAL(listen_at(socket_text()), -1);
    CHECK(strstr(error, "in use") != NULL);
    close(first);
    second = listen_at(socket_text());
    CHECK(second >= 0);
    close(second);
    CHECK_EQUAL(unlink(address.path), 0);
}

TEST(a_file_in_the_place_of_a_socket_is_left_alone)
{
    char text[300];
    struct stat status;

    snprintf(text, sizeof text, "unix:%s", test_file("precious", "data", 0600));
    CHECK_EQUAL(listen_at(text), -1);
    CHECK(stat(address.path, &status) == 0 && status.st_size == 4);
}

TEST(nobody_there_is_an_error_of_the_system)
{
    bool is_pending;

    CHECK(parse(socket_text()));
    CHECK(begin(0, &is_pending) == -1 && errno == ENOENT && error[0] == '\0');
    CHECK(parse("serial:/none/such"));
    CHECK(begin(0, &is_pending) == -1 && errno == ENOENT && error[0] == '\0');
    CHECK(parse("serial:/dev/null"));
    CHECK(begin(0, &is_pending) == -1 && errno == ENOTTY && error[0] == '\0');
    CHECK_EQUAL(listen_at("serial:/none/such"), -1);
    CHECK(strncmp(error, "serial:/none/such?", 18) == 0);
}

/* A pseudo-terminal; its other end's name goes to the address. */
static int open_terminal(int *other)
{
    char name[128], text[160];
    int end;

    assert_int_equal(openpty(&end, other, name, NULL, NULL), 0);
    snprintf(text, sizeof text, "serial:%s?baud=9600", name);
    assert_true(parse(text));
    return end;
}

TEST(a_serial_line_is_raw_and_8n1_at_its_rate)
{
    int other, end = open_terminal(&other), line;
    struct termios before, settings;
    bool is_pending = true;

    CHECK_EQUAL(tcgetattr(other, &before), 0);
    line = begin(0, &is_pending);
    CHECK(line >= 0 && !is_pending && has_flags(line));
    CHECK_EQUAL(tcgetattr(line, &settings), 0);
    CHECK(cfgetispeed(&settings) == B9600 && cfgetospeed(&settings) == B9600);
    CHECK((settings.c_cflag & CSIZE) == CS8 &&
          (settings.c_cflag & (CSTOPB | PARENB)) == 0);
    CHECK((settings.c_lflag & (ICANON | ECHO | ISIG | IEXTEN)) == 0);
    CHECK((settings.c_iflag & (IXON | IXOFF | ICRNL | INLCR | IGNCR | ISTRIP)) == 0);
    CHECK((settings.c_oflag & OPOST) == 0 && (settings.c_cflag & CRTSCTS) == 0);
    CHECK_EQUAL(settings.c_cflag & HUPCL, before.c_cflag & HUPCL);
    close(line);
    close(other);
    close(end);
}

TEST(a_serial_line_carries_every_byte_both_ways)
{
    uint8_t sent[256], got[256];
    int other, end = open_terminal(&other), line;
    struct pollfd readable;
    size_t have = 0;

    line = address_listen(&address, error, sizeof error);
    CHECK(line >= 0);
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (uint8_t)i;
    CHECK_EQUAL(write(end, sent, sizeof sent), sizeof sent);
    readable = (struct pollfd){line, POLLIN, 0};
    while (have < sizeof got) {
        ssize_t more;

        CHECK_EQUAL(poll(&readable, 1, PROCESS_PATIENCE_MS), 1);
        more = read(line, got + have, sizeof got - have);
        CHECK(more > 0);
        have += (size_t)more;
    }
    CHECK_BYTES(got, sent, sizeof sent);
    CHECK(read(line, got, 1) == -1 && errno == EAGAIN);
    close(line);
    close(other);
    close(end);
}

TEST(what_lay_in_a_line_before_it_was_opened_is_forgotten)
{
    int other, end = open_terminal(&other), line;
    struct termios raw;
    uint8_t byte;

    CHECK_EQUAL(tcgetattr(other, &raw), 0);
    cfmakeraw(&raw);
    CHECK_EQUAL(tcsetattr(other, TCSANOW, &raw), 0);
    CHECK_EQUAL(write(end, "old", 3), 3);
    line = address_listen(&address, error, sizeof error);
    CHECK(line >= 0);
    CHECK(read(line, &byte, 1) == -1 && errno == EAGAIN);
    close(line);
    close(other);
    close(end);
}

TEST(a_serial_line_has_one_user)
{
    int other, end = open_terminal(&other), first, second;
    bool is_pending;

    first = begin(0, &is_pending);
    CHECK(first >= 0);
    second = begin(0, &is_pending);
    CHECK(second == -1 && errno == EBUSY);
    close(first);
    close(other);
    close(end);
}

TESTS(RUN(an_address_survives_its_text),
      RUN(an_address_that_is_none_is_refused_with_a_cure),
      RUN(a_path_that_the_system_would_cut_is_refused),
      RUN(port_0_becomes_the_port_that_a_client_reaches),
      RUN(a_port_that_is_taken_is_told_with_its_address),
      RUN(a_name_has_addresses_up_to_an_end),
      RUN(a_name_that_nobody_knows_is_told_by_the_resolver),
      RUN(a_unix_socket_is_for_user_and_group_alone),
      RUN(a_socket_left_behind_is_replaced_and_a_served_one_is_not),
      RUN(a_file_in_the_place_of_a_socket_is_left_alone),
      RUN(nobody_there_is_an_error_of_the_system),
      RUN(a_serial_line_is_raw_and_8n1_at_its_rate),
      RUN(a_serial_line_carries_every_byte_both_ways),
      RUN(what_lay_in_a_line_before_it_was_opened_is_forgotten),
      RUN(a_serial_line_has_one_user))
