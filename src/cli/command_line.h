#ifndef MESHGW_CLI_COMMAND_LINE_H_
#define MESHGW_CLI_COMMAND_LINE_H_

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace meshgw::cli {

// Exit codes, as docs/operations.md lists them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;  // Wrong usage or invalid configuration.
inline constexpr int kExitConsulUnreachable = 3;  // At the start.
inline constexpr int kExitCannotBind = 4;
inline constexpr int kExitNoRoute = 5;

// NormalizeArguments rewrites Go-style flags (`-catalog=x`) to the form that
// the parser knows (`--catalog=x`). `-` alone, `--`, what follows it, and
// negative numbers stay as they are.
std::vector<std::string> NormalizeArguments(std::span<char* const> arguments);

// Each verb adds its subcommand to `app`; when it is chosen, `*exit_code` is
// what it ended with.
void AddGatewayVerb(CLI::App* app, int* exit_code);
void AddDemoVerb(CLI::App* app, int* exit_code);
void AddValidateVerb(CLI::App* app, int* exit_code);
void AddExplainVerb(CLI::App* app, int* exit_code);
void AddInspectVerb(CLI::App* app, int* exit_code);
void AddRoutesVerb(CLI::App* app, int* exit_code);
void AddStatusVerb(CLI::App* app, int* exit_code);
void AddTopVerb(CLI::App* app, int* exit_code);
void AddConnectionsVerb(CLI::App* app, int* exit_code);
void AddDrainVerb(CLI::App* app, int* exit_code);
void AddReloadVerb(CLI::App* app, int* exit_code);
void AddCompletionVerb(CLI::App* app, int* exit_code);
void AddManVerb(CLI::App* app, int* exit_code);
void AddVersionVerb(CLI::App* app, int* exit_code);

// RunCommandLine is the program: the exit code of the verb that was named.
int RunCommandLine(std::span<char* const> arguments);

// AddOutputFlag adds -output text|json.
void AddOutputFlag(CLI::App* verb, std::string* output);

// DurationRange is what a time may be, both ends included. No more than a year,
// so that it can be added to any time.
struct DurationRange {
  std::chrono::milliseconds least{0};
  std::chrono::milliseconds most = std::chrono::hours(24 * 365);
};

// AddDurationFlag adds a flag that takes a Go duration ("500ms", "1h30m") of
// whole milliseconds.
void AddDurationFlag(CLI::App* verb, const std::string& name,
                     std::chrono::milliseconds* value,
                     const std::string& description, DurationRange range = {});

// FlagRange is what a number may be, both ends included.
struct FlagRange {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

// AddCountFlag adds a flag that takes a whole number.
void AddCountFlag(CLI::App* verb, const std::string& name, std::uint32_t* value,
                  FlagRange range, const std::string& description);

// AddSizeFlag adds a flag that takes bytes, as a number or with a unit
// ("65536", "64KiB", "1MiB", "2GiB").
void AddSizeFlag(CLI::App* verb, const std::string& name, std::uint32_t* value,
                 FlagRange range, const std::string& description);
void AddSizeFlag(CLI::App* verb, const std::string& name, std::size_t* value,
                 FlagRange range, const std::string& description);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_COMMAND_LINE_H_
