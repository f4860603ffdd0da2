#include "cli/man_page.h"

#include <algorithm>
#include <span>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command_line.h"
#include "cli/roff.h"

namespace meshgw::cli {
namespace {

struct Entry {
  const char* term;
  const char* text;
};

constexpr char kDescription[] =
    "meshgw takes Envoy's place as the mesh gateway of a Consul datacenter. It "
    "reads the server name of the TLS ClientHello of each connection, decrypts "
    "nothing, and carries the bytes to where they belong: to a gateway of "
    "another datacenter, or to an instance of a local service.\n\n"
    "It follows a live Consul agent, or serves a catalog: a folder with a "
    "folder a datacenter, with the files that a Consul agent would be given. "
    "Other verbs check such files, say what is decided and why, and ask a "
    "running gateway.\n\n"
    "Flags may be written -flag or --flag, with = or a space before the value. "
    "Durations are written as in Go (500ms, 30s, 1h30m), bytes as a number or "
    "with a unit (65536, 64KiB, 1MiB, 2GiB).";

constexpr Entry kSignals[] = {
    {"HUP",
     "Reads the catalog again and swaps the routes, all or nothing: with any "
     "mistake the last good table stays. Established connections are never "
     "touched."},
    {"TERM",
     "Drains: for -drain-grace all goes on as before, then new connections are "
     "refused, and those that are open have -drain-timeout to end."},
    {"TERM again, INT", "Stops at once and closes what is open."},
    {"USR1", "Opens the access log again, after a rotation."}};

constexpr Entry kEnvironment[] = {
    {"CONSUL_HTTP_ADDR", "As -http-addr. A flag counts before a variable."},
    {"CONSUL_HTTP_SSL", "true: TLS to the agent."},
    {"CONSUL_HTTP_SSL_VERIFY",
     "false: the agent's certificate is not checked."},
    {"CONSUL_HTTP_TOKEN, CONSUL_HTTP_TOKEN_FILE", "As -token, -token-file."},
    {"CONSUL_CACERT, CONSUL_CAPATH", "As -ca-file, -ca-path."},
    {"CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY", "As -client-cert, -client-key."},
    {"CONSUL_TLS_SERVER_NAME", "As -tls-server-name."},
    {"CONSUL_GRPC_ADDR", "As -grpc-addr."},
    {"CONSUL_GRPC_CACERT, CONSUL_GRPC_CAPATH",
     "As -grpc-ca-file, -grpc-ca-path."},
    {"CONSUL_NAMESPACE, CONSUL_PARTITION", "As -namespace, -partition."},
    {"CONNECT_PROXY_ID", "As -proxy-id."},
    {"NOTIFY_SOCKET",
     "Where a service manager is told of the start, a reload and the end: "
     "sd_notify(3)."},
    {"WATCHDOG_USEC, WATCHDOG_PID",
     "How soon it is told again that the gateway lives, which it is while "
     "every worker answers."}};

constexpr Entry kFiles[] = {
    {"/etc/default/meshgw",
     "Flags (MESHGW_FLAGS) and variables of the systemd service."},
    {"/etc/meshgw/catalog", "The usual place of a catalog."},
    {"/run/meshgw/admin.sock",
     "Where a gateway answers operators unless -admin-bind says otherwise; "
     "only if the folder is there and can be written."},
    {"/var/lib/meshgw/last-good", "The usual place for -last-good."}};

constexpr Entry kExamples[] = {
    {"A gateway from files:",
     "meshgw gateway -catalog /etc/meshgw/catalog -datacenter dc1"},
    {"A gateway that registers itself with the Consul agent of its host:",
     "meshgw gateway -register -address 10.0.0.5:8443 \\\n"
     "    -wan-address 203.0.113.5:8443"},
    {"Where does a running gateway send a name, and why?",
     "meshgw explain sni "
     "web.default.dc2.internal.11111111-2222-3333-4444-555555555555.consul"}};

constexpr char kSeeAlso[] = "systemctl(1), journalctl(1), systemd.service(5)";

void AddEntries(const std::string& title, std::span<const Entry> entries,
                RoffPage* page) {
  page->Section(title);
  for (const Entry& entry : entries) {
    page->Term({{.bold = entry.term}}, entry.text);
  }
}

// "text|json", "PATH", or nothing.
std::string Value(const ArgumentDescription& argument) {
  if (argument.choices.empty()) return argument.type;
  return absl::StrJoin(argument.choices, "|");
}

std::string Explanation(const ArgumentDescription& argument) {
  std::string out = argument.description;
  if (!argument.default_value.empty()) {
    absl::StrAppend(&out, " (default ", argument.default_value, ")");
  }
  if (argument.required) out += " (required)";
  return out;
}

bool IsFlagOf(const VerbDescription& verb, const ArgumentDescription& flag) {
  return std::ranges::any_of(
      verb.flags, [&](const auto& other) { return other.names == flag.names; });
}

// How a verb is called: with what it must have, and that there may be more.
std::vector<RoffWord> CallOf(const VerbDescription& program,
                             const VerbDescription& verb) {
  std::vector<RoffWord> out = {{.bold = program.name + " " + verb.path}};
  bool others = false;
  for (const ArgumentDescription& flag : verb.flags) {
    if (flag.required) {
      out.push_back({.bold = flag.names.front(), .italic = Value(flag)});
    } else {
      others |= !IsFlagOf(program, flag);
    }
  }
  if (others) out.push_back({.italic = "[FLAG]..."});
  for (const ArgumentDescription& argument : verb.arguments) {
    const std::string& name = argument.names.front();
    out.push_back(
        {.italic = absl::StrCat(argument.required ? name : "[" + name + "]",
                                argument.repeated ? "..." : "")});
  }
  return out;
}

void AddSynopsis(const VerbDescription& program, RoffPage* page) {
  page->Section("SYNOPSIS");
  std::vector<std::vector<RoffWord>> calls;
  for (const VerbDescription* verb : AllVerbs(program)) {
    if (verb->verbs.empty()) calls.push_back(CallOf(program, *verb));
  }
  page->Calls(calls);
}

void AddFlag(const ArgumentDescription& flag, RoffPage* page) {
  page->Term({{.bold = absl::StrJoin(flag.names, ", "), .italic = Value(flag)}},
             Explanation(flag));
}

void AddVerb(const VerbDescription& program, const VerbDescription& verb,
             RoffPage* page) {
  page->Subsection(program.name + " " + verb.path);
  page->Text(verb.description + ".");
  for (const ArgumentDescription& argument : verb.arguments) {
    page->Term({{.italic = argument.names.front()}}, Explanation(argument));
  }
  for (const ArgumentDescription& flag : verb.flags) {
    if (!IsFlagOf(program, flag)) AddFlag(flag, page);
  }
  if (!verb.footer.empty()) page->Verbatim(verb.footer);
}

void AddExitStatus(RoffPage* page) {
  const std::pair<int, const char*> statuses[] = {
      {kExitOk, "Done; of gateway: drained or stopped as asked."},
      {kExitFailed,
       "Failed while running, or output could not be written; a running "
       "gateway is not there or refuses."},
      {kExitUsage, "Wrong usage or invalid configuration."},
      {kExitConsulUnreachable,
       "The control plane did not say what to serve within -start-timeout, "
       "and there was no last good table."},
      {kExitCannotBind, "Cannot bind, or no permission."},
      {kExitNoRoute, "Of explain sni: the gateway would close the connection."},
  };
  page->Section("EXIT STATUS");
  for (const auto& [code, text] : statuses) {
    page->Term({{.bold = std::to_string(code)}}, text);
  }
}

void AddExamples(RoffPage* page) {
  page->Section("EXAMPLES");
  for (const Entry& example : kExamples) {
    page->Text(example.term);
    page->Verbatim(example.text);
  }
}

}  // namespace

std::string ManPage(const VerbDescription& program, const std::string& date) {
  RoffPage page("MESHGW", date, "meshgw " MESHGW_VERSION);
  page.Section("NAME");
  page.Text("meshgw - a mesh gateway for Consul service mesh");
  AddSynopsis(program, &page);
  page.Section("DESCRIPTION");
  page.Text(kDescription);
  page.Section("OPTIONS");
  page.Text("Every verb takes -help and -help-all too.");
  for (const ArgumentDescription& flag : program.flags) {
    AddFlag(flag, &page);
  }
  page.Section("COMMANDS");
  for (const VerbDescription* verb : AllVerbs(program)) {
    if (verb->verbs.empty()) AddVerb(program, *verb, &page);
  }
  AddEntries("SIGNALS", kSignals, &page);
  AddExitStatus(&page);
  AddEntries("ENVIRONMENT", kEnvironment, &page);
  AddEntries("FILES", kFiles, &page);
  AddExamples(&page);
  page.Section("SEE ALSO");
  page.Text(kSeeAlso);
  return page.text();
}

}  // namespace meshgw::cli
