/* Waits in one call after another kind, and reports each return but the one
 * that it was told to make: a stop that is not noticed prints nothing.
 *
 *   waiter read|accept|select|poll|nanosleep|wait|timed-read|epoll|spin|threads */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

static int p[2];

static void *reader(void *arg) { char b; ssize_t n = read(p[0], &b, 1); printf("read %zd %d\n", n, errno); return arg; }

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    long r = -2;
    char b;

    if (pipe(p)) return 1;
    errno = 0;
    printf("ready\n");
    fflush(stdout);
    if (!strcmp(how, "read")) r = read(p[0], &b, 1);
    else if (!strcmp(how, "accept")) {
        int l = socket(AF_INET, SOCK_STREAM, 0);
        if (listen(l, 1)) return 1;
        r = accept(l, NULL, NULL);
    } else if (!strcmp(how, "select")) {
        fd_set s;
        FD_ZERO(&s);
        FD_SET(p[0], &s);
        r = select(p[0] + 1, &s, NULL, NULL, NULL);
    } else if (!strcmp(how, "poll")) {
        struct pollfd f = { .fd = p[0], .events = POLLIN };
        r = poll(&f, 1, 60000);
    } else if (!strcmp(how, "nanosleep")) {
        struct timespec ts = { .tv_sec = 60 };
        r = nanosleep(&ts, NULL);
    } else if (!strcmp(how, "wait")) {
        if (fork() == 0) { pause(); return 0; }
        r = wait(NULL);
    } else if (!strcmp(how, "timed-read")) {
        int s[2];
        struct timeval tv = { .tv_sec = 60 };
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, s)) return 1;
        setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
        r = read(s[0], &b, 1);
    } else if (!strcmp(how, "epoll")) {
        struct epoll_event e;
        r = epoll_wait(epoll_create1(0), &e, 1, 60000);
    } else if (!strcmp(how, "spin")) {
        /* a processor's registers change all the time; the sum shows whether one was damaged */
        unsigned long i, sum = 0, rounds = 0;
        for (;; rounds++) {
            for (sum = 0, i = 1; i <= 1000; i++) sum += i;
            if (sum != 500500) { r = (long)rounds; break; }
        }
    } else if (!strcmp(how, "threads")) {
        pthread_t t;
        if (pthread_create(&t, NULL, reader, NULL)) return 1;
        pthread_join(t, NULL);
    }
    printf("returned %ld, errno %d\n", r, errno);
    fflush(stdout);
    pause();
    return 0;
}
