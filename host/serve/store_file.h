/* SPDX-License-Identifier: MIT */
/* store_file.h: a file as the memory of a store (csign/store.h), so that no change of
 * keys is lost by a cut of power, a kill or a full disk.
 *
 * The file's size tells the number of key slots, so it never changes after the first. One
 * process has it at a time.
 */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "Countersign.h"

#include <csign/store.h>

struct store_file {
    csign_store_memory memory; /* for csign_store_open(); points back to this struct */
    char *path;
    uint8_t *bytes; /* what is known to be on the disk */
    size_t len;
    int fd;       /* -1: not open */
    bool is_lazy; /* bytes need not be on the disk before store_file_sync() */
    int failure;  /* errno of the first byte that was not written since the caller set it
                     to  0; 0: none */
};

/* Opens the file at path, which is made with mode 600 where there is none. One without
 * content gets room for key_slots keys. One that others have access to, that another
 * process uses or whose size is no store's is refused, and left as it is, with what is
 * wrong and the cure in error. SIGXFSZ must be ignored, else the process's own limit on
 * the size of files kills it. store_file_close() in either case. */
bool store_file_open(struct store_file *file, const char *path, uint8_t key_slots,
                     char *error, size_t error_size);

/* What was written lazily is on the disk afterwards; false with errno set. */
bool store_file_sync(struct store_file *file);

/* Whether path still leads to this file, and the file holds what was written to it. */
bool store_file_is_intact(const struct store_file *file);

/* Takes all content away, so that it is filled again some time. */
void store_file_empty(struct store_file *file);

/* Wipes and frees what is in memory, and lets others have the file. Zeroed with fd -1 it
 * may be closed too. */
void store_file_close(struct store_file *file);

#endif
