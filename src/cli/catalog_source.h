#ifndef MESHGW_CLI_CATALOG_SOURCE_H_
#define MESHGW_CLI_CATALOG_SOURCE_H_

#include <chrono>

#include "cli/catalog_flags.h"
#include "cli/gateway_program.h"

namespace meshgw::cli {

// CatalogSource serves a catalog on disk; SIGHUP reads it anew.
class CatalogSource : public RouteSource {
 public:
  explicit CatalogSource(GatewayProgram* program);
  int Start() override;
  void Reload() override;
  SourceStatus Status() const override;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  int Serve(const Served& served, TimePoint began);
  bool Swap();
  ListenList Addresses(const Served& served) const;
  void WarnOfOwnEndpoints(const Served& served, const ListenList& listening);

  GatewayProgram* program_;
  const Report report_;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_CATALOG_SOURCE_H_
