#include "cli/catalog_source.h"

#include <exception>
#include <optional>
#include <string>

#include "cli/command_line.h"
#include "cli/own_endpoints.h"
#include "config/diagnostics.h"
#include "gateway/socket_address.h"

namespace meshgw::cli {

CatalogSource::CatalogSource(GatewayProgram* program)
    : program_(program),
      report_([program](std::string_view level, std::string_view text) {
        program->log()(level, text, {});
      }) {}

// What the flags name, else what the definition in the catalog says.
ListenList CatalogSource::Addresses(const Served& served) const {
  if (!program_->flags().bind.empty()) return program_->flags().bind;
  ListenList out;
  for (const ListenAddress& listen : served.listen) {
    out.emplace_back(listen.name,
                     internal::FormatEndpoint(listen.address, listen.port));
  }
  return out;
}

int CatalogSource::Start() {
  const auto began = std::chrono::steady_clock::now();
  const std::string& folder = program_->flags().catalog.directory;
  const auto served = LoadServed(program_->flags().catalog,
                                 program_->flags().bind.empty(), report_);
  if (!served.has_value()) return kExitUsage;
  if (!IsCatalogFolder(folder)) {
    program_->log()("warn",
                    "one datacenter only; did you mean the parent folder?",
                    {{"catalog", folder}});
  }
  return Serve(*served, began);
}

int CatalogSource::Serve(const Served& served, TimePoint began) {
  const ListenList listeners = Addresses(served);
  if (listeners.empty()) {
    report_("error",
            "the gateway's definition leaves no address to listen on; "
            "expected a bind address or -bind name=ip:port");
    return kExitUsage;
  }
  const int code = program_->Serve(served.routes, listeners, began);
  if (code == kExitOk) WarnOfOwnEndpoints(served, listeners);
  return code;
}

// All or nothing: what was served goes on being served on any mistake.
void CatalogSource::Reload() {
  bool done = false;
  try {
    done = Swap();
  } catch (const std::exception& error) {  // Out of memory, for example.
    report_("error", error.what());
  }
  if (!done) {
    report_("error", "not reloaded: the last good configuration stays");
  }
}

SourceStatus CatalogSource::Status() const {
  return {.kind = "catalog", .path = program_->flags().catalog.directory};
}

bool CatalogSource::Swap() {
  const auto began = std::chrono::steady_clock::now();
  const auto served = LoadServed(program_->flags().catalog,
                                 program_->flags().bind.empty(), report_);
  if (!served.has_value()) {
    program_->state()->CountRefused();
    return false;
  }
  const auto before = program_->gateway()->routes();
  if (Serve(*served, began) != kExitOk) return false;
  program_->log()("info", "reloaded",
                  {{"routes", served->routes->routes().size()},
                   {"routes_before", before->routes().size()}});
  return true;
}

void CatalogSource::WarnOfOwnEndpoints(const Served& served,
                                       const ListenList& listening) {
  std::vector<std::string> addresses;
  for (const auto& [name, address] : listening) addresses.push_back(address);
  ConfigDiagnostics found;
  for (std::string& own : OwnEndpoints(*served.routes, addresses)) {
    internal::AddBounded(&found.warnings, &found.warnings_not_shown,
                         {{}, std::move(own), {}});
  }
  ReportAll(found, report_);
}

}  // namespace meshgw::cli
