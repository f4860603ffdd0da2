#include <string>

#include "capture_builder.h"
#include "run_program.h"
#include "support/vectors.h"

namespace meshgw::test {
namespace {

const std::string kFields =
    "file verdict reason offset server_name alpn versions records bytes ech "
    "post_quantum early_data ja4 groups missing_bytes";

struct Hello {
  std::string hex;
  std::string bytes;
};

Hello HelloNamed(const std::string& name) {
  const auto vectors = LoadVectors("hello.json");
  for (const auto& row : vectors.as_array()) {
    if (Text(row.at("name")) != name) continue;
    Hello out{Text(row.at("hex")), {}};
    const auto bytes = FromHex(out.hex);
    out.bytes.assign(bytes.begin(), bytes.end());
    return out;
  }
  FAIL("no vector " + name);
  return {};
}

boost::json::object Inspect(const std::string& path) {
  const Outcome outcome = RunProgram({"inspect", "-output", "json", path});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err == "");
  const auto lines = JsonLines(outcome.out);
  REQUIRE(lines.size() == 1);
  return lines[0];
}

std::string Frames(const Pcap& file) {
  return {file.bytes().begin(), file.bytes().end()};
}

TEST_CASE("inspect says what a hello holds, however its bytes are written") {
  const TemporaryFolder folder;
  const Hello hello = HelloNamed("curl_h2");
  std::string spaced;
  for (std::size_t i = 0; i < hello.hex.size(); i += 2) {
    spaced += hello.hex.substr(i, 2);
    spaced += i % 32 == 30 ? "\r\n" : i % 3 == 0 ? ":" : i % 3 == 1 ? " " : "-";
  }
  for (const std::string& text : {hello.bytes, hello.hex, spaced}) {
    const std::string path = folder.Write("hello", text);
    const auto line = Inspect(path);
    CHECK(Keys(line) == kFields);
    CHECK(TextAt(line, "file") == path);
    CHECK(TextAt(line, "verdict") == "hello");
    CHECK(TextAt(line, "reason") == "none");
    CHECK(TextAt(line, "server_name") == "www.example.com");
    CHECK(boost::json::serialize(line.at("alpn")) == R"(["h2","http/1.1"])");
    CHECK(line.at("records").as_int64() == 1);
    CHECK(line.at("bytes").as_int64() ==
          static_cast<std::int64_t>(hello.bytes.size()));
    CHECK(TextAt(line, "ech") == "none");
    CHECK(line.at("post_quantum").as_bool() == false);
    CHECK(line.at("early_data").as_bool() == false);
    CHECK(TextAt(line, "ja4").starts_with("t13d"));
    CHECK(boost::json::serialize(line.at("groups")).find("\"x25519\"") !=
          std::string::npos);
    CHECK(line.at("missing_bytes").is_null());
  }
}

TEST_CASE("inspect gives each kind of bytes its verdict") {
  const TemporaryFolder folder;
  const std::string hello = HelloNamed("curl_h2").bytes;
  std::string wrong_length = hello;
  wrong_length[8] = static_cast<char>(wrong_length[8] - 1);
  const struct {
    std::string bytes;
    std::string verdict;
  } rows[] = {
      {hello, "hello"},
      {hello.substr(0, 100), "need_more"},
      {"", "need_more"},
      {"GET / HTTP/1.1\r\n\r\n", "not_tls"},
      {std::string("\x80\x2e\x01\x03\x01\0\x15\0\0\0\x10", 11), "sslv2"},
      {wrong_length, "malformed"},
      {std::string("\x16\x03\x01\x40\0\x01\xff\xff\xff", 9), "too_large"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.verdict);
    const auto line = Inspect(folder.Write("bytes", row.bytes));
    CHECK(Keys(line) == kFields);
    CHECK(TextAt(line, "verdict") == row.verdict);
    const bool is_hello = row.verdict == "hello";
    CHECK((TextAt(line, "ja4") != "") == is_hello);
    CHECK(line.at("versions").as_array().empty() != is_hello);
    CHECK(line.at("server_name").is_null() != is_hello);
    CHECK(line.at("missing_bytes").is_null() != (row.verdict == "need_more"));
    const bool wrong = row.verdict != "hello" && row.verdict != "need_more";
    CHECK((TextAt(line, "reason") != "none") == wrong);
  }
}

TEST_CASE("inspect gives one object for each connection that says hello") {
  const TemporaryFolder folder;
  const std::string hello = HelloNamed("curl_h2").bytes;
  Pcap file(kLinkEthernet);
  const auto add = [&](std::uint16_t from, std::uint16_t to,
                       std::string_view payload, std::uint32_t sequence) {
    Packet packet;
    packet.source_port = from;
    packet.destination_port = to;
    packet.sequence = sequence;
    packet.payload = payload;
    file.Add(Ethernet(Ipv4(packet)));
  };
  const std::string_view view = hello;
  add(1000, 443, view.substr(0, 200), 1);
  add(2000, 80, "GET / HTTP/1.1\r\n\r\n", 1);
  add(443, 1000, std::string_view("\x16\x03\x03\0\x04\x02\0\0\0", 9), 1);
  add(3000, 443, view.substr(0, 50), 1);
  add(1000, 443, view.substr(200), 201);
  const std::string path = folder.Write("two.pcap", Frames(file));

  const Outcome outcome = RunProgram({"inspect", path, "-output=json"});
  CHECK(outcome.exit_code == 0);
  const auto lines = JsonLines(outcome.out);
  REQUIRE(lines.size() == 2);
  CHECK(Keys(lines[0]) == kFields + " source destination");
  CHECK(TextAt(lines[0], "source") == "10.0.0.1:1000");
  CHECK(TextAt(lines[0], "destination") == "10.0.0.9:443");
  CHECK(TextAt(lines[0], "verdict") == "hello");
  CHECK(TextAt(lines[0], "server_name") == "www.example.com");
  CHECK(TextAt(lines[1], "source") == "10.0.0.1:3000");
  CHECK(TextAt(lines[1], "verdict") == "need_more");
}

TEST_CASE("inspect says how many bytes of a hello are missing at least") {
  const TemporaryFolder folder;
  const std::string hello = HelloNamed("curl_h2").bytes;
  const auto missing = [&](std::size_t size) {
    return Inspect(folder.Write("cut", hello.substr(0, size)))
        .at("missing_bytes")
        .to_number<std::size_t>();
  };
  CHECK(missing(hello.size() - 1) == 1);
  CHECK(missing(100) == hello.size() - 100);
  CHECK(missing(0) > 0);
}

TEST_CASE("inspect has the limit of a gateway, and its flag") {
  const TemporaryFolder folder;
  // A message of 70,000 bytes begins.
  const std::string path = folder.Write(
      "long", std::string("\x16\x03\x01\x40\0\x01\x01\x11\x70\x03\x03", 11));
  CHECK(TextAt(Inspect(path), "verdict") == "too_large");
  const Outcome larger =
      RunProgram({"inspect", "-output=json", "-max-hello-bytes=100000", path});
  CHECK(TextAt(JsonLines(larger.out).at(0), "verdict") == "need_more");
}

TEST_CASE("inspect says when a capture ends inside a packet") {
  const TemporaryFolder folder;
  const std::string hello = HelloNamed("curl_h2").bytes;
  Pcap file(kLinkEthernet);
  for (const std::uint16_t port : {std::uint16_t{1000}, std::uint16_t{2000}}) {
    Packet packet;
    packet.source_port = port;
    packet.destination_port = 443;
    packet.sequence = 1;
    packet.payload = hello;
    file.Add(Ethernet(Ipv4(packet)));
  }
  const std::string whole = Frames(file);
  const std::string path =
      folder.Write("cut.pcap", whole.substr(0, whole.size() - 100));
  const Outcome outcome = RunProgram({"inspect", "-output=json", path});
  CHECK(outcome.exit_code == 0);
  CHECK(JsonLines(outcome.out).size() == 1);
  CHECK(outcome.err.starts_with("warning: " + path +
                                ": the file ends inside a packet ("));
}

TEST_CASE("inspect reads no more than can matter, however much there is") {
  CHECK(TextAt(Inspect("/dev/zero"), "verdict") == "not_tls");

  const TemporaryFolder folder;
  const Hello hello = HelloNamed("curl_h2");
  const std::string rest(std::size_t{3} << 20, '\x17');
  CHECK(TextAt(Inspect(folder.Write("stream", hello.bytes + rest)),
               "server_name") == "www.example.com");

  std::string text;
  while (text.size() <= std::size_t{2} << 20) text += hello.hex + "\n";
  const std::string path = folder.Write("text", text);
  const Outcome outcome = RunProgram({"inspect", path});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.out == "");
  CHECK(outcome.err == "error: " + path +
                           ": hex text of more than 2 MiB; no hello is so "
                           "long\n");
}

TEST_CASE("inspect hints at a dump that it does not read") {
  const TemporaryFolder folder;
  const std::string path =
      folder.Write("dump", "0x0000:  1603 0100 ab12 1603 0100 ab12\n");
  const Outcome outcome = RunProgram({"inspect", "-output=json", path});
  CHECK(TextAt(JsonLines(outcome.out).at(0), "verdict") == "not_tls");
  CHECK(
      outcome.err.starts_with("warning: " + path + ": looks like a hex dump"));
}

TEST_CASE("inspect says when a capture holds no hello, or cannot be read") {
  const TemporaryFolder folder;
  const std::string empty = folder.Write("empty.pcap", Frames(Pcap(kLinkRaw)));
  const Outcome none = RunProgram({"inspect", "-output=json", empty});
  CHECK(none.exit_code == 0);
  CHECK(none.out == "");
  CHECK(none.err ==
        "warning: " + empty + ": no connection starts with a hello\n");

  const std::string wifi = folder.Write("wifi.pcap", Frames(Pcap(kLinkWifi)));
  const Outcome unknown = RunProgram({"inspect", wifi});
  CHECK(unknown.exit_code == 2);
  CHECK(unknown.err.starts_with("error: " + wifi + ": link type IEEE802_11"));
}

TEST_CASE("inspect reads what it can, and ends with 2 for what it cannot") {
  const TemporaryFolder folder;
  const std::string good = folder.Write("good", HelloNamed("curl_h2").hex);
  const std::string absent = folder.Path("absent");
  const Outcome outcome =
      RunProgram({"inspect", "-output=json", absent, good, folder.Path("")});
  CHECK(outcome.exit_code == 2);
  CHECK(JsonLines(outcome.out).size() == 1);
  CHECK(outcome.err == "error: " + absent +
                           ": No such file or directory\nerror: " +
                           folder.Path("") + ": Is a directory\n");
}

TEST_CASE("inspect as text has a line for each field") {
  const TemporaryFolder folder;
  const std::string path = folder.Write("hello", HelloNamed("curl_h2").hex);
  const Outcome outcome = RunProgram({"inspect", path});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.starts_with("file: " + path + "\n  verdict: hello\n"));
  CHECK(outcome.out.find("\n  alpn: [\"h2\",\"http/1.1\"]\n") !=
        std::string::npos);
}

}  // namespace
}  // namespace meshgw::test
