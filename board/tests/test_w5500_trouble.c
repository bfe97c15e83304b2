/* SPDX-License-Identifier: MIT */
/* A cable pulled, a peer gone, buffers overrun: TCP when it does not go well. */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "chip.h"

static struct bench_chip b;
static char text[4096];

TEST(a_pulled_cable_ends_in_the_data_sheets_timeout)
{
    int peer = chip_establish(&b);

    w5500_cable(&b.chip, false);
    chip_send(&b, 0, "lost");
    chip_pass(&b, 31700000);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_ESTABLISHED);
    CHECK_EQUAL(chip_get(&b, 0, S_IR) & (IR_SENDOK | IR_TIMEOUT), 0);
    chip_pass(&b, 200000); /* 31.8 s in all */
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_CLOSED);
    CHECK(chip_get(&b, 0, S_IR) & IR_TIMEOUT);
    close(peer);
    chip_stop(&b);
}

TEST(a_cable_plugged_in_time_delivers_what_waited)
{
    int peer = chip_establish(&b);

    w5500_cable(&b.chip, false);
    chip_send(&b, 0, "late");
    CHECK_EQUAL(send(peer, "too", 3, 0), 3);
    chip_pass(&b, 5000000);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_RSR), 0);
    w5500_cable(&b.chip, true);
    chip_pass(&b, 1000);
    CHECK(chip_get(&b, 0, S_IR) & IR_SENDOK);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_RSR), 3);
    CHECK_EQUAL(peer_read(peer, text, sizeof text), 4);
    close(peer);
    chip_stop(&b);
}

TEST(a_peer_gone_without_a_word_is_noticed_by_sending_only)
{
    int peer = chip_establish(&b);

    b.chip.socket[0].gone = true;
    close(peer);
    chip_pass(&b, 60000000);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_ESTABLISHED);
    chip_command(&b, 0, CR_SEND_KEEP);
    chip_pass(&b, 31900000);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_CLOSED);
    CHECK(chip_get(&b, 0, S_IR) & IR_TIMEOUT);
    chip_stop(&b);
}

TEST(a_withheld_sendok_comes_when_released)
{
    int peer = chip_establish(&b);

    b.chip.socket[0].withheld = true;
    chip_send(&b, 0, "taken");
    chip_pass(&b, 2000000);
    CHECK_EQUAL(chip_get(&b, 0, S_IR) & IR_SENDOK, 0);
    CHECK_EQUAL(chip_get16(&b, 0, S_TX_FSR), 2043);
    b.chip.socket[0].withheld = false;
    chip_pass(&b, 200);
    CHECK(chip_get(&b, 0, S_IR) & IR_SENDOK);
    close(peer);
    chip_stop(&b);
}

TEST(bytes_can_trickle_in_one_at_a_time)
{
    int peer = chip_establish(&b);

    b.chip.socket[0].trickle = 1000000;
    CHECK_EQUAL(send(peer, "slow", 4, 0), 4);
    chip_pass(&b, 1000);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_RSR), 1);
    chip_pass(&b, 1000000);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_RSR), 2);
    chip_pass(&b, 2000000);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_RSR), 4);
    close(peer);
    chip_stop(&b);
}

TEST(retransmission_registers_shorten_the_timeout)
{
    int peer = chip_establish(&b);

    chip_set_common(&b, W_RTR, 0x00); /* 50 ms */
    chip_set_common(&b, W_RTR + 1, 0xfa);
    chip_set_common(&b, W_RTR, 0x01);
    chip_set_common(&b, W_RTR + 1, 0xf4);
    chip_set_common(&b, W_RCR, 2);
    w5500_cable(&b.chip, false);
    chip_send(&b, 0, "x");
    chip_pass(&b, 349000);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_ESTABLISHED);
    chip_pass(&b, 2000); /* 50 + 100 + 200 ms */
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_CLOSED);
    close(peer);
    chip_stop(&b);
}

TEST(sending_more_than_the_buffer_holds_is_the_firmwares_error)
{
    int peer = chip_establish(&b);

    chip_set16(&b, 0, S_TX_WR, 3000);
    chip_command(&b, 0, CR_SEND);
    CHECK(strstr(b.fault, "3000") != NULL);
    close(peer);
    chip_stop(&b);
}

/* Both found by tests/fuzz. */
TEST(a_receive_pointer_ahead_of_what_came_makes_no_room)
{
    int peer = chip_establish(&b);

    chip_set16(&b, 0, S_RX_RD, 40000);
    chip_command(&b, 0, CR_RECV);
    CHECK_EQUAL(send(peer, "more", 4, 0), 4);
    chip_pass(&b, 1000);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_WR), chip_get16(&b, 0, S_TX_WR));
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_ESTABLISHED);
    close(peer);
    chip_stop(&b);
}

TEST(a_buffer_that_is_made_too_large_under_way_holds_nothing)
{
    static const uint8_t sizes[] = {3, 17, 32, 255};
    uint8_t byte;
    int peer = chip_establish(&b);

    w5500_cable(&b.chip, false);
    chip_send(&b, 0, "waits");
    for (unsigned i = 0; i < sizeof sizes; i++) {
        chip_set(&b, 0, S_TXBUF_SIZE, sizes[i]);
        byte = 0x77;
        chip_frame(&b, 20000, 2 << 3 | 4, &byte, 1);
        chip_frame(&b, 20000, 2 << 3, &byte, 1);
        CHECK_EQUAL(byte, 0);
        CHECK_EQUAL(chip_get16(&b, 0, S_TX_FSR), 0);
    }
    w5500_cable(&b.chip, true);
    chip_pass(&b, 1000);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_ESTABLISHED);
    close(peer);
    chip_stop(&b);
}

TESTS(RUN(a_pulled_cable_ends_in_the_data_sheets_timeout),
      RUN(a_cable_plugged_in_time_delivers_what_waited),
      RUN(a_peer_gone_without_a_word_is_noticed_by_sending_only),
      RUN(a_withheld_sendok_comes_when_released), RUN(bytes_can_trickle_in_one_at_a_time),
      RUN(retransmission_registers_shorten_the_timeout),
      RUN(sending_more_than_the_buffer_holds_is_the_firmwares_error),
      RUN(a_receive_pointer_ahead_of_what_came_makes_no_room),
      RUN(a_buffer_that_is_made_too_large_under_way_holds_nothing))
