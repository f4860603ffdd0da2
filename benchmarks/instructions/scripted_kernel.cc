#include "scripted_kernel.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace meshgw::scripted_kernel {
namespace {

constexpr int kPipe = 910;  // And the next one.
constexpr int kDescriptors = 3;

const Event* g_event = nullptr;
std::size_t g_next_read = 0;
bool g_accepted = false;  // One connection an event.
const std::vector<Event>* g_script = nullptr;
std::size_t g_next_event = 0;
std::size_t g_times = 0;
std::function<void()> g_at_end;
std::array<std::uint64_t, kDescriptors> g_watched;  // By fd - kListener.

ssize_t Error(int error) {
  errno = error;
  return -1;
}

ssize_t NextRead(int fd) {
  if (g_event->reads_from != fd || g_next_read == g_event->reads.size()) {
    return Error(EAGAIN);
  }
  return g_event->reads[g_next_read++];
}

bool IsSocket(int fd) { return fd == kClient || fd == kServer; }

ssize_t Write(std::size_t size) {
  return g_event->writes ? static_cast<ssize_t>(size) : Error(EAGAIN);
}

}  // namespace

void Begin(const Event* event) {
  g_event = event;
  g_next_read = 0;
  g_accepted = false;
}

void Play(const std::vector<Event>* script, std::size_t times,
          std::function<void()> at_end) {
  g_script = script;
  g_next_event = 0;
  g_times = times;
  g_at_end = std::move(at_end);
}

int FakeAccept(int, sockaddr* address, socklen_t* length, int) {
  if (std::exchange(g_accepted, true)) return static_cast<int>(Error(EAGAIN));
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_port = htons(40000);
  from.sin_addr.s_addr = htonl(0xc0000209);  // 192.0.2.9
  std::memcpy(address, &from, sizeof(from));
  *length = sizeof(from);
  return kClient;
}

int FakeSocket(int, int, int) { return kServer; }
int FakeConnect(int, const sockaddr*, socklen_t) {
  return static_cast<int>(Error(EINPROGRESS));
}
int FakeSetOption(int, int, int, const void*, socklen_t) { return 0; }
int FakeGetOption(int, int, int, void* value, socklen_t* length) {
  std::memset(value, 0, *length);
  return 0;
}
int FakeShutdown(int, int) { return 0; }
int FakeClose(int) { return 0; }

ssize_t FakeReceive(int fd, void* buffer, std::size_t size, int) {
  const ssize_t got = NextRead(fd);
  if (got > 0 && !g_event->bytes.empty()) {
    std::memcpy(buffer, g_event->bytes.data(),
                std::min(size, g_event->bytes.size()));
  }
  return got;
}

ssize_t FakeSend(int, const void*, std::size_t size, int) {
  return Write(size);
}

ssize_t FakeRead(int, void*, std::size_t size) {
  return static_cast<ssize_t>(size);
}

// A pipe is emptied at once.
ssize_t FakeSplice(int in, int, std::size_t size, unsigned) {
  return IsSocket(in) ? NextRead(in) : Write(size);
}

int FakePipe(int fds[2], int) {
  fds[0] = kPipe;
  fds[1] = kPipe + 1;
  return 0;
}

// Pipes are as large as was asked for.
int FakeControl(int, int command, int argument) {
  static int size = 0;
  if (command == F_SETPIPE_SZ) size = argument;
  return size;
}

int FakeWatch(int, int operation, int fd, epoll_event* event) {
  if (operation == EPOLL_CTL_DEL) return 0;
  g_watched.at(static_cast<std::size_t>(fd - kListener)) = event->data.u64;
  return 0;
}

int FakeWait(int, epoll_event* events, int, int timeout) {
  if (timeout == 0) return 0;  // There is work left from the last event.
  if (g_next_event == g_script->size()) {
    g_next_event = 0;
    --g_times;
  }
  if (g_times == 0) {
    g_at_end();
    return 0;
  }
  const Event& event = (*g_script)[g_next_event++];
  Begin(&event);
  events[0].events = event.events;
  events[0].data.u64 =
      g_watched.at(static_cast<std::size_t>(event.fd - kListener));
  return 1;
}

const internal::Syscalls* Table() {
  static const internal::Syscalls table = {.accept4 = FakeAccept,
                                           .socket = FakeSocket,
                                           .connect = FakeConnect,
                                           .setsockopt = FakeSetOption,
                                           .getsockopt = FakeGetOption,
                                           .shutdown = FakeShutdown,
                                           .close = FakeClose,
                                           .recv = FakeReceive,
                                           .send = FakeSend,
                                           .read = FakeRead,
                                           .splice = FakeSplice,
                                           .pipe2 = FakePipe,
                                           .fcntl = FakeControl,
                                           .epoll_ctl = FakeWatch,
                                           .epoll_wait = FakeWait};
  return &table;
}

}  // namespace meshgw::scripted_kernel
