// Load for a relay, from both of its ends: the clients in front of it and the
// backend behind it. Prints one JSON object. compare.py runs it beside each
// relay.
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "load_backend.h"
#include "load_client.h"

namespace {

using meshgw::load::Action;
using meshgw::load::Backend;
using meshgw::load::Figures;
using meshgw::load::Task;

constexpr char kUsage[] =
    "usage: relay_load WORKLOAD KEY=VALUE...\n"
    "  WORKLOAD     up, down, both (bulk), echo, connect (an echo for each\n"
    "               connection), idle (holds them until standard input ends)\n"
    "  relay=IP:PORT backend=IP:PORT name=SNI\n"
    "  connections=N size=BYTES seconds=S pid=PID (of the relay; may repeat)\n";

int Usage() {
  std::fputs(kUsage, stderr);
  return 2;
}

void Print(const Figures& figures) {
  std::printf(
      "{\"seconds\": %.6f, \"bytes\": %llu, \"requests\": %llu, "
      "\"relay_cpu_seconds\": %.9f, \"load_cpu_seconds\": %.9f, "
      "\"busy_seconds\": %.3f, \"p50_us\": %.2f, "
      "\"p99_us\": %.2f, \"errors\": %llu, \"stalled\": %llu}\n",
      figures.seconds, static_cast<unsigned long long>(figures.bytes),
      static_cast<unsigned long long>(figures.requests),
      figures.relay_cpu_seconds, figures.load_cpu_seconds, figures.busy_seconds,
      figures.p50_us, figures.p99_us,
      static_cast<unsigned long long>(figures.errors),
      static_cast<unsigned long long>(figures.stalled));
}

// False: a key that is not known.
bool Set(const std::string& key, const std::string& value, Task* task,
         std::string* backend) {
  if (key == "relay") {
    task->relay = value;
  } else if (key == "backend") {
    *backend = value;
  } else if (key == "name") {
    task->server_name = value;
  } else if (key == "connections") {
    task->connections = std::strtoul(value.c_str(), nullptr, 10);
  } else if (key == "size") {
    task->size =
        static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 10));
  } else if (key == "seconds") {
    task->seconds = std::strtod(value.c_str(), nullptr);
  } else if (key == "pid") {
    task->relay_pids.push_back(std::atoi(value.c_str()));
  } else {
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, Action> kActions = {
      {"up", Action::kSink},      {"down", Action::kSource},
      {"both", Action::kBoth},    {"echo", Action::kEcho},
      {"connect", Action::kEcho}, {"idle", Action::kEcho}};
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  const std::string workload = argc > 1 ? argv[1] : "";
  if (!kActions.contains(workload)) return Usage();
  Task task{.action = kActions.at(workload),
            .reconnect = workload == "connect"};
  std::string backend_address;
  for (int i = 2; i < argc; ++i) {
    const std::string text = argv[i];
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos ||
        !Set(text.substr(0, equals), text.substr(equals + 1), &task,
             &backend_address)) {
      return Usage();
    }
  }
  if (task.relay.empty() || backend_address.empty() || task.size == 0) {
    return Usage();
  }
  const Backend backend(backend_address);
  if (workload == "idle") return HoldIdle(task) == 0 ? 0 : 1;
  Print(Measure(task, backend));
  return 0;
}
