// What reading a hello costs, beside BoringSSL used as Envoy's TLS inspector
// uses it: a server object a connection, stopped in the callback that hands out
// the hello. Pairs with the same argument are to be compared; "mix" is the
// honest one, as no predictor can learn a random order of hellos.
#include <benchmark/benchmark.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "hello/hello_vectors.h"
#include "meshgw.h"
#include "meshgw/client_hello.h"
#include "support/hello_builder.h"

namespace meshgw {
namespace {

using test::ByteVector;

// A Chromium-like hello of about 1.8 KB: GREASE, ECH, post-quantum share.
ByteVector PostQuantumHello() {
  const std::vector<std::uint16_t> suites = {
      0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
      0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
  const std::vector<std::uint16_t> algorithms = {
      0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};
  ByteVector session_id(33, 0x77);
  session_id[0] = 32;
  // Outer, HKDF-SHA256, AES-128-GCM, config 7, a 32-byte key, then a payload.
  ByteVector ech = {0, 0, 1, 0, 1, 7, 0, 32};
  ech.resize(ech.size() + 32, 0x33);
  test::AppendU16(ech, 208);
  ech.resize(ech.size() + 208, 0x44);
  return test::HelloBuilder()
      .SessionId(session_id)
      .CipherSuites(suites)
      .Extension(0x2a2a)
      .Extension(35)
      .SupportedVersions({0x3a3a, 0x0304, 0x0303})
      .Extension(27, {2, 0, 2})
      .SignatureAlgorithms(algorithms)
      .Extension(0xfe0d, ech)
      .SupportedGroups({0x4a4a, 0x11ec, 0x001d, 0x0017, 0x0018})
      .Extension(0x44cd, {0, 3, 2, 'h', '2'})
      .Extension(5, {1, 0, 0, 0, 0})
      .Extension(0xff01, {0})
      .ServerName("www.example-of-a-usual-length.com")
      .Extension(18)
      .Extension(11, {1, 0})
      .KeyShares({{0x4a4a, 1}, {0x11ec, 1216}, {0x001d, 32}})
      .Extension(45, {1, 1})
      .Alpn({"h2", "http/1.1"})
      .Extension(23)
      .Extension(0x5a5a, {0})
      .Build();
}

ByteVector Captured(const std::string& name) {
  for (const auto& vector : test::LoadCapturedHellos()) {
    if (vector.name == name) return vector.bytes;
  }
  std::abort();
}

struct Input {
  const char* name;
  ByteVector bytes;
};

const std::vector<Input>& Inputs() {
  static const std::vector<Input> inputs = {
      {"openssl_391", Captured("openssl_mesh_alpn")},
      {"curl_517", Captured("curl_h2")},
      {"go_pq_1525", Captured("go_post_quantum")},
      {"chromium_like_pq", PostQuantumHello()}};
  return inputs;
}

// The captured hellos in an order too long to be learnt. The count is a power
// of two, so that finding the next costs next to nothing.
const std::vector<std::span<const std::uint8_t>>& RealMix() {
  static const std::vector<test::HelloVector> captured =
      test::LoadCapturedHellos();
  static const std::vector<std::span<const std::uint8_t>> mix = [] {
    std::vector<std::span<const std::uint8_t>> made(1 << 13);
    std::mt19937 random(1);
    for (auto& hello : made) {
      hello = captured[random() % captured.size()].bytes;
    }
    return made;
  }();
  return mix;
}

// As a worker does: one ClientHello is used for all connections.
void Parse(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> scratch,
           benchmark::State& state) {
  static ClientHello hello;
  const HelloVerdict verdict = ParseClientHello(bytes, scratch, &hello);
  benchmark::DoNotOptimize(hello);
  if (verdict != HelloVerdict::kHello) state.SkipWithError("no hello");
}

void BM_Hot(benchmark::State& state) {
  const Input& input = Inputs()[static_cast<std::size_t>(state.range(0))];
  state.SetLabel(input.name);
  for (auto _ : state) Parse(input.bytes, {}, state);
}
BENCHMARK(BM_Hot)->DenseRange(0, 3);

void BM_Mix(benchmark::State& state) {
  const auto& mix = RealMix();
  std::size_t i = 0;
  for (auto _ : state) Parse(mix[i++ & (mix.size() - 1)], {}, state);
}
BENCHMARK(BM_Mix);

// The same through the C API, as other languages call it.
void ScanByC(std::span<const std::uint8_t> bytes, benchmark::State& state) {
  const meshgw_hello hello =
      meshgw_hello_scan(bytes.data(), bytes.size(), nullptr, 0);
  benchmark::DoNotOptimize(hello);
  if (hello.status != MESHGW_OK) state.SkipWithError("no hello");
}

void BM_HotC(benchmark::State& state) {
  const Input& input = Inputs()[static_cast<std::size_t>(state.range(0))];
  state.SetLabel(input.name);
  for (auto _ : state) ScanByC(input.bytes, state);
}
BENCHMARK(BM_HotC)->DenseRange(0, 3);

void BM_MixC(benchmark::State& state) {
  const auto& mix = RealMix();
  std::size_t i = 0;
  for (auto _ : state) ScanByC(mix[i++ & (mix.size() - 1)], state);
}
BENCHMARK(BM_MixC);

// A wake-up that cannot change anything: one byte is missing.
void BM_UselessWakeUp(benchmark::State& state) {
  const ByteVector bytes = PostQuantumHello();
  const auto cut = std::span(bytes).first(bytes.size() - 1);
  HelloReader reader;
  ClientHello hello;
  reader.Feed(cut, {}, &hello);
  for (auto _ : state) {
    benchmark::DoNotOptimize(reader.Feed(cut, {}, &hello));
  }
}
BENCHMARK(BM_UselessWakeUp);

void BM_TwoRecords(benchmark::State& state) {
  const ByteVector one = PostQuantumHello();
  const ByteVector bytes = test::SplitRecords(std::span(one).subspan(5), {900});
  std::vector<std::uint8_t> scratch(65536);
  for (auto _ : state) Parse(bytes, scratch, state);
}
BENCHMARK(BM_TwoRecords);

// The worst that `records` allows: each byte in a record of its own, and each
// byte of the stream fed alone.
void BM_OneByteRecordsAndReads(benchmark::State& state) {
  const ByteVector one = Captured("curl_h2");
  const std::vector<std::size_t> sizes(one.size(), 1);
  const ByteVector bytes = test::SplitRecords(std::span(one).subspan(5), sizes);
  std::vector<std::uint8_t> scratch(65536);
  for (auto _ : state) {
    HelloReader reader;
    ClientHello hello;
    for (std::size_t n = 1; n <= bytes.size(); ++n) {
      reader.Feed(std::span(bytes).first(n), scratch, &hello);
    }
    benchmark::DoNotOptimize(hello);
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(BM_OneByteRecordsAndReads);

ByteVector ExtensionFlood() {
  test::HelloBuilder builder;
  for (std::uint16_t id = 100; id < 4000; ++id) builder.Extension(id);
  return builder.Build();
}

void BM_ExtensionFlood(benchmark::State& state) {
  const ByteVector bytes = ExtensionFlood();
  for (auto _ : state) Parse(bytes, {}, state);
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(BM_ExtensionFlood);

void BM_Ja4(benchmark::State& state) {
  const ByteVector bytes = PostQuantumHello();
  ClientHello hello;
  if (ParseClientHello(bytes, {}, &hello) != HelloVerdict::kHello) {
    state.SkipWithError("no hello");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(Ja4(hello));
}
BENCHMARK(BM_Ja4);

// The callback keeps what an inspector keeps and stops the handshake.
struct Found {
  bool called = false;
  const std::uint8_t* name = nullptr;
  std::size_t name_size = 0;
  const std::uint8_t* alpn = nullptr;
  std::size_t alpn_size = 0;
};

enum ssl_select_cert_result_t OnHello(const SSL_CLIENT_HELLO* hello) {
  auto* found = static_cast<Found*>(SSL_get_app_data(hello->ssl));
  found->called = true;
  SSL_early_callback_ctx_extension_get(hello, TLSEXT_TYPE_server_name,
                                       &found->name, &found->name_size);
  SSL_early_callback_ctx_extension_get(
      hello, TLSEXT_TYPE_application_layer_protocol_negotiation, &found->alpn,
      &found->alpn_size);
  return ssl_select_cert_error;
}

SSL_CTX* InspectorContext() {
  static SSL_CTX* const context = [] {
    SSL_CTX* made = SSL_CTX_new(TLS_with_buffers_method());
    SSL_CTX_set_min_proto_version(made, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(made, TLS1_3_VERSION);
    SSL_CTX_set_options(made, SSL_OP_NO_TICKET);
    SSL_CTX_set_select_certificate_cb(made, OnHello);
    return made;
  }();
  return context;
}

void Inspect(std::span<const std::uint8_t> bytes, benchmark::State& state) {
  Found found;
  SSL* ssl = SSL_new(InspectorContext());
  SSL_set_app_data(ssl, &found);
  SSL_set_accept_state(ssl);
  BIO* bio = BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()));
  BIO_set_mem_eof_return(bio, -1);
  SSL_set_bio(ssl, bio, bio);
  benchmark::DoNotOptimize(SSL_do_handshake(ssl));
  ERR_clear_error();
  benchmark::DoNotOptimize(found);
  if (!found.called) state.SkipWithError("no hello");
  SSL_free(ssl);
}

void BM_HotBoringSsl(benchmark::State& state) {
  const Input& input = Inputs()[static_cast<std::size_t>(state.range(0))];
  state.SetLabel(input.name);
  for (auto _ : state) Inspect(input.bytes, state);
}
BENCHMARK(BM_HotBoringSsl)->DenseRange(0, 3);

void BM_MixBoringSsl(benchmark::State& state) {
  const auto& mix = RealMix();
  std::size_t i = 0;
  for (auto _ : state) Inspect(mix[i++ & (mix.size() - 1)], state);
}
BENCHMARK(BM_MixBoringSsl);

void BM_ExtensionFloodBoringSsl(benchmark::State& state) {
  const ByteVector bytes = ExtensionFlood();
  for (auto _ : state) Inspect(bytes, state);
}
BENCHMARK(BM_ExtensionFloodBoringSsl);

}  // namespace
}  // namespace meshgw
