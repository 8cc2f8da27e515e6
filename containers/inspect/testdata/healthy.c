/* healthy: the control of the seven. The handler sets a flag, the read fails
 * with EINTR, the flag is looked at, and the client is released. */
#include "../../../fixtures/seven-classes/serve.h"

int main(int argc, char **argv)
{
    int l = serve_on(argc, argv);

    handle(set_flag, 0);
    for (;;) {
        char b;
        int c = next_client(l);

        expired = 0;
        alarm(seconds);
        armed(c);
        while (!expired && read(c, &b, 1) > 0) ;
        alarm(0);
        close(c);
    }
}
