/* A process that forks while a gateway runs: the child exits, or execs, and has
 * no descriptor of the library's after that; the parent goes on. */
#include <dirent.h>
#include <sys/wait.h>

#include "carry.h"

/* In the program that was exec'ed: what is open above the standard ones. */
static int count_descriptors(void) {
  int count = 0;
  struct dirent *entry;
  DIR *folder = opendir("/proc/self/fd");
  CHECK(folder != NULL);
  while ((entry = readdir(folder)) != NULL) {
    const int fd = atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd > 2 && fd != dirfd(folder)) ++count;
  }
  closedir(folder);
  return count;
}

static int status_of(pid_t child) {
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  return WEXITSTATUS(status);
}

int main(int argc, char **argv) {
  uint16_t server_port, port;
  pthread_t server;
  int listener, round;
  meshgw_gateway *gateway;
  (void)argc;
  if (argv[1] != NULL) return count_descriptors() == 0 ? 0 : 2;

  listener = listen_on_loopback(&server_port);
  gateway = start_gateway(make_routes("db.example", server_port), &port);
  for (round = 0; round < 3; ++round) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      /* Static destructors of the library run here too. */
      if (round == 0) exit(0);
      if (round == 1) _exit(0);
      execl("/proc/self/exe", argv[0], "count", (char *)NULL);
      _exit(3);
    }
    CHECK(status_of(child) == 0);
    CHECK(pthread_create(&server, NULL, echo_once, &listener) == 0);
    carry(port, "db.example");
    CHECK(pthread_join(server, NULL) == 0);
  }
  meshgw_gateway_free(gateway);
  close(listener);
  puts("ok");
  return 0;
}
