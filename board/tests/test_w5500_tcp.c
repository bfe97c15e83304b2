/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "chip.h"

static struct bench_chip b;
static char text[4096];

TEST(a_server_socket_takes_a_connection_and_its_bytes)
{
    int peer = chip_establish(&b);

    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_ESTABLISHED);
    CHECK_EQUAL(chip_get(&b, 0, S_IR), IR_CON);
    CHECK_EQUAL(chip_get(&b, 0, S_DIPR), 127);
    CHECK_EQUAL(send(peer, "hello", 5, 0), 5);
    chip_pass(&b, 200);
    CHECK(chip_get(&b, 0, S_IR) & IR_RECV);
    CHECK_EQUAL(chip_common(&b, W_SIR), 1);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_RSR), 5);
    CHECK_EQUAL(chip_receive(&b, 0, text, sizeof text), 5);
    CHECK_EQUAL(strcmp(text, "hello"), 0);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_RSR), 0);
    close(peer);
    chip_stop(&b);
}

TEST(sendok_and_free_space_come_with_the_acknowledgement)
{
    int peer = chip_establish(&b);

    chip_send(&b, 0, "reply");
    CHECK_EQUAL(chip_get16(&b, 0, S_TX_FSR), 2043);
    CHECK_EQUAL(chip_get(&b, 0, S_IR) & IR_SENDOK, 0);
    chip_pass(&b, 500);
    CHECK(chip_get(&b, 0, S_IR) & IR_SENDOK);
    CHECK_EQUAL(chip_get16(&b, 0, S_TX_FSR), 2048);
    CHECK_EQUAL(peer_read(peer, text, sizeof text), 5);
    CHECK_EQUAL(strcmp(text, "reply"), 0);
    chip_set(&b, 0, S_IR, IR_SENDOK);
    CHECK_EQUAL(chip_get(&b, 0, S_IR) & IR_SENDOK, 0);
    close(peer);
    chip_stop(&b);
}

TEST(pointers_run_on_past_65535)
{
    int peer;

    lan_add_map(&b.lan, "80=127.0.0.1:0");
    chip_start(&b);
    b.chip.first_pointer = 0xfffe;
    chip_listen(&b, 0, 80);
    peer = peer_connect(&b, 80);
    chip_pass(&b, 200);
    chip_send(&b, 0, "across");
    CHECK_EQUAL(chip_get16(&b, 0, S_TX_WR), 4);
    chip_pass(&b, 500);
    CHECK_EQUAL(peer_read(peer, text, sizeof text), 6);
    CHECK_EQUAL(strcmp(text, "across"), 0);
    CHECK_EQUAL(send(peer, "and back", 8, 0), 8);
    chip_pass(&b, 200);
    CHECK_EQUAL(chip_receive(&b, 0, text, sizeof text), 8);
    CHECK_EQUAL(strcmp(text, "and back"), 0);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_RD), 6);
    close(peer);
    chip_stop(&b);
}

TEST(received_bytes_stay_until_recv_says_they_are_read)
{
    int peer = chip_establish(&b);

    CHECK_EQUAL(send(peer, "abc", 3, 0), 3);
    chip_pass(&b, 200);
    chip_set16(&b, 0, S_RX_RD, 2);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_RSR), 3);
    chip_command(&b, 0, CR_RECV);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_RSR), 1);
    close(peer);
    chip_stop(&b);
}

TEST(a_full_receive_buffer_holds_the_peer_back)
{
    static char much[6000];
    int peer = chip_establish(&b);
    unsigned total = 0;

    memset(much, 'x', sizeof much);
    CHECK_EQUAL(send(peer, much, sizeof much, 0), (int)sizeof much);
    chip_pass(&b, 1000);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_RSR), 2048);
    while (total < sizeof much) {
        unsigned got = chip_receive(&b, 0, text, sizeof text);

        CHECK(got > 0);
        total += got;
        chip_pass(&b, 200);
    }
    CHECK_EQUAL(total, sizeof much);
    close(peer);
    chip_stop(&b);
}

TEST(sockets_on_one_port_take_one_connection_each_and_the_next_is_refused)
{
    int first, second;

    chip_start_mapped(&b);
    chip_listen(&b, 0, 80);
    chip_listen(&b, 1, 80);
    first = peer_connect(&b, 80);
    second = peer_connect(&b, 80);
    chip_pass(&b, 200);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_ESTABLISHED);
    CHECK_EQUAL(chip_get(&b, 1, S_SR), SR_ESTABLISHED);
    CHECK_EQUAL(peer_connect(&b, 80), -1);
    chip_listen(&b, 2, 80);
    CHECK(peer_connect(&b, 80) >= 0);
    close(first);
    close(second);
    chip_stop(&b);
}

TEST(a_connection_beyond_the_last_listening_socket_is_reset)
{
    int first, second;

    chip_start_mapped(&b);
    chip_listen(&b, 0, 80);
    first = peer_connect(&b, 80);
    second = peer_connect(&b, 80); /* no time passed: this machine took it */
    chip_pass(&b, 200);
    CHECK(first >= 0 && second >= 0);
    CHECK_EQUAL(peer_read(second, text, sizeof text), -1);
    close(first);
    close(second);
    chip_stop(&b);
}

TEST(nobody_listens_before_listen_and_after_close)
{
    chip_start_mapped(&b);
    CHECK_EQUAL(peer_connect(&b, 80), -1);
    chip_listen(&b, 0, 80);
    chip_command(&b, 0, CR_CLOSE);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_CLOSED);
    CHECK_EQUAL(peer_connect(&b, 80), -1);
    chip_stop(&b);
}

TEST(a_peers_farewell_leads_over_close_wait_to_closed)
{
    int peer = chip_establish(&b);

    CHECK_EQUAL(send(peer, "last", 4, 0), 4);
    shutdown(peer, SHUT_WR);
    chip_pass(&b, 300);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_CLOSE_WAIT);
    CHECK(chip_get(&b, 0, S_IR) & IR_DISCON);
    CHECK_EQUAL(chip_receive(&b, 0, text, sizeof text), 4);
    chip_send(&b, 0, "bye");
    chip_command(&b, 0, CR_DISCON);
    chip_pass(&b, 500);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_CLOSED);
    CHECK_EQUAL(peer_read(peer, text, sizeof text), 3);
    CHECK_EQUAL(peer_read(peer, text, sizeof text), 0);
    close(peer);
    chip_stop(&b);
}

TEST(discon_waits_for_the_peers_farewell)
{
    int peer = chip_establish(&b);

    chip_command(&b, 0, CR_DISCON);
    chip_pass(&b, 1000);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_FIN_WAIT);
    CHECK_EQUAL(peer_read(peer, text, sizeof text), 0);
    close(peer);
    chip_pass(&b, 300);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_CLOSED);
    chip_stop(&b);
}

TEST(a_reset_by_the_peer_closes_at_once)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    int peer = chip_establish(&b);

    setsockopt(peer, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(peer);
    chip_pass(&b, 300);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_CLOSED);
    chip_stop(&b);
}

static void connect_to(int n, const uint8_t ip[4], uint16_t port)
{
    chip_set(&b, n, S_MR, 1);
    chip_set16(&b, n, S_PORT, 50000);
    chip_command(&b, n, CR_OPEN);
    for (int i = 0; i < 4; i++)
        chip_set(&b, n, (uint16_t)(S_DIPR + i), ip[i]);
    chip_set16(&b, n, S_DPORT, port);
    chip_command(&b, n, CR_CONNECT);
}

TEST(a_client_socket_follows_its_route)
{
    static const uint8_t ip[4] = {192, 0, 2, 9};
    char route[64];
    uint16_t port;
    int listener = peer_listen(&port);
    int peer;

    snprintf(route, sizeof route, "192.0.2.9:7777=127.0.0.1:%u", port);
    CHECK(lan_add_route(&b.lan, route));
    chip_start_mapped(&b);
    connect_to(0, ip, 7777);
    peer = accept(listener, NULL, NULL);
    chip_pass(&b, 500);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_ESTABLISHED);
    CHECK_EQUAL(chip_get(&b, 0, S_IR), IR_CON);
    chip_send(&b, 0, "knock");
    CHECK_EQUAL(peer_read(peer, text, sizeof text), 5);
    close(peer);
    close(listener);
    chip_stop(&b);
}

TEST(a_refused_connection_closes_and_no_route_ends_in_a_timeout)
{
    static const uint8_t ip[4] = {127, 0, 0, 1};
    static const uint8_t nowhere[4] = {198, 51, 100, 1};
    uint16_t port;
    int listener = peer_listen(&port);

    close(listener); /* the port is free again, and refuses */
    chip_start_mapped(&b);
    connect_to(0, ip, port);
    chip_pass(&b, 500);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_CLOSED);
    CHECK_EQUAL(chip_get(&b, 0, S_IR) & IR_TIMEOUT, 0);
    connect_to(1, nowhere, 80);
    chip_pass(&b, 1790000);
    CHECK_EQUAL(chip_get(&b, 1, S_SR), SR_SYNSENT);
    chip_pass(&b, 20000); /* 200 ms, nine times */
    CHECK_EQUAL(chip_get(&b, 1, S_SR), SR_CLOSED);
    CHECK(chip_get(&b, 1, S_IR) & IR_TIMEOUT);
    chip_stop(&b);
}

TESTS(RUN(a_server_socket_takes_a_connection_and_its_bytes),
      RUN(sendok_and_free_space_come_with_the_acknowledgement),
      RUN(pointers_run_on_past_65535),
      RUN(received_bytes_stay_until_recv_says_they_are_read),
      RUN(a_full_receive_buffer_holds_the_peer_back),
      RUN(sockets_on_one_port_take_one_connection_each_and_the_next_is_refused),
      RUN(a_connection_beyond_the_last_listening_socket_is_reset),
      RUN(nobody_listens_before_listen_and_after_close),
      RUN(a_peers_farewell_leads_over_close_wait_to_closed),
      RUN(discon_waits_for_the_peers_farewell), RUN(a_reset_by_the_peer_closes_at_once),
      RUN(a_client_socket_follows_its_route),
      RUN(a_refused_connection_closes_and_no_route_ends_in_a_timeout))
