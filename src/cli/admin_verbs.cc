#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "cli/admin_client.h"
#include "cli/admin_flags.h"
#include "cli/command_line.h"
#include "cli/gateway_text.h"
#include "cli/json.h"

namespace meshgw::cli {
namespace {

using std::chrono::milliseconds;

struct AdminFlags {
  std::string admin;
  std::string output = "text";
  std::uint32_t limit = 100;
  milliseconds timeout{60000};
};

std::shared_ptr<AdminFlags> AddAdminFlags(CLI::App* verb) {
  auto flags = std::make_shared<AdminFlags>();
  AddAdminFlag(verb, &flags->admin);
  AddOutputFlag(verb, &flags->output);
  return flags;
}

int StatusVerb(const AdminFlags& flags) {
  const auto status = FetchObject(flags.admin, "/v1/status");
  if (!status.ok()) return ReportAdminError(status.status());
  if (flags.output == "json") {
    PrintLine(*status);
  } else {
    std::cout << FormatStatus(*status);
  }
  return kExitOk;
}

int ConnectionsVerb(const AdminFlags& flags) {
  const auto list = FetchLines(
      flags.admin, "/v1/connections?limit=" + std::to_string(flags.limit));
  if (!list.ok()) return ReportAdminError(list.status());
  if (flags.output == "json") {
    for (const auto& one : *list) PrintLine(one);
  } else {
    std::cout << FormatConnections(*list);
  }
  return kExitOk;
}

int DrainVerb(const AdminFlags& flags) {
  const auto answer = PostObject(flags.admin, "/v1/drain");
  if (!answer.ok()) return ReportAdminError(answer.status());
  if (flags.output == "json") {
    PrintLine(*answer);
  } else {
    std::cout << (BoolAt(*answer, "since_before") ? "was draining already\n"
                                                  : "draining\n");
  }
  return kExitOk;
}

// Waits until the gateway has done it, so that the exit code says how it went.
int ReloadVerb(const AdminFlags& flags) {
  const auto refused = [](const boost::json::object& status) {
    return NumberAt(ObjectAt(status, "config"), "refused");
  };
  const auto before = FetchObject(flags.admin, "/v1/status");
  if (!before.ok()) return ReportAdminError(before.status());
  const auto asked = PostObject(flags.admin, "/v1/reload");
  if (!asked.ok()) return ReportAdminError(asked.status());
  const std::int64_t number = NumberAt(*asked, "reload");
  const auto deadline = std::chrono::steady_clock::now() + flags.timeout;
  while (true) {
    const auto status = FetchObject(flags.admin, "/v1/status");
    if (!status.ok()) return ReportAdminError(status.status());
    if (NumberAt(ObjectAt(*status, "reloads"), "finished") >= number) {
      const bool good = refused(*status) == refused(*before);
      if (flags.output == "json") {
        PrintLine(boost::json::object{{"reloaded", good}});
      } else if (good) {
        std::cout << "reloaded\n";
      }
      if (good) return kExitOk;
      std::cerr << "error: not reloaded; see the gateway's log, or meshgw "
                   "status\n";
      return kExitFailed;
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return ReportAdminError(absl::DeadlineExceededError(
          flags.admin + ": asked to reload, and has not done it in time"));
    }
    std::this_thread::sleep_for(milliseconds(20));
  }
}

}  // namespace

void AddStatusVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand("status", "How a running gateway is");
  auto flags = AddAdminFlags(verb);
  verb->callback([=] { *exit_code = StatusVerb(*flags); });
}

void AddConnectionsVerb(CLI::App* app, int* exit_code) {
  auto* verb =
      app->add_subcommand("connections", "Connections of a running gateway");
  auto flags = AddAdminFlags(verb);
  AddCountFlag(verb, "--limit", &flags->limit, {0, 10000},
               "How many to show at most");
  verb->callback([=] { *exit_code = ConnectionsVerb(*flags); });
}

void AddDrainVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand(
      "drain", "Have a running gateway drain and end, as SIGTERM does");
  auto flags = AddAdminFlags(verb);
  verb->callback([=] { *exit_code = DrainVerb(*flags); });
}

void AddReloadVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand(
      "reload",
      "Have a running gateway read its catalog again, as SIGHUP does");
  auto flags = AddAdminFlags(verb);
  AddDurationFlag(verb, "--timeout", &flags->timeout,
                  "How long to wait for it (default 60s)");
  verb->callback([=] { *exit_code = ReloadVerb(*flags); });
}

}  // namespace meshgw::cli
