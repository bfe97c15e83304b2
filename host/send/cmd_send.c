/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "cmd_send.h"

#include "core_dump.h"
#include "last.h"
#include "message.h"
#include "send_chain.h"
#include "send_command.h"
#include "send_options.h"
#include "session.h"

#include <signal.h>
#include <stdio.h>

#define ERROR_MAX 8192 /* bytes */

static const char help_text[] =
    "usage: countersign send [OPTION]... FILE COMMAND [ARGUMENT] [+ COMMAND ...]...\n"
    "       countersign send [OPTION]... FILE last\n"
    "\n"
    "Makes the device that FILE describes run a command and tells what became of it. A\n"
    "+ chains further commands on the same connection (sealed); a chain stops at the\n"
    "first that is not done. ARGUMENT (sealed) is text, bytes as hex:0a1b, or - for\n"
    "standard input. Nothing is ever sent twice by itself.\n"
    "\n"
    "last (sealed) settles an unknown outcome: it waits until the command in doubt can\n"
    "no longer run, asks the device and tells `ran`, `not the last one run` or `not\n"
    "known`.\n"
    "\n"
    "  --json        print one JSON object a line for each command\n"
    "  --timeout MS  longest wait for the state file, to connect, for the challenge and\n"
    "                for each reply; 10000 unless given\n"
    "  --no-state    keep no state file: last then knows nothing of this command, and a\n"
    "                classic challenge given before is not noticed\n"
    "  --            what follows is no option\n"
    "  --help        show this text\n"
    "\n"
    "The state lies in $XDG_STATE_HOME/countersign or ~/.local/state/countersign.\n"
    "\n"
    "exit status: 0 done (or sent, to a classic device that does not answer; last:\n"
    "ran), 1 the device proved a failure (last: not the last one run), 2 wrong usage or\n"
    "device file, 3 not sent, 4 unknown (last: not known)\n";

static int print_help(void)
{
    return fputs(help_text, stdout) < 0 || fflush(stdout) != 0 ? SEND_FAILED : SEND_DONE;
}

static int refuse(const char *what)
{
    complain("send: %s", what);
    return SEND_USAGE;
}

static int run_last(struct session *session, const struct send_options *options)
{
    if (!session->file.is_sealed)
        return refuse("last: a classic device cannot be asked what it ran");
    if (options->words[0].argument != NULL)
        return refuse("last: takes no argument");
    if (options->has_no_state)
        return refuse("last: needs the state file; leave --no-state out");
    return (int)send_last(session, options);
}

static int run_commands(struct session *session, const struct send_options *options)
{
    char error[ERROR_MAX];
    struct send_command *commands =
        send_commands_make(options, &session->file, error, sizeof error);
    int status;

    if (commands == NULL)
        return refuse(error);
    status = (int)send_chain(session, options, commands);
    send_commands_free(commands, options->count);
    return status;
}

static int run(const struct send_options *options)
{
    struct session session;
    char error[ERROR_MAX];
    int status;

    if (!session_open(&session, options->file, options->timeout_ms, error,
                      sizeof error)) {
        complain("%s", error);
        status = SEND_USAGE;
    } else if (send_command_is_last(options)) {
        status = run_last(&session, options);
    } else {
        status = run_commands(&session, options);
    }
    session_close(&session);
    return status;
}

int cmd_send(int argc, char **argv)
{
    struct send_options options;
    char error[256];
    int status;

    core_dump_forbid();
    /* Both become errors of the write that would raise them. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (!send_options_parse(&options, argc, argv, error, sizeof error)) {
        complain("send: %s; see countersign send --help", error);
        status = SEND_USAGE;
    } else if (options.help) {
        status = print_help();
    } else {
        status = run(&options);
    }
    send_options_free(&options);
    return status;
}
