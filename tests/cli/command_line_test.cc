#include "cli/command_line.h"

#include <string>
#include <vector>

#include "run_program.h"

namespace meshgw::test {
namespace {

std::vector<std::string> Normalize(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  return cli::NormalizeArguments(pointers);
}

TEST_CASE("flags of one dash become flags of two, and nothing else changes") {
  const struct {
    std::string written;
    std::string read;
  } rows[] = {
      {"-catalog", "--catalog"},
      {"-catalog=x", "--catalog=x"},
      {"-bind=lan=127.0.0.1:0", "--bind=lan=127.0.0.1:0"},
      {"-catalog=-", "--catalog=-"},
      {"-help", "--help"},
      {"--catalog", "--catalog"},
      {"--catalog=-x", "--catalog=-x"},
      {"-h", "-h"},
      {"-", "-"},
      {"--", "--"},
      {"-1", "-1"},
      {"-10", "-10"},
      {"-9.5", "-9.5"},
      {"", ""},
      {"word", "word"},
      {"a-b", "a-b"},
      {"=-x", "=-x"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.written);
    CHECK(Normalize({row.written}) == std::vector<std::string>{row.read});
  }
}

TEST_CASE("what stands behind -- is no flag") {
  CHECK(Normalize({"-ab", "--", "-bc", "--", "-c=d"}) ==
        std::vector<std::string>{"--ab", "--", "-bc", "--", "-c=d"});
  CHECK(Normalize({}).empty());
}

TEST_CASE("each way to be used wrongly ends with 2 and says so") {
  const std::string catalog = "-catalog=" + kTwoDatacenters;
  const std::vector<std::vector<std::string>> rows = {
      {},
      {"nonsense"},
      {"-nonsense"},
      {"validate"},
      {"validate", "-output", "xml", kTwoDatacenters},
      {"validate", kTwoDatacenters + "/absent"},
      {"inspect"},
      {"inspect", kTwoDatacenters + "/absent"},
      {"explain"},
      {"explain", "mode"},
      {"explain", "mode", catalog, "-datacenter=primary", "-service=web"},
      {"explain", "mode", catalog, "-datacenter=primary", "-service=web",
       "-upstream=absent"},
      {"explain", "mode", catalog, "-datacenter=primary", "-service=web",
       "-upstream=api", "-rules=v9"},
      {"explain", "sni", catalog, "-datacenter=primary"},
      {"explain", "sni", "-catalog=/absent", "-datacenter=primary", "a.b"},
      {"routes", catalog},
      {"routes", catalog, "-datacenter=absent"},
      {"routes", catalog, "-datacenter=primary", "-service-id=absent"},
      {"gateway", "-catalog=/absent", "-datacenter=primary"},
      {"gateway", catalog, "-datacenter=primary", "-hello-timeout=soon"},
      {"gateway", catalog, "-datacenter=primary", "-hello-timeout=-1s"},
      {"gateway", catalog, "-datacenter=primary", "-hello-timeout=0"},
      {"gateway", catalog, "-datacenter=primary", "-workers=1025"},
      {"gateway", catalog, "-datacenter=primary", "-workers=-1"},
      {"gateway", catalog, "-datacenter=primary", "-max-kept-bytes=1XB"},
      {"gateway", catalog, "-datacenter=primary", "-bind=127.0.0.1:0"},
      {"gateway", catalog, "-datacenter=primary", "-bind=a=127.0.0.1:0",
       "-bind=a=127.0.0.1:0"},
      {"gateway", catalog, "-datacenter=primary", "-bind=a=127.0.0.1:0",
       "-local-congestion-control=foo"},
      {"gateway", catalog, "-datacenter=primary", "-max-hello-bytes=1"},
      {"gateway", catalog, "-datacenter=primary", "-max-connect-attempts=9"},
      {"gateway", catalog, "-datacenter=primary", "-max-pending-hellos=0"},
      {"gateway", catalog, "-datacenter=primary", "-log-level=loud"},
      {"version", "word"},
  };
  for (const auto& row : rows) {
    CAPTURE(row);
    const Outcome outcome = RunProgram(row);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out == "");
  }
}

TEST_CASE("a flag of the gateway that is refused says what was expected") {
  const std::string kBytes =
      " is refused; expected bytes, for example 65536, 64KiB or 1MiB, ";
  const std::string kMillions = "99999999999999999999";
  const struct {
    std::string flag;
    std::vector<std::string> values;
    std::string said;  // Behind the flag and its value.
  } rows[] = {
      {"workers",
       {"-1", "1025", "x", "", "1.5", kMillions},
       " is refused; expected a whole number, 0 to 1024"},
      {"max-connections",
       {"-1", "4294967296", "1KiB", kMillions},
       " is refused; expected a whole number, 0 to 4294967295"},
      {"max-pending-hellos",
       {"0", "-1", "4294967296", "1 "},
       " is refused; expected a whole number, 1 to 4294967295"},
      {"max-connect-attempts",
       {"0", "9", "-3", "x"},
       " is refused; expected a whole number, 1 to 8"},
      {"max-pipes",
       {"-1", "1048577", "4294967295"},
       " is refused; expected a whole number, 0 to 1048576"},
      {"max-hello-bytes",
       {"0", "-1", "4095", "131401", "1GiB", kMillions},
       kBytes + "4KiB to 131400"},
      {"max-hello-buffer-bytes",
       {"0", "-1", "1025GiB", "1XB", kMillions},
       kBytes + "1 to 1024GiB"},
      {"max-kept-bytes",
       {"-1", "1025GiB", "1.5MiB", ""},
       kBytes + "0 to 1024GiB"},
      {"hello-timeout",
       {"0", "0s", "-1s", "500us", "8761h"},
       " is refused; expected 1ms to 8760h"},
      {"idle-timeout", {"-1ms", "8761h"}, " is refused; expected 0 to 8760h"},
      {"idle-timeout",
       {"999us", "1ns", "1500us", "1.0005s"},
       " is refused; expected whole milliseconds"},
      {"idle-timeout",
       {"", "5", "soon", "1d", "9999999999h"},
       " is no duration; expected for example 500ms, 30s or 1h30m"},
      {"half-closed-timeout",
       {"-1s", "8761h"},
       " is refused; expected 0 to 8760h"},
      {"drain-grace", {"-1s", "8761h"}, " is refused; expected 0 to 8760h"},
      {"drain-timeout", {"-1s", "8761h"}, " is refused; expected 0 to 8760h"},
      {"client-keepalive",
       {"-1s", "32768s"},
       " is refused; expected 0 to 32767s"},
      {"tcp-user-timeout", {"-1s", "597h"}, " is refused; expected 0 to 596h"},
      {"tcp-defer-accept",
       {"-1s", "8761h"},
       " is refused; expected 0 to 8760h"},
  };
  for (const auto& row : rows) {
    for (const std::string& value : row.values) {
      CAPTURE(row.flag, value);
      const Outcome outcome =
          RunProgram({"gateway", "-catalog", kTwoDatacenters, "-datacenter",
                      "primary", "-" + row.flag, value});
      CHECK(outcome.exit_code == 2);
      CHECK(outcome.err ==
            "error: -" + row.flag + ": \"" + value + "\"" + row.said + "\n");
    }
  }
  const Outcome bind = RunProgram({"gateway", "-catalog", kTwoDatacenters,
                                   "-datacenter", "primary", "-bind=a"});
  CHECK(bind.exit_code == 2);
  CHECK(bind.err ==
        "error: -bind a: expected name=ip:port or name=unix:/path\n");
}

TEST_CASE("a gateway that cannot bind ends with 4") {
  // Of a documentation network: no machine has it.
  CHECK(RunProgram({"gateway", "-catalog", kTwoDatacenters, "-datacenter",
                    "primary", "-bind", "lan=203.0.113.1:1", "-log-level",
                    "error"})
            .exit_code == 4);
}

TEST_CASE("a verb or a flag that there is not is named, with what is close") {
  const struct {
    std::vector<std::string> arguments;
    std::string said;
  } rows[] = {
      {{"gatewy"},
       "error: unknown verb \"gatewy\" of meshgw; did you mean gateway?; "
       "expected one of: gateway, demo, validate, explain, inspect, routes, "
       "status, top, connections, drain, reload, completion, man, version, "
       "help\n"},
      {{"explain", "bogus"},
       "error: unknown verb \"bogus\" of meshgw explain; expected one of: "
       "mode, sni\n"},
      {{"completion", "tcsh"},
       "error: unknown verb \"tcsh\" of meshgw completion; expected one of: "
       "bash, zsh, fish\n"},
      {{"help", "inspekt"},
       "error: unknown verb \"inspekt\" of meshgw; did you mean inspect?; "
       "expected one of: gateway, demo, validate, explain, inspect, routes, "
       "status, top, connections, drain, reload, completion, man, version, "
       "help\n"},
      {{"help", "routes", "x"}, "error: meshgw routes has no verb \"x\"\n"},
      {{"gateway", "-max-conections", "5"},
       "error: unknown flag -max-conections of meshgw gateway; did you mean "
       "-max-connections?\n"},
      {{"gateway", "-catalogue=x", "-datacenter", "y"},
       "error: unknown flag -catalogue of meshgw gateway; did you mean "
       "-catalog?\n"},
      {{"-frobnicate"}, "error: unknown flag -frobnicate of meshgw\n"},
      {{},
       "error: a verb is missing; expected one of: gateway, demo, validate, "
       "explain, inspect, routes, status, top, connections, drain, reload, "
       "completion, man, version, help\n"},
      {{"routes", "-catalog", "-x", "-datacenter", "dc1"}, "error: -x: "},
      {{"routes", "-catalog", "x"}, "error: -datacenter is required\n"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.arguments);
    const Outcome outcome = RunProgram(row.arguments);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.substr(0, row.said.size()) == row.said);
    CHECK(outcome.out == "");
  }
}

TEST_CASE("help lists the verbs, and is that of a verb when asked for one") {
  const Outcome all = RunProgram({"help"});
  for (const std::string verb :
       {"gateway", "demo", "validate", "explain", "inspect", "routes", "status",
        "top", "connections", "drain", "reload", "completion", "man", "version",
        "help"}) {
    CAPTURE(verb);
    CHECK(all.out.find("\n  " + verb + " ") != std::string::npos);
    const Outcome of_verb = RunProgram({"help", verb});
    CHECK(of_verb.exit_code == 0);
    CHECK(of_verb.out.find("Usage: meshgw " + verb) != std::string::npos);
  }
  CHECK(RunProgram({"help", "explain", "sni"})
            .out.find("Usage: meshgw explain sni") != std::string::npos);
}

TEST_CASE("help is no failure, for the program and for every verb") {
  CHECK(RunProgram({"help"}).exit_code == 0);
  for (const std::string verb :
       {"gateway", "demo", "validate", "explain", "inspect", "routes",
        "completion bash", "man", "version", "explain mode", "explain sni"}) {
    for (const std::string flag : {"-help", "--help", "-h"}) {
      CAPTURE(verb, flag);
      std::istringstream words(verb);
      std::vector<std::string> arguments;
      for (std::string word; words >> word;) arguments.push_back(word);
      arguments.push_back(flag);
      const Outcome outcome = RunProgram(arguments);
      CHECK(outcome.exit_code == 0);
      CHECK(outcome.err == "");
      CHECK(outcome.out.find("Usage:") != std::string::npos);
    }
  }
}

TEST_CASE("the version is one line, or one object") {
  const Outcome text = RunProgram({"version"});
  CHECK(text.exit_code == 0);
  const auto lines = JsonLines(RunProgram({"version", "-output=json"}).out);
  REQUIRE(lines.size() == 1);
  CHECK(Keys(lines[0]) == "version");
  CHECK(text.out == "meshgw " + TextAt(lines[0], "version") + "\n");
  CHECK(RunProgram({"-version"}).exit_code == 0);
}

TEST_CASE("text output shows no control byte of a file, a name or a path") {
  const TemporaryFolder folder;
  const std::string evil = "\x1b]0;\xffgotcha\a\n";
  const std::string dc = "dc" + evil + "/dc1/";
  folder.Write(dc + "agent.hcl",
               "datacenter = \"dc1\"\n"
               "connect { ca_config { cluster_id = "
               "\"11111111-2222-3333-4444-555555555555\" } }\n"
               "log_level = \"debug\"\n");
  folder.Write(dc + "a\x1b[31m.hcl",
               "service { name = \"a\\x1b[2J\" address = \"10.0.0.1\\x1b\" "
               "port = 1\n  connect { sidecar_service { port = 2\n"
               "proxy { upstreams = [{ destination_name = \"b\\x1b\" "
               "local_bind_port = 1 mesh_gateway { mode = \"local\" } }] } "
               "} } }\n");
  folder.Write(dc + "b.hcl",
               "Kind = \"service-resolver\"\nName = \"a\\x1b[2J\"\n"
               "Subsets = { \"v\\x1b\" = { Filter = \"x\\x1b\" } }\n");
  const std::string catalog = folder.Path("dc" + evil);
  const std::string bad =
      folder.Write(evil + ".hcl", "a\x1b = 1\nx = \"\x1b\"");
  const std::string of = "-catalog=" + catalog;
  const std::vector<std::vector<std::string>> rows = {
      {"validate", catalog, bad, folder.Path(evil)},
      {"routes", of, "-datacenter=dc1"},
      {"routes", of, "-datacenter=" + evil},
      {"routes", of, "-datacenter=dc1", "-service-id=" + evil},
      {"explain", "mode", of, "-datacenter=dc1", "-service=a\x1b[2J",
       "-upstream=b\x1b"},
      {"explain", "mode", of, "-datacenter=dc1", "-service=" + evil,
       "-upstream=" + evil},
      {"explain", "sni", of, "-datacenter=dc1", evil},
      {"explain", "sni", of, "-datacenter=dc1",
       "a\x1b[2J.default.dc1.internal.11111111-2222-3333-4444-555555555555."
       "consul"},
      {"inspect", bad, folder.Path(evil)},
      {evil},
      {"routes", "-" + evil},
      {"help", evil},
      {"routes", of, "-datacenter=dc1", "-output=" + evil},
      {"gateway", of, "-datacenter=dc1", "-workers=" + evil},
      {"gateway", of, "-datacenter=dc1", "-bind=" + evil},
  };
  for (const auto& row : rows) {
    CAPTURE(row);
    const Outcome outcome = RunProgram(row);
    const std::string said = outcome.out + outcome.err;
    CHECK(said.find("\\x1b") != std::string::npos);
    CHECK(said.find('\x1b') == std::string::npos);
    CHECK(said.find('\a') == std::string::npos);
    CHECK(said.find('\xff') == std::string::npos);
    // A line feed of a name would begin one.
    CHECK(said.find("\n.") == std::string::npos);
  }
}

// Sends standard output to a file for as long as it lives.
class OutputTo {
 public:
  explicit OutputTo(const std::string& path) {
    REQUIRE(file_.open(path, std::ios::out) != nullptr);
    old_ = std::cout.rdbuf(&file_);
  }
  ~OutputTo() { std::cout.rdbuf(old_); }
  OutputTo(const OutputTo&) = delete;
  OutputTo& operator=(const OutputTo&) = delete;

 private:
  std::filebuf file_;
  std::streambuf* old_ = nullptr;
};

TEST_CASE("output that cannot be written ends with 1 and says why") {
  const TemporaryFolder folder;
  const std::string bytes = folder.Write("bytes", "GET /");
  const std::string catalog = "-catalog=" + kTwoDatacenters;
  const std::vector<std::vector<std::string>> rows = {
      {"version"},
      {"version", "-output=json"},
      {"-version"},
      {"help"},
      {"routes", "-help"},
      {"man"},
      {"completion", "zsh"},
      {"validate", kTwoDatacenters},
      {"validate", "-output=json", kTwoDatacenters, "/absent"},
      {"routes", catalog, "-datacenter=primary"},
      {"routes", catalog, "-datacenter=primary", "-output=json"},
      {"inspect", bytes},
      {"inspect", bytes, "-output=json", "/absent"},
      {"explain", "mode", catalog, "-datacenter=primary", "-service=web",
       "-upstream=api"},
      {"explain", "sni", catalog, "-datacenter=primary", "a.b"},
  };
  for (const auto& row : rows) {
    CAPTURE(row);
    std::vector<std::string> words = row;
    words.insert(words.begin(), "meshgw");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    const Redirect err(&std::cerr);
    const OutputTo full("/dev/full");
    CHECK(cli::RunCommandLine(arguments) == 1);
    CHECK(err.text() ==
          "error: cannot write to standard output: No space left on device\n");
  }
  CHECK(std::cout.exceptions() == std::ios_base::goodbit);
}

TEST_CASE("a duration is written as in Go") {
  CLI::App app;
  std::chrono::milliseconds value{-1};
  cli::AddDurationFlag(&app, "--wait", &value, "");
  const struct {
    std::string text;
    std::int64_t milliseconds;  // -1: refused.
  } rows[] = {{"500ms", 500},     {"30s", 30000},
              {"1h30m", 5400000}, {"1.5s", 1500},
              {"0", 0},           {"0s", 0},
              {"1500us", -1},     {"999us", -1},
              {"1000us", 1},      {"8760h", 31536000000},
              {"8760h1ms", -1},   {"", -1},
              {"5", -1},          {"5 s", -1},
              {"s", -1},          {"1d", -1},
              {"-5s", -1},        {"5sec", -1},
              {"1h 30m", -1}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    value = std::chrono::milliseconds(-1);
    std::vector<std::string> arguments = {"--wait=" + row.text};
    bool refused = false;
    try {
      app.parse(arguments);
    } catch (const CLI::ParseError&) {
      refused = true;
    }
    CHECK(refused == (row.milliseconds < 0));
    CHECK(value.count() == row.milliseconds);
  }
}

TEST_CASE("bytes are written as a number or with a unit") {
  CLI::App app;
  std::size_t value = 0;
  cli::AddSizeFlag(&app, "--size", &value, {1, std::uint64_t{1} << 40}, "");
  const std::pair<std::string, std::size_t> rows[] = {
      {"1", 1},
      {"65536", 65536},
      {"64KiB", 65536},
      {"64mib", std::size_t{64} << 20},
      {"2GiB", std::size_t{2} << 30},
      {"7B", 7},
      {"0", 0},
      {"", 0},
      {"MiB", 0},
      {"1 MiB", 0},
      {"-1", 0},
      {"1.5MiB", 0},
      {"1MB", 0},
      {"1025GiB", 0},
      {"18446744073709551615GiB", 0},
      {"99999999999999999999", 0}};  // 0: refused.
  for (const auto& [text, bytes] : rows) {
    CAPTURE(text);
    value = 0;
    std::vector<std::string> arguments = {"--size=" + text};
    try {
      app.parse(arguments);
    } catch (const CLI::ParseError&) {
      CHECK(bytes == 0);
    }
    CHECK(value == bytes);
  }
}

}  // namespace
}  // namespace meshgw::test
