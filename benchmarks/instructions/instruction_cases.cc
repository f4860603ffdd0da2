// What the library does in user space for one piece of work, for a count of its
// instructions: scripts/check-instructions runs this under callgrind, which
// counts inside of Measured alone. No clock, no kernel, nothing random.
#include <sys/epoll.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hello/hello_vectors.h"
#include "meshgw/client_hello.h"
#include "meshgw/mesh_gateway_mode.h"
#include "meshgw/route_table.h"
#include "meshgw/splicer.h"
#include "splice/splice_pool.h"
#include "support/hello_builder.h"

namespace meshgw {
namespace {

// Work is called in Measured and says whether it went as it should.
using Work = std::function<bool()>;

// Every hello that a real client sent, in one call.
Work ParseHellos() {
  return [hellos = test::LoadCapturedHellos()] {
    ClientHello hello;
    for (const auto& captured : hellos) {
      if (ParseClientHello(captured.bytes, {}, &hello) !=
          HelloVerdict::kHello) {
        return false;
      }
    }
    return true;
  };
}

// The same, split over two records and fed in three reads.
Work FeedHellos() {
  std::vector<test::ByteVector> streams;
  for (const auto& captured : test::LoadCapturedHellos()) {
    const std::size_t record =
        std::size_t{captured.bytes[3]} << 8 | captured.bytes[4];
    if (captured.bytes.size() != 5 + record) continue;  // In several already.
    streams.push_back(
        test::SplitRecords(std::span(captured.bytes).subspan(5), {200}));
  }
  return [streams, scratch = std::vector<std::uint8_t>(65536)]() mutable {
    ClientHello hello;
    for (const test::ByteVector& bytes : streams) {
      HelloReader reader;
      const std::span all(bytes);
      reader.Feed(all.first(100), scratch, &hello);
      reader.Feed(all.first(bytes.size() - 1), scratch, &hello);
      if (reader.Feed(all, scratch, &hello) != HelloVerdict::kHello) {
        return false;
      }
    }
    return true;
  };
}

constexpr std::size_t kRoutes = 10000;

std::string RouteName(std::size_t i) {
  return "service-" + std::to_string(i) +
         ".default.dc1.internal.11111111-2222-3333-4444-555555555555.consul";
}

std::shared_ptr<const RouteTable> Routes() {
  RouteTableBuilder builder;
  Cluster cluster;
  cluster.name = "all";
  if (!builder.AddCluster(cluster).ok()) std::abort();
  for (std::size_t i = 0; i < kRoutes; ++i) {
    if (!builder.AddExact(RouteName(i), "all").ok()) std::abort();
  }
  if (!builder.AddSuffix("*.dc2.internal.trust.consul", "all").ok())
    std::abort();
  return *builder.Build();
}

Work LookUp(const std::vector<std::string>& names) {
  return [names, table = Routes()] {
    for (const std::string& name : names) {
      if (table->Lookup(name).route == nullptr) return false;
    }
    return true;
  };
}

Work LookUpExact() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < 1000; ++i) names.push_back(RouteName(i * 7));
  return LookUp(names);
}

Work LookUpSuffix() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < 1000; ++i) {
    names.push_back("a" + std::to_string(i) +
                    ".default.dc2.internal.trust.consul");
  }
  return LookUp(names);
}

// An upstream, a service-defaults and a proxy-defaults layer, by both rules.
Work ResolveModes() {
  return [] {
    const ModeTarget target = {.source_datacenter = "primary",
                               .datacenter = "secondary"};
    std::size_t applied = 0;
    for (int i = 0; i < 1000; ++i) {
      ModeLayers layers = {};
      layers.proxy_defaults = static_cast<MeshGatewayMode>(i % 4);
      for (const ModeRules rules : {ModeRules::kLatest, ModeRules::kV1_6}) {
        applied += ResolveMode(layers, target, rules).applies ? 1 : 0;
      }
    }
    return applied > 0;
  };
}

// A kernel that gives what a connection would: reads are scripted, writes take
// all.
namespace kernel {

constexpr int kClient = 100;
constexpr int kServer = 101;
std::map<int, std::deque<ssize_t>> g_reads;

ssize_t NextRead(int fd) {
  std::deque<ssize_t>& reads = g_reads[fd];
  errno = EAGAIN;
  if (reads.empty()) return -1;
  const ssize_t size = reads.front();
  reads.pop_front();
  return size;
}

internal::Syscalls Table() {
  internal::Syscalls table = internal::System();
  table.recv = [](int fd, void*, std::size_t, int) { return NextRead(fd); };
  table.send = [](int, const void*, std::size_t size, int) {
    return static_cast<ssize_t>(size);
  };
  table.splice = [](int in, int, std::size_t size, unsigned) {
    const bool from_socket = in == kClient || in == kServer;
    return from_socket ? NextRead(in) : static_cast<ssize_t>(size);
  };
  table.pipe2 = [](int fds[2], int) {
    fds[0] = 200;
    fds[1] = 201;
    return 0;
  };
  table.fcntl = [](int, int, int argument) {
    return argument != 0 ? argument : 1 << 20;
  };
  table.shutdown = [](int, int) { return 0; };
  table.close = [](int) { return 0; };
  return table;
}

}  // namespace kernel

// One connection: hello, ten requests and answers of 1 KiB, 1 MiB of bulk, FIN.
Work Relay() {
  static const internal::Syscalls table = kernel::Table();
  const auto pool = std::make_shared<SplicePool>();
  SplicePoolAccess::UseSyscalls(pool.get(), &table);
  return [pool] {
    using kernel::g_reads;
    Splicer splicer(pool.get(), kernel::kClient, kernel::kServer);
    splicer.SetReady(SpliceSide::kClient, 0);
    splicer.SetReady(SpliceSide::kServer, 0);
    const std::vector<std::uint8_t> hello(517);
    if (!splicer.SendFirst(hello).ok()) return false;
    for (int i = 0; i < 10; ++i) {
      g_reads[kernel::kClient] = {1024};
      splicer.Run(SpliceSide::kClient, EPOLLIN | EPOLLOUT);
      g_reads[kernel::kServer] = {1024};
      splicer.Run(SpliceSide::kServer, EPOLLIN | EPOLLOUT);
    }
    g_reads[kernel::kClient] = {32768};
    for (int i = 0; i < 16; ++i) g_reads[kernel::kClient].push_back(65536);
    while (splicer.Run(SpliceSide::kClient, EPOLLIN | EPOLLOUT)) {
    }
    g_reads[kernel::kClient] = {0, 0};
    splicer.Run(SpliceSide::kClient, EPOLLIN | EPOLLRDHUP);
    g_reads[kernel::kServer] = {0, 0};
    splicer.Run(SpliceSide::kServer, EPOLLIN | EPOLLRDHUP);
    return splicer.end() == SpliceEnd::kFinished &&
           splicer.counters().bytes_to_server ==
               517 + 10 * 1024 + 32768 + 16 * 65536;
  };
}

}  // namespace
}  // namespace meshgw

// What callgrind counts in.
extern "C" [[gnu::noinline]] bool Measured(const meshgw::Work& work) {
  return work();
}

int main(int argc, char** argv) {
  const std::map<std::string, meshgw::Work (*)()> cases = {
      {"hello_parse", meshgw::ParseHellos},
      {"hello_feed", meshgw::FeedHellos},
      {"route_exact", meshgw::LookUpExact},
      {"route_suffix", meshgw::LookUpSuffix},
      {"mode", meshgw::ResolveModes},
      {"relay", meshgw::Relay},
  };
  if (argc != 2 || !cases.contains(argv[1])) {
    for (const auto& [name, make] : cases) std::puts(name.c_str());
    return argc == 1 ? 0 : 2;
  }
  const meshgw::Work work = cases.at(argv[1])();
  // Once before, so that nothing is loaded or allocated for the first time.
  return work() && Measured(work) ? 0 : 1;
}
