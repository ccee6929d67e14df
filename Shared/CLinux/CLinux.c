// SPDX-License-Identifier: Apache-2.0
// Martlet: bodies of the few helpers that CLinux adds to the system's headers.
#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int martlet_set_cork(int socket, int enabled) {
    return setsockopt(socket, IPPROTO_TCP, TCP_CORK, &enabled, sizeof enabled);
}

void martlet_block_signals(void) {
    sigset_t set;
    sigfillset(&set);
    /* These five are raised by the thread itself; blocking them would turn a crash report into silent death. */
    sigdelset(&set, SIGSEGV);
    sigdelset(&set, SIGBUS);
    sigdelset(&set, SIGILL);
    sigdelset(&set, SIGFPE);
    sigdelset(&set, SIGTRAP);
    pthread_sigmask(SIG_BLOCK, &set, 0);
}

void martlet_name_thread(const char *name) {
    char brief[16];
    strncpy(brief, name, sizeof brief - 1);
    brief[sizeof brief - 1] = 0;
    pthread_setname_np(pthread_self(), brief);
}

int martlet_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int martlet_sync_filesystem(int descriptor) { return syncfs(descriptor); }

void martlet_use_one_heap(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1);
#endif
}

const int martlet_open_direct = O_DIRECT;

int martlet_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest) {
    return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

int martlet_rename_absent(int folder, const char *from, const char *to) {
    return renameat2(folder, from, folder, to, RENAME_NOREPLACE);
}
