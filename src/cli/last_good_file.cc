#include "cli/last_good_file.h"

#include <chrono>
#include <utility>

namespace meshgw::cli {
namespace {

using std::chrono::seconds;

// How long changes are gathered before the table is written again.
constexpr seconds kSaveDelay{2};

}  // namespace

LastGoodFile::LastGoodFile(boost::asio::io_context* context, std::string path,
                           LogWriter log, MakeTable make_table)
    : path_(std::move(path)),
      log_(std::move(log)),
      make_table_(std::move(make_table)),
      timer_(*context) {}

std::optional<internal::LastGood> LastGoodFile::Read(
    const std::string& node_id) const {
  if (path_.empty()) return std::nullopt;
  auto table = internal::ReadLastGood(path_);
  if (absl::IsNotFound(table.status())) return std::nullopt;
  if (!table.ok()) {
    log_("warn", "the last good table is not used",
         {{"error", std::string(table.status().message())}});
    return std::nullopt;
  }
  if (!node_id.empty() && table->node_id != node_id) {
    log_("warn", "the last good table is that of another gateway",
         {{"path", path_}, {"gateway", table->node_id}, {"this", node_id}});
    return std::nullopt;
  }
  const auto age = std::chrono::duration_cast<seconds>(
      std::chrono::system_clock::now() - table->saved);
  log_("info", "serving the last good table",
       {{"path", path_}, {"age_s", age.count()}});
  return *std::move(table);
}

void LastGoodFile::SaveSoon() {
  if (path_.empty() || std::exchange(waits_, true)) return;
  timer_.expires_after(kSaveDelay);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Save();
  });
}

void LastGoodFile::Save() {
  if (!std::exchange(waits_, false)) return;
  const auto table = make_table_();
  if (!table.has_value()) return SaveSoon();
  const absl::Status saved = internal::WriteLastGood(path_, *table);
  const std::string error(saved.message());
  if (!saved.ok() && error != error_) {
    log_("error", "cannot save the last good table", {{"error", error}});
  }
  error_ = error;
}

}  // namespace meshgw::cli
