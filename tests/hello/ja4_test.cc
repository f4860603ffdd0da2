#include <string>
#include <string_view>
#include <vector>

#include "meshgw/client_hello.h"
#include "support/catch.h"
#include "support/hello_builder.h"

namespace meshgw {
namespace {

using test::ByteVector;
using test::HelloBuilder;

std::string Fingerprint(const HelloBuilder& builder) {
  const ByteVector bytes = builder.Build();
  ByteVector scratch(131400);
  ClientHello hello;
  REQUIRE(
      HelloReader({.max_message_bytes = 131400}).Feed(bytes, scratch, &hello) ==
      HelloVerdict::kHello);
  const auto ja4 = Ja4(hello);
  return {ja4.begin(), ja4.end()};
}

// "0a,ff01" as numbers.
std::vector<std::uint16_t> Values(std::string_view list) {
  std::vector<std::uint16_t> values;
  for (std::size_t i = 0; i < list.size(); i += 5) {
    values.push_back(static_cast<std::uint16_t>(
        std::stoul(std::string(list.substr(i, 4)), nullptr, 16)));
  }
  return values;
}

// A hello with these lists, in this order. What JA4 does not look at is made
// up, and GREASE is strewn in where clients put it.
HelloBuilder FromLists(std::string_view ciphers, std::string_view extensions,
                       std::string_view algorithms, bool tls13,
                       std::string_view alpn, bool grease) {
  std::vector<std::uint16_t> suites = Values(ciphers);
  std::vector<std::uint16_t> signatures = Values(algorithms);
  if (grease) {
    suites.insert(suites.begin(), 0x8a8a);
    signatures.push_back(0x1a1a);
  }
  HelloBuilder builder;
  builder.CipherSuites(suites);
  if (grease) builder.Extension(0x2a2a);
  for (const std::uint16_t id : Values(extensions)) {
    switch (id) {
      case 0x0000:
        builder.ServerName("www.example.com");
        break;
      case 0x000a:
        builder.SupportedGroups({0x001d});
        break;
      case 0x000d:
        builder.SignatureAlgorithms(signatures);
        break;
      case 0x0010:
        builder.Alpn({alpn});
        break;
      case 0x002b:
        REQUIRE(tls13);
        builder.SupportedVersions({0xfafa, 0x0303, 0x0304});
        break;
      case 0x0033:
        builder.KeyShares({{0x001d, 32}});
        break;
      case 0xfe0d:
        builder.Extension(id, {0, 0});
        break;
      case 0x0029:
        // Must stay last, so GREASE may not follow.
        return builder.Extension(id, {0, 0, 0, 0});
      default:
        builder.Extension(id);
    }
  }
  if (grease) builder.Extension(0x3a3a, {0});
  return builder;
}

// What FoxIO publishes for its captures (python/test/testdata of
// FoxIO-LLC/ja4): the lists in the order of the hello (JA4_ro), and JA4.
TEST_CASE("JA4 gives the values that its authors publish") {
  constexpr std::string_view kChrome =
      "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,"
      "0035";
  constexpr std::string_view kChromeAlgorithms =
      "0403,0804,0401,0503,0805,0501,0806,0601";
  struct Row {
    const char* source;
    std::string_view ciphers;
    std::string_view extensions;
    std::string_view algorithms;
    bool tls13;
    std::string_view alpn;
    const char* ja4;
  };
  const std::vector<Row> rows = {
      {"browsers-x509", kChrome,
       "000d,0000,000a,0005,000b,002b,001b,ff01,0033,4469,002d,0023,0017,0012,"
       "0010,0015",
       kChromeAlgorithms, true, "h2", "t13d1516h2_8daaf6152771_e5627efa2ab1"},
      {"browsers-x509, shuffled", kChrome,
       "002b,4469,000b,0017,000d,0000,001b,0005,0033,ff01,0010,000a,002d,0012,"
       "0023,0015",
       kChromeAlgorithms, true, "h2", "t13d1516h2_8daaf6152771_e5627efa2ab1"},
      {"latest, resumption", kChrome,
       "000d,0010,0000,000b,0023,4469,ff01,0033,000a,002d,002b,0005,0017,0012,"
       "001b,0029",
       kChromeAlgorithms, true, "h2", "t13d1516h2_8daaf6152771_9b887d9acb53"},
      {"latest, TLS 1.2",
       "c02c,c02b,c030,c02f,c024,c023,c028,c027,c00a,c009,c014,c013,009d,009c,"
       "003d,003c,0035,002f,000a",
       "0000,0005,000a,000b,000d,0023,0017,ff01",
       "0804,0805,0806,0401,0501,0201,0403,0503,0203,0202,0601,0603", false, "",
       "t12d190800_d83cc789557e_7af1ed941c26"},
      {"sigalg-grease", kChrome,
       "fe0d,0010,0017,0033,44cd,ff01,000a,000d,0023,002b,000b,ca34,002d,0000,"
       "0005,001b,0012",
       "0904,0905,0906,0403,0804,0401,0503,0805,0501,0806,0601", true, "h2",
       "t13d1517h2_8daaf6152771_cb7bf5808d99"},
  };
  for (const Row& row : rows) {
    INFO(row.source);
    for (const bool grease : {false, true}) {
      CAPTURE(grease);
      CHECK(Fingerprint(FromLists(row.ciphers, row.extensions, row.algorithms,
                                  row.tls13, row.alpn, grease)) == row.ja4);
    }
  }
}

TEST_CASE("JA4 shows the ends of the first ALPN value, or of its hex form") {
  struct Row {
    std::string_view name;
    const char* code;
  };
  // The second half of the table is FoxIO's.
  const std::vector<Row> rows = {
      {"h2", "h2"},
      {"http/1.1", "h1"},
      {"a", "aa"},
      {"Z9", "Z9"},
      {"-2", "22"},
      {"\xab", "ab"},
      {"\xab\xcd", "ad"},
      {"\x30\xab", "3b"},
      {"\x30\x31\xab\xcd", "3d"},
      {"\x30\xab\xcd\x31", "01"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(Fingerprint(HelloBuilder().Alpn({row.name, "zz"})).substr(8, 2) ==
          row.code);
  }
  CHECK(Fingerprint(HelloBuilder()).substr(8, 2) == "00");
  CHECK(Fingerprint(HelloBuilder().Alpn({"\x0a\x0a", "h3"})).substr(8, 2) ==
        "h3");
  CHECK(Fingerprint(HelloBuilder().Alpn({"\x1a\x1a"})).substr(8, 2) == "00");
}

TEST_CASE("JA4 takes the highest version offered, GREASE aside") {
  CHECK(Fingerprint(HelloBuilder().SupportedVersions({0x0303, 0x0304, 0x8a8a}))
            .substr(0, 3) == "t13");
  CHECK(Fingerprint(HelloBuilder().SupportedVersions({0x0302, 0x0301}))
            .substr(0, 3) == "t11");
  CHECK(Fingerprint(HelloBuilder().SupportedVersions({0x7f1c})).substr(0, 3) ==
        "t00");
  struct Row {
    std::uint16_t version;
    const char* code;
  };
  for (const Row& row : std::vector<Row>{{0x0304, "13"},
                                         {0x0303, "12"},
                                         {0x0302, "11"},
                                         {0x0301, "10"},
                                         {0x0300, "s3"},
                                         {0x0200, "s2"},
                                         {0x0100, "s1"},
                                         {0xfeff, "d1"},
                                         {0xfefd, "d2"},
                                         {0xfefc, "d3"},
                                         {0x1234, "00"}}) {
    CAPTURE(row.version);
    CHECK(Fingerprint(HelloBuilder().LegacyVersion(row.version)).substr(1, 2) ==
          row.code);
  }
}

TEST_CASE("JA4 counts to 99 and hashes empty lists to zeros") {
  const std::vector<std::uint16_t> grease = {0x0a0a};
  CHECK(Fingerprint(HelloBuilder().CipherSuites(grease).ServerName("a.b")) ==
        "t12d000100_000000000000_000000000000");
  const std::vector<std::uint16_t> many(30000, 0x1301);
  HelloBuilder crowd;
  crowd.CipherSuites(many);
  for (std::uint16_t id = 100; id < 200; ++id) crowd.Extension(id);
  CHECK(Fingerprint(crowd).substr(0, 10) == "t12i999900");
}

}  // namespace
}  // namespace meshgw
