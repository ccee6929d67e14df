// SPDX-License-Identifier: Apache-2.0
// Martlet: the Linux calls that Swift's Glibc module leaves out (epoll, eventfd, TCP_CORK, pipe2, closefrom, renameat2,
// O_DIRECT, mallopt), and the processor's CRC-32C.
#ifndef MARTLET_CLINUX_H
#define MARTLET_CLINUX_H

#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

/// Holds back (1) or releases (0) small TCP segments; fails harmlessly on sockets that are not TCP.
int martlet_set_cork(int socket, int enabled);

/// Keeps process-directed signals away from the calling thread, so that its waits are not interrupted.
void martlet_block_signals(void);

/// Names the calling thread for debuggers and `top -H`; the kernel keeps the first 15 bytes.
void martlet_name_thread(const char *name);

/// Makes a pipe whose ends no child inherits; 0, or -1 with errno.
int martlet_pipe(int ends[2]);

/// Makes all that was written to a file system durable; 0, or -1 with errno (since Linux 5.8 also for failed write-back).
int martlet_sync_filesystem(int descriptor);

/// The flag O_DIRECT.
extern const int martlet_open_direct;

/// Has all threads share one heap; before threads allocate. Nothing where the C library has no such setting.
void martlet_use_one_heap(void);

/// Has a spawned child close all descriptors from `lowest` on; 0 or an error number.
int martlet_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest);

/// Renames within a folder unless the new name is taken (EEXIST); 0, or -1 with errno.
int martlet_rename_absent(int folder, const char *from, const char *to);

/// Whether this processor has the instruction that `martlet_crc32c` needs.
int martlet_has_crc32c(void);

/// Takes bytes into a running CRC-32C, which begins and ends inverted; only where `martlet_has_crc32c`.
uint32_t martlet_crc32c(uint32_t crc, const void *bytes, size_t count);

#endif
