/* SPDX-License-Identifier: MIT */
/* board_ask.c: says one command to the virtual board's control line and prints the answer.
 *
 *     board_ask SOCKET COMMAND [WORD]...
 *
 * Fails unless the answer is "ok", which is left out of what is printed.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
    fprintf(stderr, "board_ask: %s\n", what);
    return 1;
}

static int dial(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    return -1;
}

int main(int argc, char **argv)
{
    char line[4096] = "";
    size_t len = 0;
    FILE *board;
    int fd;

    if (argc < 3)
        return fail("usage: board_ask SOCKET COMMAND [WORD]...");
    for (int i = 2; i < argc && len < sizeof line; i++)
        len += (size_t)snprintf(line + len, sizeof line - len, "%s%c", argv[i],
                                i + 1 < argc ? ' ' : '\n');
    fd = dial(argv[1]);
    if (fd < 0 || len >= sizeof line || write(fd, line, len) != (ssize_t)len)
        return fail("the board does not listen");
    board = fdopen(fd, "r");
    if (board == NULL || fgets(line, sizeof line, board) == NULL)
        return fail("the board does not answer");
    if (strncmp(line, "ok", 2) != 0)
        return fail(line);
    fputs(line + (line[2] == ' ' ? 3 : 2), stdout);
    return 0;
}
