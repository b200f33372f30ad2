/* The wall clock of the process that this is loaded into is ahead by what a file says; no other clock is.
 *
 * WALL_CLOCK_FILE: the file; its first eight bytes are the nanoseconds, and count from the next look at the
 * clock on. Without the variable the clock is that of the machine. A wait until a moment of the wall clock
 * is not shifted.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

static const volatile int64_t none = 0;
static const volatile int64_t *ahead = &none;
static int (*machine)(clockid_t, struct timespec *);

__attribute__((constructor)) static void find(void) {
    const char *name = getenv("WALL_CLOCK_FILE");
    if (name == NULL) return;
    int file = open(name, O_RDONLY | O_CLOEXEC);
    void *shared = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    if (shared == MAP_FAILED) {
        perror(name);
        _exit(127);
    }
    close(file);
    ahead = shared;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (machine == NULL) *(void **)&machine = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = machine(clock, now);
    if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t sum = now->tv_sec * SECOND + now->tv_nsec + *ahead;
        now->tv_sec = sum / SECOND;
        now->tv_nsec = sum % SECOND;
    }
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &exact) != 0) return -1;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now != NULL) *now = exact.tv_sec;
    return exact.tv_sec;
}

int timespec_get(struct timespec *now, int base) {
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}
