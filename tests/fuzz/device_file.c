/* SPDX-License-Identifier: MIT */
/* device_file.c: device files of any content, read for each role.
 *
 * What holds: what is read is what the library takes; what is not is told in one line
 * that begins with the file's name; what one side takes, nobody refuses who wants less of
 * it.
 */
#include "device_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

static bool is_device_good(const struct device_file *file)
{
    static csign_slot slots[254];
    static csign_any_keyed keyed[254];
    csign_any_work work;
    csign_settings settings = device_file_settings(file, &work);
    csign_device device = {
        .settings = &settings,
        .profile = file->is_sealed ? &csign_sealed_server : &csign_classic_server,
        .commands = name_table_codes(&file->commands),
        .answers = name_table_codes(&file->answers),
        .slots = slots,
        .keyed = keyed,
        .slot_count = (uint8_t)(file->key_count == 0 ? 1 : file->key_count)};

    return csign_device_check(&device, file->may_overlap) == CSIGN_OK;
}

/* Each name is found where it stands. */
static bool is_table_good(const struct name_table *table)
{
    for (size_t row = 0; row < table->count; row++) {
        if (name_table_find(table, table->names[row]) != row)
            return false;
    }
    return true;
}

/* An address that was understood is understood again as it is written out. */
static bool is_address_good(const struct address *address)
{
    struct address again;
    char text[600], twice[600], error[256];

    address_format(address, text, sizeof text);
    if (!address_parse(&again, text, "/", error, sizeof error))
        return false;
    address_format(&again, twice, sizeof twice);
    return strcmp(text, twice) == 0;
}

static bool read_for(enum device_file_role role, const char *path)
{
    struct device_file file;
    char error[512];
    bool is_read = device_file_read(&file, path, role, error, sizeof error);

    if (is_read) {
        FUZZ_CHECK(error[0] == '\0' && is_device_good(&file));
        FUZZ_CHECK(is_table_good(&file.commands) && is_table_good(&file.answers));
        FUZZ_CHECK(is_address_good(&file.address));
    } else {
        FUZZ_CHECK(strncmp(error, path, strlen(path)) == 0);
        FUZZ_CHECK(strchr(error, '\n') == NULL);
    }
    device_file_free(&file);
    return is_read;
}

/* One file for all inputs, always at the same descriptor. */
static void write_file(int fd, const uint8_t *bytes, size_t len)
{
    FUZZ_CHECK(ftruncate(fd, 0) == 0);
    FUZZ_CHECK(pwrite(fd, bytes, len, 0) == (ssize_t)len);
}

void fuzz(struct choices *in)
{
    static int fd = -1;
    static char path[64];

    if (fd < 0) {
        fd = memfd_create("device", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    write_file(fd, in->at, in->left);
    if (read_for(DEVICE_FILE_FOR_BOTH, path))
        FUZZ_CHECK(read_for(DEVICE_FILE_FOR_DEVICE, path));
    if (read_for(DEVICE_FILE_FOR_CLIENT, path) || read_for(DEVICE_FILE_FOR_DEVICE, path))
        FUZZ_CHECK(read_for(DEVICE_FILE_FOR_HEADER, path));
}
