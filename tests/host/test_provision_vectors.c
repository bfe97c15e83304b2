/* SPDX-License-Identifier: MIT */
/* test_provision_vectors.c: tests/vectors/provisioning.json against the device's side,
 * and both against the tool's way with frames. */
#include "provision_device.h"

#include "provision_line.h"

#include <jansson.h>

static json_t *read_vectors(void)
{
    json_error_t error;
    json_t *vectors =
        json_load_file(COUNTERSIGN_ROOT "/tests/vectors/provisioning.json", 0, &error);

    if (vectors == NULL)
        fail_msg("%s", error.text);
    return vectors;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    assert_true(text != NULL);
    return text;
}

static uint8_t number_of(const json_t *object, const char *name)
{
    assert_true(json_is_integer(json_object_get(object, name)));
    return (uint8_t)json_integer_value(json_object_get(object, name));
}

static size_t bytes_of(const json_t *object, const char *name, uint8_t bytes[128])
{
    const char *hex = text_of(object, name);
    size_t len = strlen(hex) / 2;

    assert_true(len <= 128);
    for (size_t i = 0; i < len; i++) {
        unsigned byte;

        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[i] = (uint8_t)byte;
    }
    return len;
}

static const csign_hash *hash_of(const json_t *run)
{
    static const csign_hash *const hashes[] = {&csign_sha256, &csign_blake2s, &csign_sha1,
                                               &csign_sha512};
    static const char *const names[] = {"sha256", "blake2s", "sha1", "sha512"};

    for (size_t i = 0; i < 4; i++) {
        if (strcmp(text_of(run, "hash"), names[i]) == 0)
            return hashes[i];
    }
    fail_msg("no such hash");
    return NULL;
}

/* Without a line: requests go in, replies come out. */
static size_t ask(struct provision_device *d, const uint8_t *request, size_t len,
                  uint8_t reply[128])
{
    size_t out_len;
    const uint8_t *out;

    assert_int_equal(
        csign_provision_take(&d->provision, request, len, d->is_granted, 1000), len);
    while (csign_provision_wants(&d->provision) == CSIGN_WANTS_STORE)
        csign_provision_step(&d->provision, 1000);
    out = csign_provision_out(&d->provision, &out_len);
    assert_true(out_len <= 128);
    memcpy(reply, out, out_len);
    csign_provision_sent(&d->provision, out_len, 1000);
    return out_len;
}

static void finish_job(struct provision_device *d, csign_status begun)
{
    assert_int_equal(begun, CSIGN_OK);
    while (csign_store_step(&d->store) == CSIGN_STEP_MORE)
        ;
}

static void provision_before(struct provision_device *d)
{
    static const csign_store_identity identity;
    static const uint8_t secret[32] = {1}, key[32] = {2};

    (void)csign_store_open(&d->store, &d->memory);
    finish_job(d, csign_store_begin(&d->store));
    finish_job(d, csign_store_put_identity(&d->store, &identity));
    finish_job(d, csign_store_put_secret(&d->store, secret));
    finish_job(d, csign_store_put_key(&d->store, 1, 1, key));
    finish_job(d, csign_store_commit(&d->store));
}

static void make_device(struct provision_device *d, const json_t *run)
{
    provision_device_make(d);
    d->settings.hasher.hash = hash_of(run);
    d->settings.wake = number_of(run, "wake");
    d->settings.challenge = number_of(run, "challenge");
    d->settings.tag = number_of(run, "tag");
    d->settings.request_max = number_of(run, "request_max");
    if (!json_is_true(json_object_get(run, "is_sealed")))
        d->device.profile = &csign_classic_server;
    d->is_granted = json_is_true(json_object_get(run, "is_granted"));
    assert_int_equal(number_of(run, "slots"), PROVISION_SLOTS);
    if (number_of(run, "state") == CSIGN_STORE_READY)
        provision_before(d);
    assert_int_equal(csign_store_open(&d->store, &d->memory), number_of(run, "state"));
    csign_provision_open(&d->provision, &d->device, &d->store, d->frame, 0);
}

TEST(the_device_answers_each_vector)
{
    json_t *vectors = read_vectors(), *run, *frame;
    size_t i, k;

    json_array_foreach(json_object_get(vectors, "runs"), i, run)
    {
        struct provision_device device;

        printf("# %s\n", text_of(run, "name"));
        make_device(&device, run);
        json_array_foreach(json_object_get(run, "frames"), k, frame)
        {
            uint8_t request[128], reply[128], expected[128];
            size_t len = bytes_of(frame, "reply", expected);

            CHECK_EQUAL(ask(&device, request, bytes_of(frame, "request", request), reply),
                        len);
            CHECK_BYTES(reply, expected, len);
        }
        CHECK(k > 0);
    }
    CHECK(i >= 9);
    json_decref(vectors);
}

TEST(each_whole_run_stores_the_keys_of_its_vector)
{
    json_t *vectors = read_vectors(), *run, *frame, *key;
    size_t i, k, wholes = 0;

    json_array_foreach(json_object_get(vectors, "runs"), i, run)
    {
        struct provision_device device;
        uint8_t request[128], reply[128];

        make_device(&device, run);
        json_array_foreach(json_object_get(run, "frames"), k, frame)(void)
            ask(&device, request, bytes_of(frame, "request", request), reply);
        if (!csign_provision_is_done(&device.provision))
            continue;
        provision_device_serve(&device);
        json_array_foreach(json_object_get(run, "keys"), k, key)
        {
            uint8_t expected[128], rights[128], stored[32];
            uint32_t stored_rights;

            (void)bytes_of(key, "key", expected);
            (void)bytes_of(key, "rights", rights);
            CHECK_EQUAL(csign_store_key(&device.store, number_of(key, "slot"),
                                        &stored_rights, stored),
                        CSIGN_OK);
            CHECK_BYTES(stored, expected, 32);
            for (int at = 0; at < 4; at++)
                CHECK_EQUAL((uint8_t)(stored_rights >> (24 - 8 * at)), rights[at]);
        }
        wholes++;
    }
    CHECK_EQUAL(wholes, 5);
    json_decref(vectors);
}

TEST(the_tool_makes_and_reads_the_frames_of_the_vectors)
{
    json_t *vectors = read_vectors(), *run, *pair;
    static const char *const names[] = {"request", "reply"};
    struct provision_input input = {.len = 0};
    size_t i, k;

    json_array_foreach(json_object_get(vectors, "runs"), i, run)
    {
        json_array_foreach(json_object_get(run, "frames"), k, pair)
        {
            for (size_t n = 0; n < 2; n++) {
                uint8_t bytes[128];
                size_t len = bytes_of(pair, names[n], bytes);
                struct provision_frame made, read;

                provision_frame_make(&made, bytes[2], bytes[3], bytes + 4, bytes[1]);
                CHECK_EQUAL(made.len, len);
                CHECK_BYTES(made.bytes, bytes, len);
                for (size_t at = 0; at < len; at++) {
                    CHECK(!provision_input_next(&input, &read));
                    input.bytes[input.len++] = bytes[at];
                }
                CHECK(provision_input_next(&input, &read));
                CHECK_EQUAL(read.len, len);
                CHECK_BYTES(read.bytes, bytes, len);
                CHECK_EQUAL(input.len, 0);
            }
        }
    }
    json_decref(vectors);
}

TEST(the_tool_finds_a_frame_behind_anything)
{
    static const uint8_t before[] = {0x00, 0xc5, 0xc5, 0x07, 0xc5, 0xff, 0x20};
    struct provision_frame frame, read;

    provision_frame_make(&frame, 9, 0x91, "\0\1", 2);
    for (size_t from = 0; from < sizeof before; from++) {
        struct provision_input input = {.len = 0};

        memcpy(input.bytes, before + from, sizeof before - from);
        input.len = sizeof before - from;
        for (int twice = 0; twice < 2; twice++) {
            memcpy(input.bytes + input.len, frame.bytes, frame.len);
            input.len += frame.len;
        }
        CHECK(provision_input_next(&input, &read));
        CHECK_BYTES(read.bytes, frame.bytes, frame.len);
        CHECK(provision_input_next(&input, &read));
        CHECK(!provision_input_next(&input, &read));
    }
}

TEST(the_tool_takes_no_frame_with_a_flipped_bit)
{
    struct provision_frame frame, read;

    provision_frame_make(&frame, 9, 0x91, "\0\1\2\3", 4);
    for (size_t bit = 0; bit < 8 * frame.len; bit++) {
        struct provision_input input = {.len = frame.len};

        memcpy(input.bytes, frame.bytes, frame.len);
        input.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(!provision_input_next(&input, &read));
    }
}

TESTS(RUN(the_device_answers_each_vector),
      RUN(each_whole_run_stores_the_keys_of_its_vector),
      RUN(the_tool_makes_and_reads_the_frames_of_the_vectors),
      RUN(the_tool_finds_a_frame_behind_anything),
      RUN(the_tool_takes_no_frame_with_a_flipped_bit))
