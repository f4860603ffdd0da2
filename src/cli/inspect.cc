#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>

#include "absl/strings/str_format.h"
#include "cli/capture.h"
#include "cli/command_line.h"
#include "cli/hex_text.h"
#include "cli/json.h"
#include "meshgw/client_hello.h"

namespace meshgw::cli {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kMaxCaptureBytes = 512u << 20;
// The longest hello in the most wasteful dump is far less.
constexpr std::size_t kMaxHelloBytes = 2u << 20;

struct Input {
  Bytes bytes;
  bool cut = false;  // There is more behind them.
};

// Reads no more than can matter: a device or a pipe may have no end.
std::optional<Input> ReadInput(const std::string& path, std::string* error) {
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
  Input input;
  char chunk[65536];
  while (stream->read(chunk, sizeof(chunk)) || stream->gcount() > 0) {
    const auto more = static_cast<std::size_t>(stream->gcount());
    const std::size_t most =
        IsCapture(input.bytes) ? kMaxCaptureBytes : kMaxHelloBytes;
    if (input.bytes.size() + more > most) {
      input.cut = true;
      break;
    }
    input.bytes.insert(input.bytes.end(), chunk, chunk + more);
  }
  if (stream->bad()) {
    *error = path + ": " + std::strerror(errno);
    return std::nullopt;
  }
  return input;
}

struct Inspection {
  HelloVerdict verdict = HelloVerdict::kNeedMore;
  HelloReason reason = HelloReason::kNone;
  std::size_t offset = 0;
  std::size_t missing = 0;  // At least so many bytes, with kNeedMore.
  ClientHello hello;
};

Inspection Inspect(const Bytes& bytes, const HelloLimits& limits,
                   Bytes* scratch) {
  Inspection out;
  scratch->resize(limits.max_message_bytes);
  HelloReader reader(limits);
  out.verdict = reader.Feed(bytes, *scratch, &out.hello);
  out.reason = reader.reason();
  out.offset = reader.offset();
  if (out.verdict == HelloVerdict::kNeedMore) {
    out.missing = reader.wait_for() - std::min(reader.wait_for(), bytes.size());
  }
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

// By IANA's registry of supported groups.
std::string GroupName(std::uint16_t group) {
  constexpr std::pair<std::uint16_t, const char*> kNames[] = {
      {0x0017, "secp256r1"},
      {0x0018, "secp384r1"},
      {0x0019, "secp521r1"},
      {0x001d, "x25519"},
      {0x001e, "x448"},
      {0x0100, "ffdhe2048"},
      {0x0101, "ffdhe3072"},
      {0x0102, "ffdhe4096"},
      {0x0103, "ffdhe6144"},
      {0x0104, "ffdhe8192"},
      {0x0200, "MLKEM512"},
      {0x0201, "MLKEM768"},
      {0x0202, "MLKEM1024"},
      {0x11eb, "SecP256r1MLKEM768"},
      {0x11ec, "X25519MLKEM768"},
      {0x11ed, "SecP384r1MLKEM1024"},
      {0x6399, "X25519Kyber768Draft00"}};
  for (const auto& [value, name] : kNames) {
    if (value == group) return name;
  }
  return absl::StrFormat("0x%04x", group);
}

boost::json::array Groups(const ClientHello& hello) {
  boost::json::array out;
  const auto& list = hello.supported_groups;
  for (std::size_t i = 0; i + 1 < list.size(); i += 2) {
    const auto group = static_cast<std::uint16_t>(list[i] << 8 | list[i + 1]);
    if (!IsGrease(group)) {
      out.push_back(boost::json::string(GroupName(group)));
    }
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
  boost::json::value server_name;  // Null: none was sent, or it was not read.
  if (is_hello && hello.has_server_name) {
    server_name = JsonText(hello.server_name);
  }
  boost::json::value missing;
  if (found.verdict == HelloVerdict::kNeedMore) missing = found.missing;
  return {{"file", JsonText(file)},
          {"verdict", std::string(HelloVerdictName(found.verdict))},
          {"reason", std::string(HelloReasonName(found.reason))},
          {"offset", found.offset},
          {"server_name", std::move(server_name)},
          {"alpn", std::move(alpn)},
          {"versions", is_hello ? Versions(hello) : boost::json::array()},
          {"records", hello.records},
          {"bytes", hello.wire_bytes},
          {"ech", std::string(EncryptedClientHelloName(hello.ech))},
          {"post_quantum", hello.has_post_quantum_share},
          {"early_data", hello.has_early_data},
          {"ja4", ja4},
          {"groups", Groups(hello)},
          {"missing_bytes", std::move(missing)}};
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

struct InspectFlags {
  std::vector<std::string> paths;
  std::string output = "text";
  HelloLimits limits;
};

// A capture's connections that start with a hello; what only answers is none.
bool InspectCapture(const std::string& path, const Bytes& contents,
                    const InspectFlags& flags) {
  std::vector<CaptureStream> streams;
  std::string error;
  if (!ReadCapture(contents, CaptureLimits(), &streams, &error)) {
    std::cerr << "error: " << EscapeText(path + ": " + error) << '\n';
    return false;
  }
  if (!error.empty()) {
    std::cerr << "warning: " << EscapeText(path)
              << ": the file ends inside a packet (" << EscapeText(error)
              << "); what stands before that was read\n";
  }
  Bytes scratch;
  std::size_t found = 0;
  for (const CaptureStream& stream : streams) {
    const Inspection inspection = Inspect(stream.bytes, flags.limits, &scratch);
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
    Print(object, flags.output == "json");
  }
  if (found == 0) {
    std::cerr << "warning: " << EscapeText(path)
              << ": no connection starts with a hello\n";
  }
  return true;
}

bool InspectFile(const std::string& path, const InspectFlags& flags) {
  std::string error;
  auto input = ReadInput(path, &error);
  if (!input.has_value()) {
    std::cerr << "error: " << EscapeText(error) << '\n';
    return false;
  }
  Bytes& contents = input->bytes;
  const bool capture = IsCapture(contents);
  const std::string_view text(reinterpret_cast<const char*>(contents.data()),
                              contents.size());
  // Bytes are judged by how they begin, the rest only as a whole.
  if (input->cut && (capture || LooksLikeHexDump(text))) {
    std::cerr << "error: " << EscapeText(path)
              << (capture ? ": larger than 512 MiB\n"
                          : ": hex text of more than 2 MiB; no hello is so "
                            "long\n");
    return false;
  }
  if (capture) return InspectCapture(path, contents, flags);
  auto decoded = input->cut ? std::nullopt : FromHexText(text);
  if (!decoded.has_value() && LooksLikeHexDump(text)) {
    std::cerr << "warning: " << EscapeText(path)
              << ": looks like a hex dump of a form that is not read; expected "
                 "hex digits, or what xxd or hexdump -C print\n";
  }
  if (decoded.has_value()) contents = *std::move(decoded);
  Bytes scratch;
  Print(ToJson(path, Inspect(contents, flags.limits, &scratch)),
        flags.output == "json");
  return true;
}

}  // namespace

void AddInspectVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand(
      "inspect", "Read ClientHellos from bytes, hex text, pcap or pcapng");
  auto flags = std::make_shared<InspectFlags>();
  verb->add_option("FILE", flags->paths,
                   "Files: raw bytes, hex text (also of xxd or hexdump -C), "
                   "pcap or pcapng; - is standard input, which is read to its "
                   "end, as pipes are")
      ->required();
  AddSizeFlag(verb, "--max-hello-bytes", &flags->limits.max_message_bytes,
              {4096, 131400}, "Longest ClientHello, as a gateway's flag");
  AddOutputFlag(verb, &flags->output);
  verb->footer("Example: meshgw inspect -output json capture.pcap");
  verb->callback([=] {
    bool ok = true;
    for (const std::string& path : flags->paths) {
      ok &= InspectFile(path, *flags);
    }
    *exit_code = ok ? kExitOk : kExitUsage;
  });
}

}  // namespace meshgw::cli
