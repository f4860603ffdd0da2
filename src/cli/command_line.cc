#include "cli/command_line.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>

#include "cli/json.h"
#include "config/spelling.h"

namespace meshgw::cli {

std::vector<std::string> NormalizeArguments(std::span<char* const> arguments) {
  std::vector<std::string> out;
  bool flags = true;
  for (const std::string argument : arguments) {
    const bool go_style = flags && argument.size() > 2 && argument[0] == '-' &&
                          argument[1] != '-' &&
                          !(argument[1] >= '0' && argument[1] <= '9');
    if (argument == "--") flags = false;
    out.push_back(go_style ? "-" + argument : argument);
  }
  return out;
}

namespace {

// A verb is named as it is called: "explain sni".
std::string FullName(const CLI::App* verb) {
  const CLI::App* parent = verb->get_parent();
  const std::string before = parent == nullptr ? "" : FullName(parent) + " ";
  return before + verb->get_name();
}

std::string DidYouMean(std::string_view word,
                       const std::vector<std::string>& known,
                       const std::string& before) {
  const std::vector<std::string_view> views(known.begin(), known.end());
  const std::string_view closest = internal::ClosestSpelling(word, views);
  if (closest.empty()) return "";
  return "; did you mean " + before + std::string(closest) + "?";
}

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::vector<std::string> VerbNames(CLI::App* app) {
  std::vector<std::string> out;
  for (const CLI::App* verb : app->get_subcommands({})) {
    out.push_back(verb->get_name());
  }
  return out;
}

CLI::App* FindVerb(CLI::App* app, const std::string& name) {
  for (CLI::App* verb : app->get_subcommands({})) {
    if (verb->get_name() == name) return verb;
  }
  return nullptr;
}

std::string UnknownVerb(CLI::App* app, const std::string& word) {
  const auto names = VerbNames(app);
  return "unknown verb \"" + word + "\" of " + FullName(app) +
         DidYouMean(word, names, "") + "; expected one of: " + Joined(names);
}

std::string UnknownFlag(const CLI::App* verb, const std::string& name) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb->get_options()) {
    for (const std::string& known : option->get_lnames()) {
      names.push_back(known);
    }
  }
  return "unknown flag -" + name + " of " + FullName(verb) +
         DidYouMean(name, names, "-");
}

// What the parser would take for something else or name badly: a verb or a
// flag that there is not. Empty: there is none.
std::string FindUnknown(CLI::App* app,
                        const std::vector<std::string>& arguments) {
  CLI::App* verb = app;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") break;
    if (!argument.starts_with("--")) {
      const bool is_flag = argument.size() > 1 && argument[0] == '-';
      if (is_flag || VerbNames(verb).empty()) continue;
      CLI::App* next = FindVerb(verb, argument);
      if (next == nullptr) return UnknownVerb(verb, argument);
      verb = next;
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string flag = argument.substr(0, equals);
    const CLI::Option* option = verb->get_option_no_throw(flag);
    if (option == nullptr) return UnknownFlag(verb, flag.substr(2));
    // Its value may look like anything.
    if (equals == std::string::npos && option->get_items_expected_min() > 0) {
      ++i;
    }
  }
  return "";
}

int Refuse(const std::string& why) {
  std::cerr << "error: " << EscapeText(why) << '\n';
  return kExitUsage;
}

// Flags are written with one dash, as in the documents.
std::string WithOneDash(std::string text) {
  for (std::size_t at = 0; (at = text.find("--", at)) != text.npos; ++at) {
    if (at == 0 || text[at - 1] == ' ') text.erase(at, 1);
  }
  return text;
}

int PrintHelp(CLI::App* app, const std::vector<std::string>& words) {
  CLI::App* verb = app;
  for (const std::string& word : words) {
    CLI::App* next = FindVerb(verb, word);
    if (next == nullptr) {
      if (!VerbNames(verb).empty()) return Refuse(UnknownVerb(verb, word));
      return Refuse(FullName(verb) + " has no verb \"" + word + "\"");
    }
    verb = next;
  }
  // Not help(), which is that of the verb that was parsed: this one.
  std::cout << verb->get_formatter()->make_help(verb, FullName(verb),
                                                CLI::AppFormatMode::Normal);
  return kExitOk;
}

void AddHelpVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand("help", "This text, or that of a verb");
  auto words = std::make_shared<std::vector<std::string>>();
  verb->add_option("VERB", *words, "A verb, \"explain sni\" for example");
  verb->callback([=] { *exit_code = PrintHelp(app, *words); });
}

// Makes a stream throw when it cannot be written, for as long as this lives:
// there the system's error is still known.
class ThrowWhenBad {
 public:
  explicit ThrowWhenBad(std::ostream* stream)
      : stream_(stream), old_(stream->exceptions()) {
    stream_->exceptions(std::ios_base::badbit);
  }
  ~ThrowWhenBad() { stream_->exceptions(old_); }
  ThrowWhenBad(const ThrowWhenBad&) = delete;
  ThrowWhenBad& operator=(const ThrowWhenBad&) = delete;

 private:
  std::ostream* stream_;
  std::ios_base::iostate old_;
};

int RunVerb(std::span<char* const> arguments) {
  CLI::App app("meshgw: a mesh gateway for Consul service mesh", "meshgw");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Help of every verb");
  app.set_version_flag("--version", MESHGW_VERSION);
  app.get_formatter()->column_width(36);
  int exit_code = kExitFailed;
  AddGatewayVerb(&app, &exit_code);
  AddDemoVerb(&app, &exit_code);
  AddValidateVerb(&app, &exit_code);
  AddExplainVerb(&app, &exit_code);
  AddInspectVerb(&app, &exit_code);
  AddRoutesVerb(&app, &exit_code);
  AddStatusVerb(&app, &exit_code);
  AddTopVerb(&app, &exit_code);
  AddConnectionsVerb(&app, &exit_code);
  AddDrainVerb(&app, &exit_code);
  AddReloadVerb(&app, &exit_code);
  AddCompletionVerb(&app, &exit_code);
  AddManVerb(&app, &exit_code);
  AddVersionVerb(&app, &exit_code);
  AddHelpVerb(&app, &exit_code);
  auto normalized = NormalizeArguments(arguments.subspan(1));
  if (normalized.empty()) {
    return Refuse("a verb is missing; expected one of: " +
                  Joined(VerbNames(&app)));
  }
  if (const std::string unknown = FindUnknown(&app, normalized);
      !unknown.empty()) {
    return Refuse(unknown);
  }
  try {
    // The parser wants them in reverse.
    std::reverse(normalized.begin(), normalized.end());
    app.parse(normalized);
  } catch (const CLI::ParseError& error) {
    const bool asked_for_text = error.get_exit_code() == 0;
    const std::string what = error.what();
    if (what == "A subcommand is required") {
      return Refuse(
          "a verb is missing; \"meshgw help VERB\" lists those of one");
    }
    if (!asked_for_text) return Refuse(WithOneDash(what));
    app.exit(error, std::cout, std::cerr);
    return kExitOk;
  }
  return exit_code;
}

}  // namespace

int RunCommandLine(std::span<char* const> arguments) {
  try {
    const ThrowWhenBad guard(&std::cout);
    const int exit_code = RunVerb(arguments);
    std::cout.flush();
    return exit_code;
  } catch (const std::ios_base::failure&) {
    const int error = errno;
    if (!std::cout.bad()) throw;
    std::cerr << "error: cannot write to standard output: "
              << std::strerror(error) << '\n';
    return kExitFailed;
  }
}

}  // namespace meshgw::cli
