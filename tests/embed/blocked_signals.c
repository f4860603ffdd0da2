/* A host that blocks all signals, and one that has handlers: the library
 * changes neither masks nor handlers, and no signal is delivered to its
 * threads. */
#include <errno.h>
#include <signal.h>

#include "carry.h"

static volatile sig_atomic_t on_thread_of_host = 0, on_other_thread = 0;
static pthread_t host;

static void handler(int signal_number) {
  (void)signal_number;
  if (pthread_equal(pthread_self(), host)) {
    on_thread_of_host = on_thread_of_host + 1;
  } else {
    on_other_thread = on_other_thread + 1;
  }
}

/* Signals of the C library's own and those that cannot be caught. */
static int is_ours(int number) {
  return number != SIGKILL && number != SIGSTOP &&
         (number < 32 || number >= SIGRTMIN);
}

static void check_handlers(void (*expected)(int)) {
  int number;
  for (number = 1; number < NSIG; ++number) {
    struct sigaction action;
    if (!is_ours(number)) continue;
    CHECK(sigaction(number, NULL, &action) == 0);
    CHECK(action.sa_handler == (number == SIGUSR1 ? expected : SIG_DFL));
  }
}

int main(void) {
  sigset_t all, mask;
  uint16_t server_port, port;
  int listener, i;
  pthread_t server;
  meshgw_gateway *gateway;
  struct sigaction action;
  host = pthread_self();

  sigfillset(&all);
  CHECK(pthread_sigmask(SIG_SETMASK, &all, &mask) == 0);
  check_handlers(SIG_DFL);
  carry_through_gateway();
  check_handlers(SIG_DFL);
  CHECK(sigpending(&all) == 0);
  for (i = 1; i < NSIG; ++i) CHECK(!is_ours(i) || sigismember(&all, i) == 0);

  /* Only the gateway's threads and this one could take the signal. */
  memset(&action, 0, sizeof(action));
  action.sa_handler = handler;
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  listener = listen_on_loopback(&server_port);
  gateway = start_gateway(make_routes("db.example", server_port), &port);
  for (i = 0; i < 100; ++i) CHECK(kill(getpid(), SIGUSR1) == 0);
  CHECK(on_other_thread == 0);
  sigemptyset(&mask);
  CHECK(pthread_sigmask(SIG_SETMASK, &mask, NULL) == 0);
  CHECK(on_thread_of_host == 1); /* Pending signals are not counted. */
  for (i = 0; i < 100; ++i) CHECK(kill(getpid(), SIGUSR1) == 0);
  CHECK(on_thread_of_host == 101);
  CHECK(on_other_thread == 0);
  check_handlers(handler);
  CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0);
  CHECK(sigismember(&mask, SIGPIPE) == 0);

  CHECK(pthread_create(&server, NULL, echo_once, &listener) == 0);
  carry(port, "db.example");
  CHECK(pthread_join(server, NULL) == 0);
  meshgw_gateway_free(gateway);
  close(listener);
  puts("ok");
  return 0;
}
