/* A server that does not use SIGALRM. It has a handler for it, as nginx has. It takes one client, and waits for it without end,
 * while another descriptor wakes it 20 times a second, as other clients do:
 *
 *   server epoll-timeout|epoll-timerfd|epoll|poll|select|poll-alone|rcvtimeo|threads */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int others[2], ep, client;

static void noted(int sig) { (void)sig; }

static void fail(const char *what) { perror(what); _exit(1); }

/* Writes a byte 20 times a second: the other clients. */
static void start_others(void)
{
    if (pipe(others)) fail("pipe");
    switch (fork()) {
    case -1: fail("fork");
    case 0:
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(others[0]);
        for (;;) {
            poll(NULL, 0, 50);
            if (write(others[1], "o", 1) != 1) _exit(0);
        }
    }
}

static void drain(void)
{
    char b[64];
    if (read(others[0], b, sizeof b) <= 0) fail("read");
}

static void watch(int fd)
{
    struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e)) fail("epoll_ctl");
}

static void *loop(void *timeout)
{
    struct epoll_event e;
    for (;;) {
        int n = epoll_wait(ep, &e, 1, *(int *)timeout);
        if (n < 0 && errno != EINTR) fail("epoll_wait");
        if (n == 1 && e.data.fd == others[0]) drain();
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;
    struct sigaction s = { .sa_handler = noted };
    int l = socket(AF_INET, SOCK_STREAM, 0), none = -1, minute = 60000;

    if (bind(l, (struct sockaddr *)&a, len) || listen(l, 5) || getsockname(l, (struct sockaddr *)&a, &len)) fail("listen");
    if (sigaction(SIGALRM, &s, NULL)) fail("sigaction");
    printf("port %d\n", ntohs(a.sin_port));
    fflush(stdout);
    client = accept(l, NULL, NULL);
    if (client < 0) fail("accept");
    start_others();
    ep = epoll_create1(0);
    watch(client);
    watch(others[0]);
    printf("fd %d\n", client);
    fflush(stdout);

    if (!strcmp(how, "epoll-timeout")) loop(&minute);
    else if (!strcmp(how, "epoll")) loop(&none);
    else if (!strcmp(how, "epoll-timerfd")) {
        struct itimerspec t = { .it_value.tv_sec = 60 };
        int unarmed = timerfd_create(CLOCK_MONOTONIC, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
        if (timerfd_settime(timer, 0, &t, NULL)) fail("timerfd_settime");
        watch(unarmed);
        watch(timer);
        loop(&none);
    } else if (!strcmp(how, "threads")) {
        pthread_t t;
        if (pthread_create(&t, NULL, loop, &minute)) fail("pthread_create");
        pthread_join(t, NULL);
    } else if (!strcmp(how, "poll-alone")) {
        struct pollfd f = { .fd = client, .events = POLLIN };
        while (poll(&f, 1, minute) < 0)
            if (errno != EINTR) fail("poll");
    } else if (!strcmp(how, "rcvtimeo")) {
        struct timeval tv = { .tv_sec = 60 };
        char b;
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
        while (read(client, &b, 1) < 0)
            if (errno != EINTR) fail("read");
    }
    for (;;) {
        if (!strcmp(how, "poll")) {
            struct pollfd f[3] = { { .fd = client, .events = POLLIN }, { .fd = others[0], .events = POLLIN }, { .fd = l, .events = POLLIN } };
            if (poll(f, 3, -1) > 0 && f[1].revents) drain();
        } else if (!strcmp(how, "select")) {
            fd_set r;
            FD_ZERO(&r);
            FD_SET(client, &r);
            FD_SET(others[0], &r);
            struct timeval tv = { .tv_sec = 60 };
            if (select(others[0] + client + 1, &r, NULL, NULL, &tv) > 0 && FD_ISSET(others[0], &r)) drain();
        } else return 1;
    }
}
