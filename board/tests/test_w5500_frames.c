/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "chip.h"

static struct bench_chip b;

TEST(registers_hold_the_data_sheets_reset_values)
{
    uint8_t rtr[2] = {0, 0};

    chip_start(&b);
    CHECK_EQUAL(chip_common(&b, W_VERSIONR), 4);
    CHECK_EQUAL(chip_common(&b, W_MR), 0);
    chip_frame(&b, W_RTR, 0, rtr, 2);
    CHECK_EQUAL(w5500_get16(rtr), 2000);
    CHECK_EQUAL(chip_common(&b, W_RCR), 8);
    for (int n = 0; n < 8; n++) {
        CHECK_EQUAL(chip_get(&b, n, S_SR), SR_CLOSED);
        CHECK_EQUAL(chip_get(&b, n, S_RXBUF_SIZE), 2);
        CHECK_EQUAL(chip_get16(&b, n, S_TX_FSR), 2048);
        CHECK_EQUAL(chip_get16(&b, n, S_RX_RSR), 0);
        CHECK_EQUAL(chip_get(&b, n, S_TTL), 0x80);
        CHECK_EQUAL(chip_get(&b, n, S_DHAR), 0xff);
    }
    chip_stop(&b);
}

TEST(a_variable_length_frame_goes_on_until_chip_select_rises)
{
    uint8_t mac[6] = {2, 3, 4, 5, 6, 7};
    uint8_t back[6] = {0};

    chip_start(&b);
    chip_frame(&b, 0x0009, 4, mac, 6);
    chip_frame(&b, 0x0009, 0, back, 6);
    CHECK_BYTES(back, mac, 6);
    chip_stop(&b);
}

TEST(fixed_length_frames_follow_each_other_without_chip_select)
{
    /* two frames of two bytes: write GAR, read it back */
    const uint8_t out[] = {0x00, 0x01, 0x06, 0xc0, 0xa8, 0x00, 0x01, 0x02, 0, 0};
    uint8_t in[sizeof out];

    chip_start(&b);
    w5500_select(&b.chip, true);
    for (unsigned i = 0; i < sizeof out; i++)
        in[i] = w5500_exchange(&b.chip, out[i]);
    w5500_select(&b.chip, false);
    CHECK_EQUAL(in[8], 0xc0);
    CHECK_EQUAL(in[9], 0xa8);
    chip_stop(&b);
}

TEST(four_and_one_byte_lengths_end_where_they_should)
{
    const uint8_t out[] = {0, 1, 0x07, 1, 2, 3, 4, 0, 0x39, 0x01, 0, 0, 4, 0x01, 0};
    uint8_t in[sizeof out];

    chip_start(&b);
    w5500_select(&b.chip, true);
    for (unsigned i = 0; i < sizeof out; i++)
        in[i] = w5500_exchange(&b.chip, out[i]);
    w5500_select(&b.chip, false);
    CHECK_EQUAL(in[10], 4); /* VERSIONR */
    CHECK_EQUAL(in[14], 4); /* last byte of GAR */
    chip_stop(&b);
}

TEST(an_unselected_chip_neither_listens_nor_answers)
{
    chip_start(&b);
    CHECK_EQUAL(w5500_exchange(&b.chip, 0), 0xff);
    CHECK_EQUAL(w5500_exchange(&b.chip, 0), 0xff);
    CHECK_EQUAL(chip_common(&b, W_VERSIONR), 4);
    chip_stop(&b);
}

TEST(a_frame_cut_short_changes_nothing)
{
    chip_start(&b);
    w5500_select(&b.chip, true);
    w5500_exchange(&b.chip, 0);
    w5500_exchange(&b.chip, 1);
    w5500_select(&b.chip, false);
    CHECK_EQUAL(chip_common(&b, 1), 0);
    chip_stop(&b);
}

TEST(a_library_that_probes_for_a_w5200_finds_none)
{
    /* its frame: address, then a length with bit 15 for writing. Here that is
     * a read of a reserved block; the answer must not be what was written. */
    uint8_t write_mr[] = {0x00, 0x00, 0x80, 0x01, 0x08};
    uint8_t read_mr[] = {0x00, 0x00, 0x00, 0x01, 0x00};
    uint8_t last = 0;

    chip_start(&b);
    w5500_select(&b.chip, true);
    for (unsigned i = 0; i < sizeof write_mr; i++)
        w5500_exchange(&b.chip, write_mr[i]);
    w5500_select(&b.chip, false);
    w5500_select(&b.chip, true);
    for (unsigned i = 0; i < sizeof read_mr; i++)
        last = w5500_exchange(&b.chip, read_mr[i]);
    w5500_select(&b.chip, false);
    CHECK(last != 0x08);
    CHECK_EQUAL(b.fault[0], 0);
    chip_stop(&b);
}

TEST(mode_register_keeps_what_a_probe_writes_and_a_reset_clears_it)
{
    chip_start(&b);
    chip_set_common(&b, W_MR, 0x08);
    CHECK_EQUAL(chip_common(&b, W_MR), 0x08);
    chip_set_common(&b, W_MR, 0x10);
    CHECK_EQUAL(chip_common(&b, W_MR), 0x10);
    chip_set_common(&b, 1, 7);
    chip_set_common(&b, W_MR, 0x80);
    CHECK_EQUAL(chip_common(&b, W_MR), 0);
    CHECK_EQUAL(chip_common(&b, 1), 0);
    CHECK_EQUAL(b.fault[0], 0);
    chip_stop(&b);
}

TEST(read_only_registers_refuse)
{
    chip_start(&b);
    chip_set_common(&b, W_VERSIONR, 9);
    chip_set(&b, 0, S_SR, SR_ESTABLISHED);
    chip_set16(&b, 0, S_TX_FSR, 1);
    chip_set16(&b, 0, S_RX_WR, 9);
    CHECK_EQUAL(chip_common(&b, W_VERSIONR), 4);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_CLOSED);
    CHECK_EQUAL(chip_get16(&b, 0, S_TX_FSR), 2048);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_WR), 0);
    chip_stop(&b);
}

TEST(the_link_bit_follows_the_cable)
{
    chip_start(&b);
    CHECK_EQUAL(chip_common(&b, W_PHYCFGR) & 0x07, 0x07);
    w5500_cable(&b.chip, false);
    CHECK_EQUAL(chip_common(&b, W_PHYCFGR) & 0x07, 0);
    w5500_cable(&b.chip, true);
    CHECK_EQUAL(chip_common(&b, W_PHYCFGR) & 0x01, 1);
    chip_set_common(&b, W_PHYCFGR, 0x40 | 0x30); /* power down, in reset */
    CHECK_EQUAL(chip_common(&b, W_PHYCFGR) & 0x01, 0);
    chip_stop(&b);
}

TEST(buffers_wrap_at_their_size_under_any_address)
{
    uint8_t bytes[4] = {1, 2, 3, 4};
    uint8_t back[4] = {0};

    chip_start(&b);
    chip_set(&b, 0, S_TXBUF_SIZE, 1);
    chip_frame(&b, 0x07fe, 0x14, bytes, 4); /* the last two bytes of 1 KiB, then on */
    chip_frame(&b, 0x0000, 0x10, back, 2);
    CHECK_EQUAL(back[0], 3);
    CHECK_EQUAL(back[1], 4);
    chip_frame(&b, 0xfffe, 0x10, back, 4);
    CHECK_BYTES(back, bytes, 4);
    chip_stop(&b);
}

static void open_with(int n, uint8_t mode)
{
    chip_set(&b, n, S_MR, mode);
    chip_command(&b, n, CR_OPEN);
}

TEST(what_is_not_modelled_says_so)
{
    chip_start(&b);
    open_with(0, 4);
    CHECK(strstr(b.fault, "MACRAW") != NULL);
    b.fault[0] = '\0';
    open_with(0, 0x82);
    CHECK(strstr(b.fault, "multicast") != NULL);
    b.fault[0] = '\0';
    chip_command(&b, 0, CR_SEND_MAC);
    CHECK(strstr(b.fault, "21") != NULL);
    b.fault[0] = '\0';
    chip_set(&b, 0, S_KPALVTR, 1);
    CHECK(strstr(b.fault, "keep-alive") != NULL);
    b.fault[0] = '\0';
    chip_set(&b, 0, S_RXBUF_SIZE, 4);
    open_with(0, 1);
    CHECK(strstr(b.fault, "16 KiB") != NULL);
    b.fault[0] = '\0';
    chip_set(&b, 0, S_RXBUF_SIZE, 2);
    chip_set_common(&b, W_MR, 0x08);
    open_with(0, 1);
    CHECK(strstr(b.fault, "PPPoE") != NULL);
    chip_stop(&b);
}

TEST(a_chip_without_power_answers_nothing)
{
    chip_start(&b);
    w5500_power(&b.chip, false);
    CHECK_EQUAL(chip_common(&b, W_VERSIONR), 0xff);
    w5500_power(&b.chip, true);
    CHECK_EQUAL(chip_common(&b, W_VERSIONR), 4);
    chip_stop(&b);
}

TESTS(RUN(registers_hold_the_data_sheets_reset_values),
      RUN(a_variable_length_frame_goes_on_until_chip_select_rises),
      RUN(fixed_length_frames_follow_each_other_without_chip_select),
      RUN(four_and_one_byte_lengths_end_where_they_should),
      RUN(an_unselected_chip_neither_listens_nor_answers),
      RUN(a_frame_cut_short_changes_nothing),
      RUN(a_library_that_probes_for_a_w5200_finds_none),
      RUN(mode_register_keeps_what_a_probe_writes_and_a_reset_clears_it),
      RUN(read_only_registers_refuse), RUN(the_link_bit_follows_the_cable),
      RUN(buffers_wrap_at_their_size_under_any_address),
      RUN(what_is_not_modelled_says_so), RUN(a_chip_without_power_answers_nothing))
