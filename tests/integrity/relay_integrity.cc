// Checks that a relay carries bytes whole, in order and exactly once, that ends
// arrive as what they were, and that nothing hangs: clients and backend in one
// program, the relay between them. One JSON object a workload.
#include <arpa/inet.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>

#include "integrity/connections.h"

namespace {

using meshgw::integrity::RunConnections;
using meshgw::integrity::RunStalled;
using meshgw::integrity::Script;
using meshgw::integrity::Setup;
using meshgw::integrity::Stalled;
using meshgw::integrity::Tally;

constexpr char kUsage[] =
    "usage: relay_integrity WORKLOAD relay=IP:PORT backend=IP:PORT name=SNI\n"
    "                       [seed=N] [count=N] [at_once=N] [pid=PID]\n"
    "  WORKLOAD  large, medium, tiny: half-close by the client, then a reply;\n"
    "            cuts: hellos in pieces; stalled: a reader that stops;\n"
    "            chaos: anything, `count` times\n"
    "  backend   where this program listens and the relay connects to\n"
    "  pid       the relay's, for its memory\n"
    "Ends with 1 when anything was lost, reordered, hung or cut off "
    "silently.\n";

int Usage() {
  std::fputs(kUsage, stderr);
  return 2;
}

// The client sends and ends, the server answers with as much when all came.
Script HalfClosed(std::uint64_t size) {
  Script script;
  script.client.size = script.server.size = script.server.wait_for = size;
  return script;
}

// Whatever two ends may do, within sizes that cannot stop both of them.
Script Chaos(std::uint64_t seed, std::size_t id) {
  std::mt19937_64 random(seed * 1000003 + id);
  const auto size = [&]() -> std::uint64_t {
    return random() % 4 == 0 ? random() % 65536 : random() % 2048;
  };
  Script script;
  script.client.size = size();
  script.server.size = size();
  script.client.resets = random() % 8 == 0;
  script.server.resets = random() % 8 == 0;
  script.client.reads_late = random() % 4 == 0;
  script.server.reads_late = random() % 4 == 0;
  if (random() % 2 == 0 && !script.client.resets && !script.server.reads_late) {
    script.server.wait_for = script.client.size;
  } else if (random() % 2 == 0 && !script.server.resets &&
             !script.client.reads_late) {
    script.client.wait_for = script.server.size;
  }
  script.cut_hello = random() % 16 == 0;
  return script;
}

int Print(const std::string& workload, const Tally& tally) {
  std::printf(
      "{\"workload\": \"%s\", \"connections\": %zu, \"ok\": %zu, \"lost\": "
      "%zu, \"reordered\": %zu, \"hung\": %zu, \"reset_as_fin\": %zu}\n",
      workload.c_str(), tally.connections, tally.ok, tally.lost,
      tally.reordered, tally.hung, tally.reset_as_fin);
  return tally.ok == tally.connections ? 0 : 1;
}

int Print(const Stalled& stalled) {
  std::printf(
      "{\"workload\": \"stalled\", \"offered\": %llu, \"absorbed\": %llu, "
      "\"grown_bytes\": %llu, \"whole\": %s}\n",
      static_cast<unsigned long long>(stalled.offered),
      static_cast<unsigned long long>(stalled.absorbed),
      static_cast<unsigned long long>(stalled.grown_bytes),
      stalled.whole ? "true" : "false");
  // Socket buffers are a few MiB each; a relay that takes all has no bound.
  return stalled.whole && stalled.absorbed < stalled.offered / 8 ? 0 : 1;
}

bool ParseAddress(const std::string& text, sockaddr_in* address) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  address->sin_family = AF_INET;
  address->sin_port = htons(static_cast<std::uint16_t>(
      std::strtoul(text.c_str() + colon + 1, nullptr, 10)));
  return ::inet_pton(AF_INET, text.substr(0, colon).c_str(),
                     &address->sin_addr) == 1;
}

int Run(const std::string& workload, const Setup& setup, std::size_t count,
        int pid) {
  if (workload == "stalled") {
    return Print(RunStalled(setup, std::uint64_t{600} << 20, pid));
  }
  const std::map<std::string, std::pair<std::size_t, std::uint64_t>> halves = {
      {"large", {32, 2 << 20}},
      {"medium", {32, 256 << 10}},
      {"tiny", {64, 1024}}};
  Tally tally;
  if (const auto half = halves.find(workload); half != halves.end()) {
    const auto [connections, size] = half->second;
    tally = RunConnections(setup, connections, [size = size](std::size_t) {
      return HalfClosed(size);
    });
  } else if (workload == "cuts") {
    tally = RunConnections(setup, 200, [](std::size_t) {
      Script script = HalfClosed(5000);
      script.cut_hello = true;
      return script;
    });
  } else if (workload == "chaos") {
    tally = RunConnections(
        setup, count, [&](std::size_t id) { return Chaos(setup.seed, id); });
  } else {
    return Usage();
  }
  return Print(workload, tally);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  std::map<std::string, std::string> values = {
      {"seed", "1"}, {"count", "20000"}, {"at_once", "64"}, {"pid", "0"}};
  for (int i = 2; i < argc; ++i) {
    const std::string text = argv[i];
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) return Usage();
    values[text.substr(0, equals)] = text.substr(equals + 1);
  }
  const auto number = [&](const char* key) {
    return std::strtoull(values[key].c_str(), nullptr, 10);
  };
  Setup setup{.server_name = values["name"],
              .seed = number("seed"),
              .at_once = number("at_once")};
  if (argc < 2 || setup.server_name.empty() ||
      !ParseAddress(values["relay"], &setup.relay) ||
      !ParseAddress(values["backend"], &setup.backend)) {
    return Usage();
  }
  return Run(argv[1], setup, number("count"), static_cast<int>(number("pid")));
}
