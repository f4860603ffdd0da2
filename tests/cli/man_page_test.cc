#include "cli/man_page.h"

#include <algorithm>
#include <set>

#include "cli/consul_flags.h"
#include "cli/roff.h"
#include "run_program.h"

namespace meshgw::test {
namespace {

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

// What stands behind a heading, up to the next one.
std::string Under(const std::string& page, const std::string& heading) {
  const std::size_t begin = page.find(heading + "\n");
  REQUIRE(begin != std::string::npos);
  const std::size_t end = page.find("\n.S", begin + heading.size());
  return page.substr(begin, end - begin);
}

// The names of the flags in a help text, with one dash.
std::vector<std::string> FlagsOfHelp(const std::vector<std::string>& verb) {
  std::vector<std::string> words = {"help"};
  words.insert(words.end(), verb.begin(), verb.end());
  std::vector<std::string> out;
  for (const std::string& line : Lines(RunProgram(words).out)) {
    if (!line.starts_with("  -")) continue;
    const std::size_t end = line.find(' ', 2);
    std::istringstream names(line.substr(2, end - 2));
    for (std::string name; std::getline(names, name, ',');) {
      out.push_back(name.starts_with("--") ? name.substr(1) : name);
    }
  }
  return out;
}

// Whether the flag is explained in a part of the page.
bool HasFlag(const std::string& page, const std::string& flag) {
  const std::string name = cli::RoffText(flag);
  for (const std::string& begin : {"\n\\fB" + name, ", " + name}) {
    if (page.find(begin + ",") != std::string::npos) return true;
    if (page.find(begin + "\\fR") != std::string::npos) return true;
  }
  return false;
}

std::string Bold(const std::string& text) {
  return "\\fB" + cli::RoffText(text) + "\\fR";
}

TEST_CASE("the man page has each verb and each flag of help") {
  const std::string page = RunProgram({"man"}).out;
  const std::string options = Under(page, ".SH \"OPTIONS\"");
  const std::vector<std::vector<std::string>> verbs = {{"gateway"},
                                                       {"demo"},
                                                       {"validate"},
                                                       {"explain", "mode"},
                                                       {"explain", "sni"},
                                                       {"inspect"},
                                                       {"routes"},
                                                       {"status"},
                                                       {"top"},
                                                       {"connections"},
                                                       {"drain"},
                                                       {"reload"},
                                                       {"completion", "bash"},
                                                       {"completion", "zsh"},
                                                       {"completion", "fish"},
                                                       {"man"},
                                                       {"version"},
                                                       {"help"}};
  for (const auto& words : verbs) {
    std::string name = "meshgw";
    for (const std::string& word : words) name += " " + word;
    CAPTURE(name);
    const std::string verb = Under(page, ".SS \"" + name + "\"");
    CHECK(Under(page, ".SH \"SYNOPSIS\"").find(Bold(name)) !=
          std::string::npos);
    const auto flags = FlagsOfHelp(words);
    CHECK(std::ranges::find(flags, "-help") != flags.end());
    for (const std::string& flag : flags) {
      CAPTURE(flag);
      CHECK(HasFlag(verb + options, flag));
    }
  }
  CHECK(FlagsOfHelp({"gateway"}).size() > 40);
}

TEST_CASE("a flag in the man page has its values, its default and its text") {
  const std::string page = RunProgram({"man"}).out;
  const std::string gateway = Under(page, ".SS \"meshgw gateway\"");
  CHECK(gateway.find("\n\\fB\\-log\\-level\\fR \\fIdebug|info|warn|error\\fR\n"
                     "debug, info, warn, error (default info)\n") !=
        std::string::npos);
  CHECK(gateway.find("\n\\fB\\-service\\-id, \\-proxy\\-id\\fR \\fIID\\fR\n") !=
        std::string::npos);
  CHECK(Under(page, ".SS \"meshgw routes\"")
            .find("\\fB\\-output\\fR \\fItext|json\\fR") != std::string::npos);
}

TEST_CASE("the man page has each variable that is read instead of a flag") {
  const std::string page = RunProgram({"man"}).out;
  const std::string section = Under(page, ".SH \"ENVIRONMENT\"");
  std::set<std::string> asked;
  cli::ConsulFlags flags;
  cli::FinishConsulFlags(
      [&](const char* name) -> const char* {
        asked.insert(name);
        return nullptr;
      },
      &flags);
  CHECK(asked.size() > 10);
  for (const std::string& name : asked) {
    CAPTURE(name);
    CHECK(section.find(name) != std::string::npos);
  }
}

TEST_CASE("the man page has what help does not say") {
  const std::string page = RunProgram({"man"}).out;
  CHECK(Under(page, ".SH \"NAME\"")
            .find("meshgw \\- a mesh gateway for Consul service mesh") !=
        std::string::npos);
  for (const std::string section :
       {"DESCRIPTION", "COMMANDS", "SIGNALS", "EXIT STATUS", "FILES",
        "EXAMPLES", "SEE ALSO"}) {
    CAPTURE(section);
    CHECK(page.find("\n.SH \"" + section + "\"\n") != std::string::npos);
  }
  const std::string statuses = Under(page, ".SH \"EXIT STATUS\"");
  for (const std::string code : {"0", "1", "2", "3", "4", "5"}) {
    CHECK(statuses.find(Bold(code)) != std::string::npos);
  }
  CHECK(RunProgram({"man", "word"}).exit_code == 2);
}

TEST_CASE("text of a man page is neither a request nor an escape") {
  const std::pair<std::string, std::string> rows[] = {
      {"plain", "plain"},
      {".TH evil", "\\&.TH evil"},
      {"a.b", "a.b"},
      {"a\n.so x\nb", "a\n\\&.so x\nb"},
      {"'ft B", "\\(aqft B"},
      {"a\n'br", "a\n\\(aqbr"},
      {"\\fBbold\\n(.x", "\\(rsfBbold\\(rsn(.x"},
      {"-drain-grace", "\\-drain\\-grace"},
      {"say \"x\"", "say \\(dqx\\(dq"},
      {"~user ^ `x`", "\\(tiuser \\(ha \\(gax\\(ga"},
      {"", ""}};
  for (const auto& [text, roff] : rows) {
    CAPTURE(text);
    CHECK(cli::RoffText(text) == roff);
  }
}

TEST_CASE("whatever a flag is described with, the page has no other requests") {
  const std::string evil = ".SH X\n.br\n'br\n\\fB\\\n.\\\" comment\n";
  cli::VerbDescription verb{
      .name = "run", .path = "run", .description = evil, .footer = evil};
  verb.flags = {{.names = {"-x"},
                 .type = evil,
                 .default_value = evil,
                 .description = evil}};
  const cli::VerbDescription program{.name = "meshgw", .verbs = {verb}};
  const std::string page = cli::ManPage(program, "2026-01-31");
  const std::set<std::string> known = {".TH", ".SH", ".SS", ".TP",
                                       ".PP", ".nf", ".fi", ".br"};
  for (const std::string& line : Lines(page)) {
    CAPTURE(line);
    CHECK(!line.starts_with('\''));
    CHECK((!line.starts_with('.') || known.contains(line.substr(0, 3))));
    CHECK(line.find("\\\"") == std::string::npos);
    CHECK(!line.ends_with('\\'));
  }
  CHECK(page.find("\n.SH X") == std::string::npos);
}

}  // namespace
}  // namespace meshgw::test
