/* SPDX-License-Identifier: MIT */
#include "cpu.h"

#include <simavr/avr_ioport.h>
#include <simavr/sim_core.h>
#include <string.h>

#include "board.h"

static const unsigned INTERRUPT_CYCLES = 4, WAKE_CYCLES = 4;

/* OUT SPH, r and OUT SPL, r with the register's bits cleared. */
enum { OUT_MASK = 0xfe0f, OUT_SPH = 0xbe0e, OUT_SPL = 0xbe0d };

void cpu_init(struct board *board)
{
    board->cpu.stop_at = CPU_NOWHERE;
    board->cpu.lowest_sp = board->avr->ramend;
    board->cpu.noted_at = UINT64_MAX;
}

void cpu_reset(struct board *board)
{
    struct cpu *cpu = &board->cpu;

    for (int i = 0; i < cpu->measures; i++) {
        struct measure *m = &cpu->measure[i];

        if (m->running && m->to[0] == '\0')
            cpu->watched[m->end >> 1]--;
        m->running = false;
    }
    cpu->sp_unsettled = false;
}

static uint16_t stack_pointer(const avr_t *avr)
{
    return (uint16_t)(avr->data[R_SPL] | avr->data[R_SPH] << 8);
}

static void end_measure(struct board *board, struct measure *m)
{
    uint64_t took = board->avr->cycle - m->began;

    m->running = false;
    m->last = took;
    m->interrupts = board->cpu.interrupts - m->began_interrupts;
    m->sum += took;
    if (m->count == 0 || took < m->min)
        m->min = took;
    if (took > m->max)
        m->max = took;
    m->count++;
}

static void begin_measure(struct board *board, struct measure *m)
{
    const avr_t *avr = board->avr;

    m->running = true;
    m->began = avr->cycle;
    m->began_interrupts = board->cpu.interrupts;
    if (m->to[0] != '\0')
        return;
    m->stack = stack_pointer(avr);
    m->end = (uint32_t)(avr->data[m->stack + 1] << 8 | avr->data[m->stack + 2]) << 1;
    m->end &= 2 * CPU_FLASH_WORDS - 1;
    board->cpu.watched[m->end >> 1]++;
}

static void note_address(struct board *board, uint32_t pc)
{
    struct cpu *cpu = &board->cpu;

    if (pc == cpu->stop_at)
        board_stop(board, STOP_SYMBOL);
    for (int i = 0; i < cpu->measures; i++) {
        struct measure *m = &cpu->measure[i];
        bool function = m->to[0] == '\0';

        if (m->running && pc == m->end &&
            (!function || stack_pointer(board->avr) == m->stack + 2)) {
            end_measure(board, m);
            if (function)
                cpu->watched[pc >> 1]--;
        }
        if (!m->running && pc == m->start)
            begin_measure(board, m);
    }
}

/* Between OUT SPH and OUT SPL the pair is neither the old nor the new. */
static void note_stack(struct board *board, uint16_t opcode)
{
    struct cpu *cpu = &board->cpu;
    uint16_t sp = stack_pointer(board->avr);

    if ((opcode & OUT_MASK) == OUT_SPH)
        cpu->sp_unsettled = true;
    else if ((opcode & OUT_MASK) == OUT_SPL)
        cpu->sp_unsettled = false;
    if (!cpu->sp_unsettled && sp < cpu->lowest_sp && sp > board->avr->ioend)
        cpu->lowest_sp = sp;
}

static void serve_interrupts(struct board *board, bool slept)
{
    avr_t *avr = board->avr;
    uint8_t depth = avr->interrupts.running_ptr;

    /* simavr lets two instructions pass after SEI; the chip lets one. */
    if (avr->interrupt_state < -1)
        avr->interrupt_state = -1;
    avr_service_interrupts(avr);
    if (avr->interrupts.running_ptr == depth)
        return;
    board->cpu.interrupts += INTERRUPT_CYCLES;
    avr->cycle += INTERRUPT_CYCLES + (slept ? WAKE_CYCLES : 0u);
}

/* Asleep: straight to the next thing that can happen. */
static void doze(avr_t *avr, uint64_t next, uint64_t until)
{
    uint64_t room = until > avr->cycle ? until - avr->cycle : 1;

    avr->cycle += next < room ? (next > 0 ? next : 1) : room;
}

void cpu_step(struct board *board, uint64_t until)
{
    avr_t *avr = board->avr;
    uint32_t pc = avr->pc;
    bool slept = avr->state == cpu_Sleeping;
    bool interrupted = avr->interrupts.running_ptr > 0;
    uint64_t began = avr->cycle, next;

    if (avr->run != avr_callback_run_raw) { /* the watchdog's reset */
        avr->run(avr);
        board_reset(board, RESET_WATCHDOG);
        return;
    }
    if (pc > avr->flashend) {
        board_fault(board, "wild jump to %05x", pc);
        return;
    }
    if (board->cpu.watched[pc >> 1] != 0 && !slept && avr->cycle != board->cpu.noted_at) {
        board->cpu.noted_at = avr->cycle;
        note_address(board, pc);
        if (board->stop != STOP_NONE)
            return;
    }
    if (!slept) {
        uint16_t opcode = (uint16_t)(avr->flash[pc] | avr->flash[pc + 1] << 8);

        avr->run_cycle_count = 1; /* one instruction, not as many as it can */
        pc = avr_run_one(avr);
        note_stack(board, opcode);
        if (avr->state != cpu_Running && avr->state != cpu_Sleeping)
            board_fault(board, "the processor crashed: an address or opcode it has not");
    }
    next = avr_cycle_timer_process(avr);
    avr->pc = pc;
    if (board->pins.dirty)
        pins_update(board);
    if (avr->state == cpu_Sleeping)
        doze(avr, next, until);
    if (interrupted)
        board->cpu.interrupts += avr->cycle - began;
    if (avr->interrupt_state != 0)
        serve_interrupts(board, slept);
}

bool cpu_measure(struct board *board, const char *from, const char *to)
{
    struct cpu *cpu = &board->cpu;
    const struct symbol *start = symbols_find(&board->symbols, from);
    const struct symbol *end = to == NULL ? NULL : symbols_find(&board->symbols, to);
    struct measure *m = &cpu->measure[cpu->measures];

    if (cpu->measures == CPU_MEASURES_MAX || start == NULL || (to != NULL && !end) ||
        start->address >= 2 * CPU_FLASH_WORDS ||
        (end != NULL && end->address >= 2 * CPU_FLASH_WORDS))
        return false;
    memset(m, 0, sizeof *m);
    snprintf(m->from, sizeof m->from, "%s", from);
    snprintf(m->to, sizeof m->to, "%s", to == NULL ? "" : to);
    m->start = start->address;
    cpu->watched[m->start >> 1]++;
    if (end != NULL) {
        m->end = end->address;
        cpu->watched[m->end >> 1]++;
    }
    cpu->measures++;
    return true;
}

void cpu_forget_measures(struct board *board)
{
    struct cpu *cpu = &board->cpu;

    cpu->measures = 0;
    memset(cpu->watched, 0, sizeof cpu->watched);
    if (cpu->stop_at != CPU_NOWHERE)
        cpu->watched[cpu->stop_at >> 1]++;
}

void cpu_stop_at(struct board *board, uint32_t address)
{
    struct cpu *cpu = &board->cpu;

    if (cpu->stop_at != CPU_NOWHERE)
        cpu->watched[cpu->stop_at >> 1]--;
    if (address != CPU_NOWHERE)
        cpu->watched[address >> 1]++;
    cpu->stop_at = address;
}

unsigned cpu_peak_stack(const struct board *board)
{
    return (unsigned)(board->avr->ramend - board->cpu.lowest_sp);
}
