/* SPDX-License-Identifier: MIT */
/* countersign-board: the loop around the board. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <time.h>

#include "control.h"
#include "options.h"

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static void print_maps(const struct board *board)
{
    for (int i = 0; i < board->lan.maps; i++) {
        const struct lan_map *m = &board->lan.map[i];

        printf("mapped %s%u to %s:%u\n", m->udp ? "udp " : "", m->port,
               inet_ntoa(m->host.sin_addr), ntohs(m->host.sin_port));
    }
    fflush(stdout);
}

static double host_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Sleeps until this machine's clock has caught up with the board's. A machine
 * that is too slow is not chased: the lag is forgiven. */
static void keep_pace(const struct board *board)
{
    static double host_start, board_start_time;
    static bool started;
    double ahead;

    if (board->pace != PACE_REAL) {
        started = false;
        return;
    }
    if (!started) {
        started = true;
        host_start = host_seconds();
        board_start_time = board_seconds(board, board->avr->cycle);
    }
    ahead = board_seconds(board, board->avr->cycle) - board_start_time -
            (host_seconds() - host_start);
    if (ahead > 0.0005) {
        struct timespec pause = {(time_t)ahead,
                                 (long)(1e9 * (ahead - (double)(time_t)ahead))};

        nanosleep(&pause, NULL);
    } else if (ahead < -0.1) {
        started = false;
    }
}

/* In lock-step time moves for a command, or while a peer's event is young. */
static bool may_move(const struct board *board, const struct control *control)
{
    if (!board->powered || board->fault[0] != '\0')
        return false;
    return board->pace != PACE_LOCKSTEP || control->runner >= 0 ||
           board->avr->cycle < board->turn_until;
}

static uint64_t slice_end(const struct board *board, const struct control *control)
{
    uint64_t end = board->avr->cycle + board->avr->frequency / 1000;

    if (board->pace == PACE_LOCKSTEP && control->runner < 0 && board->turn_until < end)
        end = board->turn_until;
    return control->runner >= 0 && board->run_limit < end ? board->run_limit : end;
}

static bool run_is_over(const struct board *board)
{
    return board->stop != STOP_NONE || board->avr->cycle >= board->run_limit;
}

static void advance(struct board *board, struct control *control)
{
    bool moves = may_move(board, control);

    control_poll(control, board, moves ? 0 : board->turn_cycles > 0 ? 1 : 20);
    if (!moves && board->turn_cycles > 0)
        board_poll(board);
    if (may_move(board, control) && board->stop == STOP_NONE)
        board_run(board, slice_end(board, control));
    if (control->runner >= 0 && run_is_over(board))
        control_run_ended(control, board);
    else if (control->runner < 0)
        board->stop = STOP_NONE;
    keep_pace(board);
}

static int live(struct board *board, struct control *control, double seconds)
{
    uint64_t end = seconds > 0 ? board_cycles(board, seconds) : UINT64_MAX;

    while (!interrupted && !control->quit && board->avr->cycle < end) {
        advance(board, control);
        if (control->listener < 0 && board->fault[0] != '\0')
            return 3;
        if (control->listener < 0 && board->pace == PACE_LOCKSTEP)
            break; /* nobody could ever move time */
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct board board;
    static struct control control;
    struct options options = {.hz = 16000000};
    struct sigaction action = {.sa_handler = interrupt};
    int status;

    board.seed = 1;
    if (!options_read(&board, &options, argc, argv))
        return 2;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (!board_start(&board, options.firmware, options.hz, options.eeprom) ||
        !uart_init(&board, options.uart, options.uart_link, !options.no_dtr) ||
        !control_init(&control, options.control))
        return 1;
    board.turn_cycles = board_cycles(&board, options.turns);
    board_power(&board, true);
    print_maps(&board);
    status = live(&board, &control, options.seconds);
    control_finish(&control);
    board_finish(&board);
    return status;
}
