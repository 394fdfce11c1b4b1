/*
 * A server made of libmodbus: one thread, one select for all clients, one reply for
 * each request, as the library is meant to be used for many connections. It says its
 * address on standard output.
 *
 *     modbus-server REGISTERS
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <modbus.h>

static void die(const char *what)
{
	fprintf(stderr, "modbus-server: %s: %s\n", what, modbus_strerror(errno));
	exit(1);
}

int main(int argc, char **argv)
{
	int count = argc == 2 ? atoi(argv[1]) : 0;
	modbus_t *modbus = modbus_new_tcp("127.0.0.1", 0);
	modbus_mapping_t *map = modbus_mapping_new(0, 0, count, 0);
	if (modbus == NULL || map == NULL || count < 1)
		die("usage: modbus-server REGISTERS");

	int listener = modbus_tcp_listen(modbus, 1024);
	if (listener < 0)
		die("listen");
	struct sockaddr_in own;
	socklen_t size = sizeof own;
	if (getsockname(listener, (struct sockaddr *)&own, &size) < 0)
		die("getsockname");
	printf("127.0.0.1:%d\n", ntohs(own.sin_port));
	fflush(stdout);

	fd_set all, ready;
	FD_ZERO(&all);
	FD_SET(listener, &all);
	int last = listener;
	for (;;) {
		ready = all;
		if (select(last + 1, &ready, NULL, NULL, NULL) < 0)
			die("select");
		for (int fd = 0; fd <= last; fd++) {
			if (!FD_ISSET(fd, &ready))
				continue;
			if (fd == listener) {
				int client = accept(listener, NULL, NULL);
				if (client >= FD_SETSIZE) {
					close(client);
				} else if (client >= 0) {
					/* Pipelined replies would else wait for acknowledgements. */
					int on = 1;
					setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
					FD_SET(client, &all);
					if (client > last)
						last = client;
				}
				continue;
			}
			uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
			modbus_set_socket(modbus, fd);
			int n = modbus_receive(modbus, request);
			if (n > 0) {
				modbus_reply(modbus, request, n, map);
			} else if (n < 0) {
				close(fd);
				FD_CLR(fd, &all);
			}
		}
	}
}
