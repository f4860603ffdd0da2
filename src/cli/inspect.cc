#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>

#include "cli/capture.h"
#include "cli/command_line.h"
#include "cli/json.h"
#include "meshgw/client_hello.h"

namespace meshgw::cli {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kMaxFileBytes = 512u << 20;

std::optional<Bytes> ReadInput(const std::string& path, std::string* error) {
  std::ifstream file;
  std::istream* stream = &std::cin;
  if (path != "-") {
    file.open(path, std::ios::binary);
    stream = &file;
    if (!file) {
      *error = path + ": " + std::strerror(errno);
      return std::nullopt;
    }
  }
  Bytes bytes;
  char chunk[65536];
  while (stream->read(chunk, sizeof(chunk)) || stream->gcount() > 0) {
    bytes.insert(bytes.end(), chunk, chunk + stream->gcount());
    if (bytes.size() > kMaxFileBytes) {
      *error = path + ": larger than 512 MiB";
      return std::nullopt;
    }
  }
  if (stream->bad()) {
    *error = path + ": " + std::strerror(errno);
    return std::nullopt;
  }
  return bytes;
}

int HexDigit(std::uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Bytes written as hexadecimal text, with space, ':' or '-' between them.
std::optional<Bytes> FromHex(const Bytes& text) {
  Bytes out;
  int high = -1;
  for (const std::uint8_t c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ':' ||
        c == '-') {
      continue;
    }
    const int digit = HexDigit(c);
    if (digit < 0) return std::nullopt;
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<std::uint8_t>(high << 4 | digit));
      high = -1;
    }
  }
  if (high >= 0 || out.empty()) return std::nullopt;
  return out;
}

struct Inspection {
  HelloVerdict verdict = HelloVerdict::kNeedMore;
  HelloReason reason = HelloReason::kNone;
  std::size_t offset = 0;
  ClientHello hello;
};

Inspection Inspect(const Bytes& bytes, Bytes* scratch) {
  Inspection out;
  HelloLimits limits;
  limits.max_message_bytes = 131400;  // Whatever a ClientHello can be.
  scratch->resize(limits.max_message_bytes);
  HelloReader reader(limits);
  out.verdict = reader.Feed(bytes, *scratch, &out.hello);
  out.reason = reader.reason();
  out.offset = reader.offset();
  return out;
}

boost::json::array Versions(const ClientHello& hello) {
  boost::json::array out;
  const auto& list = hello.supported_versions;
  for (std::size_t i = 0; i + 1 < list.size(); i += 2) {
    const auto version = static_cast<std::uint16_t>(list[i] << 8 | list[i + 1]);
    if (!IsGrease(version)) {
      out.push_back(boost::json::string(VersionName(version)));
    }
  }
  if (list.empty()) {
    out.push_back(boost::json::string(VersionName(hello.legacy_version)));
  }
  return out;
}

boost::json::object ToJson(const std::string& file, const Inspection& found) {
  const ClientHello& hello = found.hello;
  const bool is_hello = found.verdict == HelloVerdict::kHello;
  boost::json::array alpn;
  for (const std::string_view name : hello.alpn) {
    alpn.push_back(JsonText(name));
  }
  std::string ja4;
  if (is_hello) {
    const auto text = Ja4(hello);
    ja4.assign(text.begin(), text.end());
  }
  return {{"file", JsonText(file)},
          {"verdict", std::string(HelloVerdictName(found.verdict))},
          {"reason", std::string(HelloReasonName(found.reason))},
          {"offset", found.offset},
          {"server_name", JsonText(hello.server_name)},
          {"alpn", std::move(alpn)},
          {"versions", is_hello ? Versions(hello) : boost::json::array()},
          {"records", hello.records},
          {"bytes", hello.wire_bytes},
          {"ech", std::string(EncryptedClientHelloName(hello.ech))},
          {"post_quantum", hello.has_post_quantum_share},
          {"early_data", hello.has_early_data},
          {"ja4", ja4}};
}

void PrintText(const boost::json::object& object) {
  for (const auto& [key, value] : object) {
    std::cout << (key == "file" ? "" : "  ") << std::string(key) << ": "
              << (value.is_string() ? std::string(value.as_string())
                                    : boost::json::serialize(value))
              << '\n';
  }
}

void Print(const boost::json::object& object, bool json) {
  if (json) {
    PrintLine(object);
  } else {
    PrintText(object);
  }
}

// A capture's connections that start with a hello; what only answers is none.
bool InspectCapture(const std::string& path, const Bytes& contents, bool json) {
  std::vector<CaptureStream> streams;
  std::string error;
  if (!ReadCapture(contents, CaptureLimits(), &streams, &error)) {
    std::cerr << "error: " << path << ": " << error << '\n';
    return false;
  }
  Bytes scratch;
  std::size_t found = 0;
  for (const CaptureStream& stream : streams) {
    const Inspection inspection = Inspect(stream.bytes, &scratch);
    const bool starts_like_one =
        inspection.verdict == HelloVerdict::kHello ||
        inspection.verdict == HelloVerdict::kSslV2 ||
        (stream.bytes.size() > 5 && stream.bytes[0] == 0x16 &&
         stream.bytes[5] == 1);
    if (!starts_like_one) continue;
    ++found;
    boost::json::object object = ToJson(path, inspection);
    object["source"] = stream.source;
    object["destination"] = stream.destination;
    Print(object, json);
  }
  if (found == 0)
    std::cerr << "warning: " << path << ": no connection starts with a hello\n";
  return true;
}

bool InspectFile(const std::string& path, bool json) {
  std::string error;
  auto contents = ReadInput(path, &error);
  if (!contents.has_value()) {
    std::cerr << "error: " << error << '\n';
    return false;
  }
  if (IsCapture(*contents)) return InspectCapture(path, *contents, json);
  if (auto decoded = FromHex(*contents)) contents = std::move(decoded);
  Bytes scratch;
  Print(ToJson(path, Inspect(*contents, &scratch)), json);
  return true;
}

}  // namespace

void AddInspectVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand(
      "inspect", "Read ClientHellos from bytes, hex text, pcap or pcapng");
  auto paths = std::make_shared<std::vector<std::string>>();
  auto output = std::make_shared<std::string>("text");
  verb->add_option("FILE", *paths, "Files; - is standard input")->required();
  AddOutputFlag(verb, output.get());
  verb->footer("Example: meshgw inspect -output json capture.pcap");
  verb->callback([=] {
    bool ok = true;
    for (const std::string& path : *paths) {
      ok &= InspectFile(path, *output == "json");
    }
    *exit_code = ok ? kExitOk : kExitUsage;
  });
}

}  // namespace meshgw::cli
