#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "capture_builder.h"
#include "cli/access_log.h"
#include "cli/gateway_json.h"
#include "failover_catalog.h"
#include "run_program.h"
#include "support/source_tree.h"
#include "support/vectors.h"

// docs/operations.md and the program name the same keys.
namespace meshgw::test {
namespace {

using Names = std::set<std::string>;

std::vector<std::string> DocumentLines() {
  std::ifstream file(SourceTree("docs/operations.md"));
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) out.push_back(line);
  REQUIRE(!out.empty());
  return out;
}

// What stands in backticks in the first column of the `nth` table under
// `heading`.
Names Documented(const std::string& heading, int nth = 1) {
  const auto lines = DocumentLines();
  std::size_t i = 0;
  while (i < lines.size() && lines[i] != heading) ++i;
  CAPTURE(heading);
  REQUIRE(i < lines.size());
  for (++i; nth > 0 && i < lines.size(); ++i) {
    if (lines[i].starts_with("|---")) --nth;
  }
  Names out;
  for (; i < lines.size() && lines[i].starts_with("| "); ++i) {
    const std::string cell = lines[i].substr(0, lines[i].find(" | "));
    std::istringstream parts(cell);
    bool inside = false;
    for (std::string part; std::getline(parts, part, '`'); inside = !inside) {
      if (inside) out.insert(part);
    }
  }
  return out;
}

// "a", "b.c" for objects in objects, "d[].e" for objects in lists.
void AddKeys(const boost::json::object& object, const std::string& before,
             Names* out) {
  for (const auto& member : object) {
    const std::string name = before + std::string(member.key());
    const auto& value = member.value();
    const bool objects = value.is_array() && !value.get_array().empty() &&
                         value.get_array()[0].is_object();
    if (value.is_object()) {
      AddKeys(value.get_object(), name + ".", out);
    } else if (objects) {
      for (const auto& element : value.get_array()) {
        AddKeys(element.as_object(), name + "[].", out);
      }
    } else {
      out->insert(name);
    }
  }
}

Names Printed(std::vector<std::string> arguments) {
  arguments.push_back("-output=json");
  const auto lines = JsonLines(RunProgram(arguments).out);
  REQUIRE(!lines.empty());
  Names out;
  for (const auto& line : lines) AddKeys(line, "", &out);
  return out;
}

const std::string kCatalog = "-catalog=" + kTwoDatacenters;

TEST_CASE("the documented keys of explain, routes and version are printed") {
  CHECK(Printed({"explain", "sni", kCatalog, "-datacenter=secondary",
                 "api.default.secondary.internal.11111111-2222-3333-4444-"
                 "555555555555.consul"}) == Documented("### explain sni"));
  const TemporaryFolder folder;
  WriteFailover(folder);
  CHECK(Printed({"explain", "mode", "-catalog=" + folder.Path(""),
                 "-datacenter=dc1", "-service=web", "-upstream=api"}) ==
        Documented("### explain mode"));
  CHECK(Printed({"routes", kCatalog, "-datacenter=secondary"}) ==
        Documented("### routes"));
  CHECK(Printed({"version"}) == Documented("### version"));
}

TEST_CASE("the documented keys of a running gateway are told") {
  cli::ProgramState state;
  state.SetListening({{"default", "127.0.0.1:1"}});
  cli::StatusInput input;
  input.state = &state;
  input.errors = {{{}, "an error"}};
  Names status;
  AddKeys(cli::StatusJson(input), "", &status);
  CHECK(status == Documented("### status"));
  Names connection;
  AddKeys(cli::ConnectionJson({}), "", &connection);
  CHECK(connection == Documented("### connections"));
}

TEST_CASE("the documented keys of validate are printed") {
  const TemporaryFolder folder;
  CHECK(Printed({"validate", kTwoDatacenters}) ==
        Documented("### validate", 2));
  Names both = Documented("### validate", 1);
  both.merge(Documented("### validate", 2));
  CHECK(Printed({"validate", folder.Write("bad.hcl", "x = 1")}) == both);
}

TEST_CASE("the documented keys of inspect are printed") {
  const TemporaryFolder folder;
  const auto vectors = LoadVectors("hello.json");
  const auto bytes = FromHex(Text(vectors.as_array().at(0).at("hex")));
  Pcap file(kLinkEthernet);
  Packet packet;
  const std::string payload(bytes.begin(), bytes.end());
  packet.payload = payload;
  file.Add(Ethernet(Ipv4(packet)));
  const std::string capture(file.bytes().begin(), file.bytes().end());
  CHECK(Printed({"inspect", folder.Write("a.pcap", capture)}) ==
        Documented("### inspect"));
}

TEST_CASE("the documented keys of the access log are written") {
  Names out;
  AddKeys(JsonLines(cli::FormatRecord(ConnectionRecord())).at(0), "", &out);
  CHECK(out == Documented("## Logs", 1));
}

TEST_CASE("every reason is documented: of connections and of hellos") {
  Names connections;
  for (std::size_t i = 0; i < kConnectionReasonCount; ++i) {
    connections.insert(
        std::string(ConnectionReasonName(static_cast<ConnectionReason>(i))));
  }
  connections.erase("rate_limited");  // Reserved.
  connections.erase("denied");
  CHECK(connections == Documented("## Logs", 2));
  Names hellos;
  for (int i = 0; HelloReasonName(static_cast<HelloReason>(i)) != "unknown";
       ++i) {
    hellos.insert(std::string(HelloReasonName(static_cast<HelloReason>(i))));
  }
  CHECK(hellos == Documented("### Reasons of a hello"));
}

}  // namespace
}  // namespace meshgw::test
